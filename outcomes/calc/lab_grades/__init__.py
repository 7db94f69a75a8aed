"""CTCAE grades of laboratory values, from numbers alone."""

from outcomes.calc.lab_grades.criteria import VERSIONS, known_terms
from outcomes.calc.lab_grades.grading import grade_values

__all__ = ["VERSIONS", "grade_values", "known_terms"]
