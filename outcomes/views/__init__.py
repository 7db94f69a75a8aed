"""Pages of safety: serious adverse events."""
