"""Formulas and statistics: arguments in, value out; no Django, no database, no clock."""
