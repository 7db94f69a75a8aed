"""The tables of a trial as REDCap's instruments, and their columns as its fields."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, cached_property

from core.fields import MissingCode
from core.models import Trial
from enrollment.models import LogForm
from enrollment.queries.trials import current_version
from reports.api.redcap.call import Call
from reports.queries.tables import (
    Cell,
    Column,
    Kind,
    Table,
    Type,
    all_tables,
    find_table,
    tables_seen_in,
)
from reports.queries.tables.codebook import Codes, Entry, codebook
from reports.queries.tables.column import MISSING_SUFFIX
from reports.queries.tables.forms import tables_added_by

RECORD_ID = "record_id"
EVENT = "redcap_event_name"
REPEATED = "redcap_repeat_instrument"
INSTANCE = "redcap_repeat_instance"
GROUP = "redcap_data_access_group"
KEYS = frozenset({RECORD_ID, EVENT, REPEATED, INSTANCE, GROUP})
# The screening comes first: it is there for every patient, and the rest repeats some of it.
PATIENT, VISITS = "screening", "visits"
_CORE = (PATIENT, "patients", "consents", "criterion_answers", "allocations", VISITS)
_SEVERAL = frozenset({"consents", "criterion_answers"})
# What several tables had from the first release on.
_AMBIGUOUS = {
    "action", "afp_ug_l", "autopsy", "autopsy_findings", "cause", "child_pugh_class",
    "child_pugh_points", "comment", "day", "description", "died_on", "dose_mg", "drug",
    "ended_on", "event_number", "grade", "importance", "number", "outcome", "reader",
    "reason", "reason_text", "related_to_background", "related_to_capsules", "started_on",
    "state", "status", "treatment",
}  # fmt: skip
COMPLETE_CODES = (("0", "Incomplete"), ("1", "Unverified"), ("2", "Complete"))
_COMPLETE = {"draft": "0", "planned": "0", "complete": "1"}
_KEYS_OF_REPORTS = frozenset({"trial", "site", "patient", "visit", "visit_sequence"})


@dataclass(frozen=True)
class Field:
    """A column. A code for a missing value stands in the place of the value, as in REDCap."""

    name: str
    column: Column
    entry: Entry
    missing: Column | None

    @cached_property
    def labels(self) -> dict[str, str]:
        return dict(self.codes) | (missing_labels() if self.missing is not None else {})

    @property
    def codes(self) -> Codes:
        # Several codes in one cell. They stay a text: as checkboxes, one that the newest
        # definition no longer has would be lost.
        is_several = self.column.type is Type.TEXT and bool(self.column.choices)
        if is_several or self.column.name == "ineligible_because":
            return ()
        return self.entry.codes

    @property
    def is_calculated(self) -> bool:
        """REDCap's calculated fields are numbers."""
        return self.entry.is_derived and self.column.type in (Type.INTEGER, Type.DECIMAL)

    def text(self, cell: Cell, missing: Cell) -> str:
        """The raw value. Times stay in UTC, written as REDCap writes them."""
        if cell is None:
            return str(missing or "")
        if isinstance(cell, Decimal):
            return format(cell, "f")
        if self.column.type is Type.TIME:
            return str(cell).replace("T", " ").removesuffix("Z")
        return str(cell)


@dataclass(frozen=True)
class Instrument:
    table: Table
    fields: tuple[Field, ...]

    @property
    def name(self) -> str:
        return self.table.name

    @property
    def label(self) -> str:
        title = str(self.table.title)
        return title[:1].upper() + title[1:]

    @property
    def complete(self) -> str:
        return f"{self.name}_complete"

    @cached_property
    def is_of_visits(self) -> bool:
        """Else its values stand in the event of the patient."""
        visit = self.column("visit")
        return visit is not None and bool(visit.source)

    @cached_property
    def repeats(self) -> bool:
        """May have several rows for a patient, or for a visit."""
        of_log = self.table.model is not None and issubclass(self.table.model, LogForm)
        return of_log or self.table.kind in (Kind.ROWS, Kind.DERIVED) or self.name in _SEVERAL

    @cached_property
    def status(self) -> Column | None:
        """What its `_complete` is read from."""
        return self.column("outcome" if self.name == VISITS else "state")

    def column(self, name: str) -> Column | None:
        return next((item for item in self.table.columns if item.name == name), None)


