"""Printed documents of this app; see `core.pdf`. Loaded at first use by `core.lazy.load`."""
