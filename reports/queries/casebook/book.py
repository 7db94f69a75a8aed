"""What a casebook holds, in words of the active language. Times carry the site's zone."""

from dataclasses import dataclass
from datetime import datetime

from enrollment.models import Consent, CriterionAnswer, FormRecord, Patient, Visit
from enrollment.queries.signatures import SignatureLine
from enrollment.registry import FormSpec
from oversight.models import FieldComment, Query


@dataclass(frozen=True)
class Line:
    """One field: `value` is text; `missing` the code's label where there is no value."""

    name: str
    label: str
    unit: str
    value: str
    missing: str

    @property
    def shown(self) -> str:
        return " ".join(filter(None, [self.value, self.unit])) if self.value else self.missing


@dataclass(frozen=True)
class Section:
    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Grid:
    """The rows inside a form."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Filled:
    """One filled form with all that was said and signed about it."""

    spec: FormSpec
    record: FormRecord
    title: str
    sections: tuple[Section, ...]
    grid: Grid | None
    sha256: str
    signatures: tuple[SignatureLine, ...]
    queries: tuple[Query, ...]
    comments: tuple[FieldComment, ...]
    labels: dict[str, str]


@dataclass(frozen=True)
class Stop:
    """A visit with its forms in the order of the definition."""

    visit: Visit
    forms: tuple[Filled, ...]


@dataclass(frozen=True)
class Entry:
    """One entry of the trail: what happened to which row, by whom and why."""

    id: int
    at: datetime
    who: str
    role: str
    action: str
    action_label: str
    table: str
    table_label: str
    row: str
    changes: tuple[tuple[str, str, str, str], ...]
    """(field, label, old, new)"""
    details: str
    reason: str
    source: str


@dataclass(frozen=True)
class Casebook:
    patient: Patient
    at: datetime
    is_blinded: bool
    criteria: tuple[tuple[CriterionAnswer, str], ...]
    """Each answer with the text of its criterion."""
    consents: tuple[Consent, ...]
    stops: tuple[Stop, ...]
    once: tuple[Filled, ...]
    logs: tuple[Filled, ...]
    trail: tuple[Entry, ...]

    @property
    def forms(self) -> tuple[Filled, ...]:
        return (*(form for stop in self.stops for form in stop.forms), *self.once, *self.logs)

    @property
    def zone(self) -> str:
        return self.patient.site.time_zone
