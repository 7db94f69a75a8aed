"""From derived tables to what a snapshot stores: its summary and its CSV texts."""
