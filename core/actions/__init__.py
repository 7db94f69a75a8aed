"""Writes to people, memberships and tokens."""
