"""Pages that belong to no trial."""