def complete_code(status: Cell) -> str:
    """A draft or a visit to come is incomplete; what nobody has verified or signed, unverified."""
    return _COMPLETE.get(str(status), "2")


def missing_labels() -> dict[str, str]:
    return {code: str(label) for code, label in MissingCode.choices}


def instruments_of(call: Call) -> list[Instrument]:
    """Those that the token reads, without what would tell an arm."""
    return instruments_in(call.trial, reads=call.token.reads)


def instruments_in(trial: Trial, *, reads: Callable[[str], bool]) -> list[Instrument]:
    """Those of the trial whose tables `reads` allows."""
    tables = {table.name: table for table in tables_seen_in(trial)}
    added = [table.name for table in tables_added_by(trial)]
    names = [*(table.name for table in _candidates()), *added]
    return _made(trial, [tables[name] for name in names if reads(name)])


def reports_of(call: Call) -> list[Instrument]:
    """The night's tables of patients; each of their names is used as it is."""
    tables = [
        table
        for table in tables_seen_in(call.trial)
        if table.kind is Kind.DERIVED and table.has_patients
    ]
    return _made(call.trial, [table for table in tables if call.token.reads(table.name)])


def _made(trial: Trial, tables: list[Table]) -> list[Instrument]:
    entries: dict[str, list[Entry]] = {}
    for entry in codebook(tables, current_version(trial).definition):
        entries.setdefault(entry.table, []).append(entry)
    return [Instrument(table, tuple(_fields(table, entries[table.name]))) for table in tables]


def _fields(table: Table, entries: list[Entry]) -> Iterator[Field]:
    columns = {column.name: column for column in table.columns}
    own = {column.name for column in _own_columns(table)}
    for entry in entries:
        if entry.name in own:
            name = _field_name(table, entry.name)
            missing = columns.get(entry.name + MISSING_SUFFIX)
            yield Field(name, columns[entry.name], entry, missing)


def _field_name(table: Table, column: str) -> str:
    """With the table's name where a trial added the form: that is taken by nothing else."""
    is_added = table.kind is Kind.FORM and find_table(table.name) is None
    known = f"{table.name}_{column}" if is_added else column
    return field_names().get((table.name, column), known)


@cache
def _candidates() -> tuple[Table, ...]:
    """In the order of the project. A reading of somebody outside the site belongs to no event."""
    tables = {
        table.name: table
        for table in all_tables()
        if not getattr(table.model, "IS_INDEPENDENT", False)
    }
    forms = (table for table in tables.values() if table.kind in (Kind.FORM, Kind.ROWS))
    return (*(tables[name] for name in _CORE), *forms)


@cache
def field_names() -> dict[tuple[str, str], str]:
    """REDCap's name for a table's column, the same in every trial: REDCap wants each name once.

    It is the column's, with the table's before it where that would say too little or is taken. So
    a form that comes later changes no name that scripts know.
    """
    names: dict[tuple[str, str], str] = {}
    taken: set[str] = set()
    for table in _candidates():
        for column in _own_columns(table):
            is_plain = column.name not in _AMBIGUOUS and column.name not in taken
            name = column.name if is_plain else f"{table.name}_{column.name}"
            names[table.name, column.name] = name
            taken.add(name)
    return names


def _own_columns(table: Table) -> Iterator[Column]:
    """Without keys and missing codes, which REDCap keeps elsewhere, and what the screening has."""
    names = set(table.column_names)
    keys = _KEYS_OF_REPORTS
    if table.kind is not Kind.DERIVED:
        keys = frozenset(column.name for column in table.columns if column.is_key)
    if table.kind is Kind.CORE and table.name != PATIENT:
        keys |= set(_candidates()[0].column_names)
    for column in table.columns:
        valued = column.name.removesuffix(MISSING_SUFFIX)
        if column.name not in keys and (valued == column.name or valued not in names):
            yield column
