"""One column of an exported table, and how a stored value becomes a cell."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db import models
from django.db.models.expressions import Combinable
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.fields import CapturedField, MissingCode, MultipleChoiceField, PartialDateField
from core.fields.captured import NO_LIMITS, Captured, Limits

Cell = str | int | Decimal | None
"""What a cell holds. None is an empty cell; a decimal keeps its places."""

Choices = tuple[tuple[str, str | Promise], ...]
READERS: Choices = (("investigator", _("investigator")), ("central", _("central reader")))
MISSING_SUFFIX = "_missing"
NOT_CAPTURED = Captured(required=False, may_be_missing=False)


class Type(StrEnum):
    TEXT = "text"
    CODE = "code"
    INTEGER = "integer"
    DECIMAL = "decimal"
    DATE = "date"
    PARTIAL_DATE = "partial-date"
    TIME = "datetime"


def as_stored(value: Any) -> Cell:
    return None if value == "" else value


def as_text(value: Any) -> Cell:
    return str(value) if value is not None and value != "" else None


def as_date(value: date | None) -> Cell:
    return value.isoformat() if value is not None else None


def as_time(value: datetime | None) -> Cell:
    """In UTC to the second: `2026-11-21T09:30:00Z`."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if value is not None else None


def as_yes_no(value: bool | None) -> Cell:
    return None if value is None else "Y" if value else "N"


@dataclass(frozen=True)
class MissingOf:
    """The code of one field among those of all fields of a form."""

    name: str

    def __call__(self, codes: dict[str, str]) -> Cell:
        return codes.get(self.name)


@dataclass(frozen=True)
class Column:
    """`source` is the path or expression to read; `read` makes the cell of what it gives."""

    name: str
    label: str | Promise
    type: Type
    source: str | Combinable | tuple[str | Combinable, ...] = ""
    """Of several, `read` gets all values as one tuple."""
    read: Callable[[Any], Cell] = as_stored
    choices: Choices = ()
    codes: str = ""
    """Which list of the trial's definition the codes come from, e.g. `criteria`."""
    note: str | Promise = ""
    is_key: bool = False
    is_derived: bool = False
    """Computed from other values; nobody entered it."""
    captured: Captured = field(default=NOT_CAPTURED)

    @property
    def limits(self) -> Limits:
        return self.captured.hard if self.type in (Type.INTEGER, Type.DECIMAL) else NO_LIMITS


def column_of(
    declared: "models.Field[Any, Any]",
    *,
    prefix: str = "",
    name: str = "",
    codes: str = "",
    note: str | Promise = "",
) -> Column:
    """The column of a model field, with the label and type that are declared there."""
    kind, read = _type_of(declared)
    return Column(
        name=name or declared.name,
        label=declared.verbose_name,
        type=kind,
        source=prefix + declared.name,
        read=read,
        choices=tuple((str(code), label) for code, label in declared.flatchoices),
        codes=codes,
        note=note or declared.help_text,
        captured=declared.captured if isinstance(declared, CapturedField) else NOT_CAPTURED,
    )


def missing_column_of(declared: CapturedField) -> Column:
    """Why the field is empty: the code that was entered in its place."""
    name = declared.name
    return Column(
        name=name + MISSING_SUFFIX,
        label=_("why there is no value"),
        type=Type.CODE,
        source="missing",
        read=MissingOf(name),
        choices=tuple(MissingCode.choices),
        captured=Captured(required=False, may_be_missing=False, reveals=declared.captured.reveals),
    )


_READERS: tuple[tuple[type[Any], Type, Callable[[Any], Cell]], ...] = (
    # From the particular to the general: a DateTimeField is a DateField too.
    (PartialDateField, Type.PARTIAL_DATE, as_text),
    (MultipleChoiceField, Type.TEXT, as_stored),  # several codes are no code of the list
    (models.DateTimeField, Type.TIME, as_time),
    (models.DateField, Type.DATE, as_date),
    (models.DecimalField, Type.DECIMAL, as_stored),
    (models.BooleanField, Type.CODE, as_yes_no),
    (models.IntegerField, Type.INTEGER, as_stored),
    (models.SlugField, Type.CODE, as_stored),
)


def _type_of(declared: "models.Field[Any, Any]") -> tuple[Type, Callable[[Any], Cell]]:
    for kind, cell_type, read in _READERS:
        if isinstance(declared, kind):
            return cell_type, read
    return (Type.CODE if declared.choices else Type.TEXT), as_stored
