"""A hospital's laboratory file: what its columns mean, and what its lines say.

The file is CSV as hospital systems write it: one line for each sample, one column for each test,
with any further columns; in UTF-8 or GB 18030, with commas, semicolons or tabs.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from core.calc.dates import normalize, parse_date

PATIENT, DAY = "patient", "date"
MOST_LINES = 5_000
MOST_COLUMNS = 200
_TIME_FOLLOWS = re.compile(r"\s+|(?<=[0-9])T(?=[0-9])")
_NUMBER = re.compile(r"[0-9]{1,12}(\.[0-9]{1,8})?")


class LineProblem(ValueError):
    """What is wrong with a line (the first is 1), as a code, and what it is about."""

    def __init__(self, line: int, code: str, what: str = "") -> None:
        super().__init__(f"line {line}: {code} {what}".strip())
        self.line, self.code, self.what = line, code, what


@dataclass(frozen=True)
class Meaning:
    """A column of the file. `means` is `patient`, `date` or a test; `factor` makes the form's unit
    of the column's."""

    column: str
    means: str
    factor: Decimal = Decimal(1)


@dataclass(frozen=True)
class Result:
    """One test of one line, in the column's unit."""

    line: int
    patient: str
    day: date
    meaning: Meaning
    text: str


def _per_dl(grams_per_mol: str, *, unit_per_mol: int) -> Decimal:
    """From mg/dL to mmol/L (a thousand to the mole) or µmol/L (a million)."""
    return Decimal("0.01") / Decimal(grams_per_mol) * unit_per_mol


# By test: other units and the factor to the form's. Molar masses in g/mol: bilirubin 584.66,
# creatinine 113.12, calcium 40.078, glucose 180.156, thyroxine 776.87.
_MILLI, _MICRO = 1_000, 1_000_000
FACTORS: Mapping[str, Mapping[str, Decimal]] = {
    "hemoglobin_g_l": {"g/dl": Decimal(10)},
    "albumin_g_l": {"g/dl": Decimal(10)},
    "bilirubin_umol_l": {"mg/dl": _per_dl("584.66", unit_per_mol=_MICRO)},
    "creatinine_umol_l": {"mg/dl": _per_dl("113.12", unit_per_mol=_MICRO)},
    "calcium_mmol_l": {"mg/dl": _per_dl("40.078", unit_per_mol=_MILLI)},
    "glucose_mmol_l": {"mg/dl": _per_dl("180.156", unit_per_mol=_MILLI)},
    "afp_ug_l": {"ng/ml": Decimal(1)},
    "cea_ug_l": {"ng/ml": Decimal(1)},
    "troponin_ng_l": {"pg/ml": Decimal(1), "ng/ml": Decimal(1000), "µg/l": Decimal(1000)},
    "tsh_mu_l": {"µiu/ml": Decimal(1), "miu/l": Decimal(1)},
    "ft4_pmol_l": {"ng/dl": Decimal("0.01") / Decimal("776.87") * _MICRO},
}


def read_mapping(text: str, units: Mapping[str, str]) -> list[Meaning]:
    """From lines `column = patient`, `column = date` and `column = test, unit`; without a unit it
    is the form's. `units`: of each test.

    Raises:
        LineProblem: a line cannot be read, or names what is unknown or stands above.
    """
    found: list[Meaning] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        column, sign, rest = (normalize(part) for part in line.partition("="))
        means, _comma, unit = (part.strip() for part in rest.partition(","))
        if not (column and sign and means):
            raise LineProblem(number, "no-mapping", line.strip()[:60])
        if means not in (PATIENT, DAY, *units):
            raise LineProblem(number, "no-test", means[:60])
        if any(column == each.column or means == each.means for each in found):
            raise LineProblem(number, "twice", f"{column}, {means}"[:60])
        factor = _factor(means, unit, units.get(means, ""))
        if factor is None:
            raise LineProblem(number, "no-unit", f"{means}, {unit}"[:60])
        found.append(Meaning(column, means, factor))
    for needed in (PATIENT, DAY):
        if needed not in {each.means for each in found}:
            raise LineProblem(0, "lacks", needed)
    return found


def _factor(test: str, unit: str, own: str) -> Decimal | None:
    if not unit or _plain(unit) == _plain(own):
        return Decimal(1)
    return FACTORS.get(test, {}).get(_plain(unit))


def _plain(unit: str) -> str:
    """One spelling for the letters and signs that stand for micro."""
    plain = unicodedata.normalize("NFKC", unit).lower().replace("μ", "µ").replace(" ", "")
    return re.sub(r"^u(?=mol|g|iu)", "µ", plain)


def read_file(content: bytes, mapping: list[Meaning], *, today: date) -> list[Result]:
    """Every result that the file has for a column of the mapping; empty cells are none.

    Raises:
        LineProblem: the file is no such table, lacks a column, or a line has no day.
    """
    header, *lines = _table(content)
    places = {normalize(name): place for place, name in enumerate(header)}
    for meaning in mapping:
        if meaning.column not in places:
            raise LineProblem(1, "no-column", meaning.column)
    if len(places) < len(header):
        raise LineProblem(1, "columns-twice")
    at = {meaning.means: places[meaning.column] for meaning in mapping}
    results: list[Result] = []
    for number, cells in enumerate(lines, start=2):
        if not any(cells):
            continue
        if len(cells) != len(header):
            raise LineProblem(number, "cells", str(len(cells)))
        day = _day(cells[at[DAY]], today)
        if day is None:
            raise LineProblem(number, "no-day", cells[at[DAY]][:40])
        patient = normalize(cells[at[PATIENT]])
        for meaning in mapping:
            text = normalize(cells[at[meaning.means]])
            if meaning.means not in (PATIENT, DAY) and text:
                results.append(Result(number, patient, day, meaning, text))
    return results


def _table(content: bytes) -> list[list[str]]:
    text = _text(content)
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        lines = list(_limited(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)))
    except csv.Error:
        raise LineProblem(1, "no-table") from None
    if not lines or len(lines[0]) < 3 or len(lines[0]) > MOST_COLUMNS:
        raise LineProblem(1, "no-table")
    return lines


def _limited(lines: Iterator[list[str]]) -> Iterator[list[str]]:
    for number, line in enumerate(lines, start=1):
        if number > MOST_LINES + 1:
            raise LineProblem(number, "too-long", str(MOST_LINES))
        yield line


def _text(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise LineProblem(1, "no-text")


def _day(text: str, today: date) -> date | None:
    """Without the time of day that may follow."""
    day = _TIME_FOLLOWS.split(normalize(text), maxsplit=1)[0]
    try:
        return parse_date(day, today=today) if day[:1].isdigit() else None
    except (ValueError, OverflowError):
        return None


def in_unit_of_form(text: str, factor: Decimal, places: int) -> str:
    """The number with the form's decimal places; what is no plain number stays as it is, for the
    form to refuse."""
    if not _NUMBER.fullmatch(text) or factor == 1:
        return text
    return str((Decimal(text) * factor).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))
