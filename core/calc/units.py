"""Values typed in another unit than the one that is stored."""

import re
import unicodedata
from decimal import Decimal

# Each group measures one thing; the number is the unit in terms of the first one.
_GROUPS: tuple[dict[str, Decimal], ...] = tuple(
    {name: Decimal(size) for name, size in group.items()}
    for group in (
        {"g/l": "1", "g/dl": "10", "mg/dl": "0.01", "mg/l": "0.001", "ug/dl": "1e-5",
         "ug/l": "1e-6", "ng/ml": "1e-6", "ng/dl": "1e-8", "ng/l": "1e-9", "pg/ml": "1e-9"},
        {"mol/l": "1", "mmol/l": "1e-3", "umol/l": "1e-6", "nmol/l": "1e-9", "pmol/l": "1e-12"},
        {"109/l": "1", "10^9/l": "1", "10e9/l": "1", "10^3/ul": "1", "k/ul": "1", "/nl": "1",
         "/ul": "0.001", "/mm3": "0.001"},
        {"u/l": "1", "iu/l": "1", "ukat/l": "60"},
        {"mu/l": "1", "miu/l": "1", "uiu/ml": "1"},
        {"kg": "1", "g": "0.001", "lb": "0.45359237", "斤": "0.5"},
        {"mm": "1", "cm": "10", "m": "1000", "in": "25.4"},
    )
)  # fmt: skip
_MASS, _AMOUNT = _GROUPS[0], _GROUPS[1]
_TYPED = re.compile(
    r"([+-]?[0-9]+\.?[0-9]*|[+-]?\.[0-9]+)\s*([^0-9.]+3?|10(?:\^|e)?[0-9]/[^0-9.]+3?)?"
)


class UnknownUnit(ValueError):
    """Nothing is known about how the one unit becomes the other."""


def split_unit(text: str) -> tuple[str, str]:
    """`1.2 mg/dL` as its number and its unit; the unit is empty where none is typed.

    Raises:
        ValueError: the text does not begin with a number.
    """
    match = _TYPED.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"no number: {text!r}")
    return match[1], (match[2] or "").strip()


def convert(value: Decimal, typed: str, unit: str, *, molar_mass: Decimal | None = None) -> Decimal:
    """The value in `unit`; `molar_mass` in g/mol leads from mass to amount of substance.

    Raises:
        UnknownUnit: the two do not measure the same thing, or one of them is not known.

    Source: definitions of the units (SI brochure, 9th edition; pound and inch of 1959).
    """
    old, new = _plain(typed), _plain(unit)
    if old == new:
        return value
    if new == "°c" and old in ("°f", "f"):
        return (value - 32) * 5 / 9
    for group in _GROUPS:
        if old in group and new in group:
            return value * group[old] / group[new]
    if molar_mass is not None and old in _MASS and new in _AMOUNT:
        return value * _MASS[old] / molar_mass / _AMOUNT[new]
    raise UnknownUnit(f"{typed} to {unit}")


def _plain(unit: str) -> str:
    """In one spelling: the micro sign, the Greek letter and u are the same, as are ⁹ and 9."""
    text = unicodedata.normalize("NFKC", unit).replace(" ", "").casefold()
    return text.replace("μ", "u").replace("×", "")
