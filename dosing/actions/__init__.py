"""Every write to kits, their ledger and the temperatures of the store."""
