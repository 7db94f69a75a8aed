"""Pages that need several apps: the dashboard, the exports."""
