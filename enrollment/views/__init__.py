"""Pages for patients, visits and forms."""
