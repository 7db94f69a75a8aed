"""Invented histories of patients: plain functions of a seed, a definition and a day.

The same seed, definition and day give the same history. No database, no clock.
"""
