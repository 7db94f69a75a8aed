"""The published results that a trial is read against, for the dashboard."""

from functools import cache
from pathlib import Path

import enrollment
from enrollment.calc.definition import Definition
from enrollment.calc.references import Reference, References, parse_references

FILE = Path(enrollment.__file__).parent / "definitions" / "references.toml"


def compared_references(definition: Definition) -> list[Reference]:
    """In the order in which the definition names them."""
    return _table().named(definition.references)


@cache
def _table() -> References:
    return parse_references(FILE.read_text(encoding="utf-8"))
