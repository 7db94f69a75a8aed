"""Limits of normal as CSV, read strictly: one row for each test and group."""

import csv
import io
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation

from outcomes.calc.normal_limits import OLDEST, NormalRange

HEADER = ["test", "unit", "sex", "from_age", "to_age", "valid_from", "low", "high"]
MOST_ROWS = 2_000


class LimitsRefused(ValueError):
    """The file is refused whole; each problem is a line (from 1, the header's) and a reason."""

    def __init__(self, problems: list[tuple[int, str]]) -> None:
        self.problems = problems
        super().__init__("\n".join(f"Line {line}: {reason}" for line, reason in problems))


def read_limits(content: bytes, units: Mapping[str, str]) -> list[NormalRange]:
    """The ranges in the order of the file. `units`: of each test that can have limits.

    Sex is F, M or empty for both; empty ages are 0 and no end; a limit may be empty, not both.

    Raises:
        LimitsRefused: something is unknown, missing, double or in another unit.
    """
    lines = _lines(content)
    if not lines or lines[0] != HEADER:
        raise LimitsRefused([(1, f"The first line must be “{','.join(HEADER)}”.")])
    if len(lines) == 1:
        raise LimitsRefused([(1, "The file has no rows.")])
    if len(lines) - 1 > MOST_ROWS:
        raise LimitsRefused([(1, f"A file has at most {MOST_ROWS} rows.")])
    problems: list[tuple[int, str]] = []
    found: list[tuple[int, NormalRange]] = []
    for number, cells in enumerate(lines[1:], start=2):
        try:
            read = _range(cells, units)
        except ValueError as error:
            problems.append((number, str(error)))
            continue
        double = next((line for line, other in found if other.overlaps(read)), None)
        if double is not None:
            problems.append((number, f"The same test, group and day stand in line {double}."))
        found.append((number, read))
    if problems:
        raise LimitsRefused(problems)
    return [read for _line, read in found]


def _lines(content: bytes) -> list[list[str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise LimitsRefused([(line, "Save the file as UTF-8 text.")]) from None
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        return [[cell.strip() for cell in row] for row in rows]
    except csv.Error as error:
        raise LimitsRefused([(rows.line_num, f"This is no CSV: {error}.")]) from None


def _range(cells: list[str], units: Mapping[str, str]) -> NormalRange:
    if len(cells) != len(HEADER):
        raise ValueError(f"Give {len(HEADER)} cells, not {len(cells)}.")
    test, unit, sex, from_age, to_age, valid_from, low, high = cells
    if test not in units:
        raise ValueError(f"“{test}” is no test of the laboratory form.")
    if plain_unit(unit) != plain_unit(units[test]):
        raise ValueError(f"Give {test} in {units[test] or 'no unit'}, not in “{unit}”.")
    if sex not in ("", "F", "M"):
        raise ValueError(f"The sex is F, M or empty, not “{sex}”.")
    found = NormalRange(
        test=test,
        valid_from=_day(valid_from),
        low=_limit(low),
        high=_limit(high),
        sex=sex,
        from_age=_age(from_age, 0),
        to_age=_age(to_age, OLDEST),
    )
    if reason := problem_of(found):
        raise ValueError(reason)
    return found


def problem_of(limits: NormalRange) -> str:
    """Why the numbers cannot be limits; empty if they can."""
    if limits.low is None and limits.high is None:
        return "Enter a lower limit, an upper limit or both."
    if limits.low is not None and limits.high is not None and limits.low >= limits.high:
        return "Enter an upper limit above the lower one."
    if limits.from_age > limits.to_age:
        return "Enter a highest age that is not below the lowest."
    return ""


def plain_unit(unit: str) -> str:
    """10⁹/L and 10^9/L are one unit, as are µmol/L with either sign and umol/L."""
    return unit.replace("⁹", "^9").replace("µ", "u").replace("μ", "u").casefold()


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"Give the day as 2026-11-21, not “{text}”.") from None


def _age(text: str, default: int) -> int:
    if not text:
        return default
    if not (text.isascii() and text.isdecimal()) or int(text) > OLDEST:
        raise ValueError(f"An age is a whole number up to {OLDEST}, not “{text}”.")
    return int(text)


def _limit(text: str) -> Decimal | None:
    if not text:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or number < 0:
        raise ValueError(f"A limit is a number of at least 0, not “{text}”.")
    if number.as_tuple().exponent < -4 or number >= 10**8:  # type: ignore[operator]
        raise ValueError(f"A limit has at most 4 decimal places and 8 digits, not “{text}”.")
    return number
