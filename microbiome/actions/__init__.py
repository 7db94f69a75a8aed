"""Every write about tubes."""
