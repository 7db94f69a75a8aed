"""Writes of this app. `nightly` is light enough for the web; `snapshot` belongs to the worker."""
