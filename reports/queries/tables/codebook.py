"""What the columns of a table mean, from the same declaration that the rows come from."""

from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields, replace

from core.fields import MissingCode
from enrollment.calc.definition import Definition, Text
from outcomes.calc.rules import RULE_VERSION
from reports.queries.tables.column import MISSING_SUFFIX, Column
from reports.queries.tables.schema import column_of_schema
from reports.queries.tables.table import Kind, Table

LANGUAGE = "en"
"""Exports do not follow the language of the person who makes them."""

Codes = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Entry:
    """One column. Limits: what is outside `minimum` and `maximum` cannot be entered."""

    table: str
    position: int
    name: str
    label: str
    type: str
    unit: str
    is_key: bool
    is_required: bool
    codes: Codes
    missing_codes: Codes
    missing_in: str
    minimum: str
    maximum: str
    usual_minimum: str
    usual_maximum: str
    asked_when: str
    note: str
    is_derived: bool
    rule_version: str
    """Of the rules by which the night derives the column."""
    since: str
    """The first release that had the column."""
    sas_name: str


HEADER = [item.name for item in fields(Entry)]


def codebook(tables: list[Table], definition: Definition | None) -> Iterator[Entry]:
    """One entry a column, in the order of the tables. Read it under the English translation."""
    lists = _lists_of(definition) if definition is not None else {}
    for table in tables:
        names = table.column_names
        for position, column in enumerate(table.columns, start=1):
            entry = _entry(table.name, position, column, lists, names)
            is_of_night = table.kind is Kind.DERIVED
            yield replace(
                entry,
                is_derived=column.is_derived or is_of_night,
                rule_version=RULE_VERSION if is_of_night else "",
            )


def with_missing_codes(entries: list[Entry]) -> list[Entry]:
    """The same; a column that holds missing codes has them as its codes."""
    of = {(entry.table, entry.missing_in): entry.missing_codes for entry in entries}
    return [
        replace(entry, codes=entry.codes or of.get((entry.table, entry.name), ()))
        for entry in entries
    ]


def as_cells(entry: Entry) -> list[str]:
    """The entry as a line of CSV: flags are Y and N, codes are `code=label | code=label`."""
    return [_cell(value) for value in astuple(entry)]


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "Y" if value else "N"
    if isinstance(value, tuple):
        return " | ".join(f"{code}={label}" for code, label in value)
    return str(value)


def _entry(
    table: str, position: int, column: Column, lists: dict[str, Codes], names: list[str]
) -> Entry:
    captured = column.captured
    has_missing = column.name + MISSING_SUFFIX in names
    minimum, maximum = captured.hard
    usual_minimum, usual_maximum = captured.soft
    known = column_of_schema(table, column.name)
    return Entry(
        table=table,
        position=position,
        name=column.name,
        label=str(column.label),
        type=column.type.value,
        unit=str(captured.unit),
        is_key=column.is_key,
        is_required=captured.required,
        codes=tuple((code, str(label)) for code, label in column.choices)
        or lists.get(column.codes, ()),
        missing_codes=tuple((code, str(label)) for code, label in MissingCode.choices)
        if has_missing
        else (),
        missing_in=column.name + MISSING_SUFFIX if has_missing else "",
        minimum=_limit(minimum),
        maximum=_limit(maximum),
        usual_minimum=_limit(usual_minimum),
        usual_maximum=_limit(usual_maximum),
        asked_when=_condition(captured.shown_when),
        note=str(column.note),
        is_derived=column.is_derived,
        rule_version="",
        since=known.since,
        sas_name=known.sas,
    )


def _limit(value: object) -> str:
    return "" if value is None else str(value)


def _condition(shown_when: tuple[str, tuple[str, ...]] | None) -> str:
    if shown_when is None:
        return ""
    name, values = shown_when
    return f"{name} is {' or '.join(values)}"


def _lists_of(definition: Definition) -> dict[str, Codes]:
    """The codes that the trial's definition gives meaning to. Products are not here."""

    def listed(*pairs: tuple[str, Text]) -> Codes:
        return tuple((code, text.in_language(LANGUAGE)) for code, text in pairs)

    return {
        # The names of the arms are the protocol's; whose they are is what a blinded export lacks.
        "arms": listed(*((item.id, item.name) for item in definition.arms)),
        "sites": listed(*((item.code, item.name) for item in definition.sites)),
        "criteria": listed(*((item.id, item.text) for item in definition.criteria)),
        "consents": listed(*((item.version, item.title) for item in definition.consents)),
        "regimens": listed(*((item.id, item.label) for item in definition.regimens)),
        "drugs": listed(*((item.id, item.name) for item in definition.background)),
        "tracks": listed(*((item.id, item.label) for item in definition.tracks)),
    }
