"""`filterLogic`, as far as it compares fields with values: `[sex] = 'F' and [age] >= 60`."""

import operator
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from core.fields import MissingCode
from reports.api.redcap.call import Refusal

_COMPARED = re.compile(
    r"""\s*\[(?P<field>[a-z0-9_]+)\]\s*(?P<sign><>|!=|<=|>=|=|<|>)\s*"""
    r"""(?:'(?P<single>[^']*)'|"(?P<double>[^"]*)"|(?P<number>-?[0-9]+(?:\.[0-9]+)?))\s*"""
)
_AND = re.compile(r"and\b", re.IGNORECASE)
_SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_ORDERED = ("<", "<=", ">", ">=")


@dataclass(frozen=True)
class Comparison:
    field: str
    sign: str
    value: str

    def holds(self, values: Mapping[str, str]) -> bool:
        """As numbers where both are, else as text. What is empty or has a code for a missing value
        is neither less nor more than anything; nor is a text less or more than a number."""
        found, compare = values.get(self.field, ""), _SIGNS[self.sign]
        numbers = _number(found), _number(self.value)
        if None not in numbers:
            return bool(compare(*numbers))
        if self.sign in _ORDERED and (
            not found or found in MissingCode.values or numbers != (None, None)
        ):
            return False
        return bool(compare(found, self.value))


def parse_filter(logic: str, known: Collection[str]) -> tuple[Comparison, ...]:
    """The comparisons that all have to hold.

    Raises:
        Refusal: it names an unknown field, or is more than comparisons joined by `and`.
    """
    found, place = [], 0
    while place < len(logic):
        match = _COMPARED.match(logic, place)
        if match is None:
            raise _too_much()
        if match["field"] not in known:
            raise Refusal(f"The filterLogic names a field that does not exist: {match['field']}")
        value = next(
            match[kind] for kind in ("single", "double", "number") if match[kind] is not None
        )
        found.append(Comparison(match["field"], match["sign"], value))
        place = match.end()
        if place < len(logic):
            joined = _AND.match(logic, place)
            if joined is None or joined.end() == len(logic):
                raise _too_much()
            place = joined.end()
    return tuple(found)


def _too_much() -> Refusal:
    return Refusal(
        "This filterLogic is not supported. It can be comparisons of fields with values, joined by"
        " and: [sex] = 'F' and [ecog] <= 1"
    )


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
