"""Data-quality checks: a catalog with stable ids, and what runs it over a trial or a patient.

A check looks at complete records only. Those of single fields are in `fields`, the comparison of
a value with all others in `outliers`, rules between forms in `forms`; the apps above register
theirs as they register forms. docs/quality-checks.md is made from the catalog.
"""

from enrollment.quality.catalog import (
    Check,
    Finding,
    Severity,
    all_checks,
    get_check,
    register_check,
)
from enrollment.quality.scope import Scope

__all__ = [
    "Check",
    "Finding",
    "Scope",
    "Severity",
    "all_checks",
    "get_check",
    "register_check",
]
