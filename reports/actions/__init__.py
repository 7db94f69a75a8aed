"""Writes of this app: the register of exports."""
