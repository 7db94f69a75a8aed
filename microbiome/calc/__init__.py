"""Formulas of community ecology: arrays in, values out; no Django, no database, no hidden chance.

Tables are samples × features. A permutation is given, never drawn inside of a test.
"""
