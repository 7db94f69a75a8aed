"""The published results that trials are read against, from their file."""

from functools import cache
from pathlib import Path

from enrollment.calc.references import References, parse_references

FILE = Path(__file__).parent.parent / "definitions" / "references.toml"


@cache
def published_references() -> References:
    return parse_references(FILE.read_text(encoding="utf-8"))
