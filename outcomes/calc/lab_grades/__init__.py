"""CTCAE grades of laboratory values, from numbers alone.

`grading` does a table at once and needs pandas; everything else is light enough for a page.
"""

from outcomes.calc.lab_grades.criteria import VERSIONS, known_terms

__all__ = ["VERSIONS", "known_terms"]
