"""Reads of the ground floor: the audit trail."""
