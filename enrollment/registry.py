"""The form registry: every case report form of every app, by its slug.

An app registers its forms when Django starts (`<app>/registration.py`). The entry page, the
schedule, the exports and the codebook know forms only through this table.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.text import capfirst

from core.fields import CapturedField, captured_fields
from core.models import Trial, User
from enrollment.calc.definition.forms import OWN
from enrollment.models import (
    AddedLogForm,
    AddedVisitForm,
    FormRecord,
    FormRow,
    LogForm,
    Patient,
    Visit,
    VisitForm,
)


class Kind(StrEnum):
    VISIT = "visit"
    PATIENT = "patient"
    LOG = "log"


@dataclass(frozen=True)
class Section:
    """Some fields of a form under a heading."""

    title: str | Promise
    fields: tuple[str, ...]
    after_rows: bool = False
    """Asked below the rows of the form, which it sums up."""
    is_compact: bool = False
    """Many short answers, such as those of a questionnaire, in two columns."""


@dataclass(frozen=True)
class Reference:
    """A number beside an input to compare with, such as the value at baseline."""

    label: str | Promise
    value: str
    when: str = ""


References = Mapping[str, Mapping[str, Sequence[Reference]]]
"""By a row's identity, as its keys are written one after another, and the field."""


@dataclass(frozen=True)
class Addition:
    """What a form shows below its rows: the template, and its `shown`."""

    template: str
    shown: Mapping[str, Any]


@dataclass(frozen=True)
class FieldNote:
    """What the system makes of a value, shown beside its input."""

    text: str
    details: str = ""
    level: str = ""
    """soft where it asks for a second look, hard where for action; empty else."""
    link: str = ""
    link_text: str = ""


def _no_rows(record: Any) -> list[FormRow]:
    return []


def _no_references(record: Any) -> References:
    return {}


@dataclass(frozen=True)
class Rows:
    """The rows inside a form. `expected` makes unsaved rows that a new form starts with."""

    model: type[FormRow]
    title: str | Promise
    table: str
    """Name of the exported table."""
    identity: tuple[str, ...]
    """Fields that tell which row it is (day, lesion); shown, not typed, on expected rows."""
    expected: Callable[[Any], Iterable[FormRow]] = _no_rows
    can_add: bool = False
    named: Callable[[Any], str] | None = None
    """What the page calls an expected row; the values of its identity where absent."""
    extra_form: type | None = None
    """A mixin for the row's form, where a row is more than its fields."""
    joined: tuple[str, ...] = ()
    """Fields without a column: each stands below the one before it."""
    references: Callable[[Any], References] = _no_references
    """What the record's rows are compared with."""


def _nothing(record: Any) -> Collection[str]:
    return ()


@dataclass(frozen=True)
class FormSpec:
    """One registered form."""

    slug: str
    model: type[FormRecord]
    table: str
    """Name of the exported table: snake case, at most 32 characters."""
    sections: tuple[Section, ...] = ()
    note: str | Promise = ""
    """What a person should know before filling the form, such as a licence."""
    rows: Rows | None = None
    after_save: Callable[[Any, User], None] | None = None
    """Called inside the saving transaction, e.g. to move later visits."""
    summary: tuple[str, ...] = ()
    """Fields that a log's table shows; all of them when empty."""
    form_mixin: type | None = None
    """A mixin for the entry form, where a form asks for more than its fields say."""
    stamps: tuple[str, ...] = ()
    """Columns that nobody types, such as when a report was submitted; exported all the same."""
    home: Callable[[Any], str] | None = None
    """The address that a record of a log leads back to, where that is not its log."""
    left_out: Callable[[Any], Collection[str]] = _nothing
    """Fields that the record's trial does not ask for."""
    addition: Callable[[Any], Addition] | None = None
    """From the entry page's forms to what stands below its rows."""
    reader: str = ""
    """Whose reading the form holds, where several people read the same; a column of exports."""
    notes: Callable[[Any], Mapping[str, Sequence[FieldNote]]] | None = None
    """From a record, saved or not, to what is said beside its fields; live while somebody types."""
    check: Callable[[Any], Mapping[str, str | Promise]] | None = None
    """From the entry page's forms, each good by itself, to what keeps them from completion."""
    prefill: Callable[[Any, Mapping[str, str]], None] | None = None
    """Fills a new row of a log from the address that led to it."""
    trial: str = ""
    """The slug of the trial that added the form; empty for a form of the program."""
    by_version: Mapping[str, "FormSpec"] | None = field(default=None, compare=False)
    """Of a form that a trial added: how each version of the definition, by the hash of its file,
    asks for it. This one has the fields of all versions."""
    fields: tuple[CapturedField, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "fields", tuple(captured_fields(self.model)))

    @property
    def kind(self) -> Kind:
        if issubclass(self.model, VisitForm):
            return Kind.VISIT
        return Kind.LOG if issubclass(self.model, LogForm) else Kind.PATIENT

    @property
    def title(self) -> str | Promise:
        return self.model._meta.verbose_name or self.slug

    @property
    def title_of_many(self) -> str | Promise:
        return self.model._meta.verbose_name_plural or self.slug

    @property
    def layout(self) -> tuple[Section, ...]:
        return self.sections or (Section("", tuple(item.name for item in self.fields)),)

    def asked_of(self, patient: Patient) -> "FormSpec | None":
        """The form as the patient's version has it; None where that has no such form."""
        if self.by_version is None:
            return self
        return self.by_version.get(patient.version.sha256)

    @property
    def log_columns(self) -> list[CapturedField]:
        return [item for item in self.fields if not self.summary or item.name in self.summary]


_specs: dict[str, FormSpec] = {}
_independent: dict[str, FormSpec] = {}
_added: list[Callable[[], Mapping[str, FormSpec]]] = []


def register_source(specs: Callable[[], Mapping[str, FormSpec]]) -> None:
    """Who knows the forms that trials added; asked again after `look_again`."""
    if specs not in _added:
        _added.append(specs)


def register(spec: FormSpec) -> None:
    _add(_specs, spec)


def register_independent(spec: FormSpec) -> None:
    """A form of somebody outside the site, who must not see its forms, nor the site this one.

    No schedule asks for it, and no page that takes a form by its slug knows it: only what asks
    for `independent_specs`.
    """
    _add(_independent, spec)


def _add(specs: dict[str, FormSpec], spec: FormSpec) -> None:
    if (_specs | _independent).get(spec.slug, spec).model is not spec.model:
        raise ValueError(f"two forms are called {spec.slug}")
    specs[spec.slug] = spec


def get(slug: str) -> FormSpec:
    """
    Raises:
        KeyError: no form has this slug.
    """
    spec = find(slug)
    if spec is None:
        raise KeyError(slug)
    return spec


def find(slug: str) -> FormSpec | None:
    """The same, or None."""
    return _added_specs().get(slug) if OWN in slug else _specs.get(slug)


def all_specs(kind: Kind | None = None, *, trial: str | None = None) -> Iterator[FormSpec]:
    """In order of registration, which is the order of the apps; no independent ones.

    Those of the program, which needs no database; then those that the trial of this slug adds.
    """
    own = added_specs() if trial is not None else ()
    specs = (*_specs.values(), *(spec for spec in own if spec.trial == trial))
    return (spec for spec in specs if kind is None or spec.kind is kind)


def added_specs(kind: Kind | None = None) -> Iterator[FormSpec]:
    """Those that trials add, of all trials."""
    return (spec for spec in _added_specs().values() if kind is None or spec.kind is kind)


def titles_in(trial: Trial) -> list[tuple[str, str]]:
    """Slug and title of each form of the trial, as a list to choose from."""
    return [(spec.slug, capfirst(str(spec.title))) for spec in all_specs(trial=trial.slug)]


@dataclass(frozen=True)
class Store:
    """A table of records, and how SQL over it tells the form: by `slug`, a parameter of
    `form_sql`, where the table has one form, and else by a column."""

    table: str
    kind: Kind
    slug: tuple[str, ...] = ()

    @property
    def form_sql(self) -> str:
        return "%s" if self.slug else "form"


def stores(kind: Kind | None = None) -> list[Store]:
    """The tables of all forms, those that trials added among them."""
    own = [Store(spec.model._meta.db_table, spec.kind, (spec.slug,)) for spec in all_specs()]
    added = [
        Store(AddedVisitForm._meta.db_table, Kind.VISIT),
        Store(AddedLogForm._meta.db_table, Kind.LOG),
    ]
    return [store for store in (*own, *added) if kind is None or store.kind is kind]


@dataclass
class _Seen:
    is_stale: bool = True
    specs: Mapping[str, FormSpec] = field(default_factory=dict)


_seen = _Seen()


def look_again(**_signal: Any) -> None:
    """Definitions may have been loaded since, by this process or another."""
    _seen.is_stale = True


def _added_specs() -> Mapping[str, FormSpec]:
    if _seen.is_stale:
        _seen.specs = {slug: spec for source in _added for slug, spec in source().items()}
        _seen.is_stale = False
    return _seen.specs


def independent_specs() -> Iterator[FormSpec]:
    return iter(_independent.values())


def spec_of(model: type[FormRecord]) -> FormSpec:
    """Of any form.

    Raises:
        StopIteration: no form has this model.
    """
    known = (*all_specs(), *independent_specs())
    return next(spec for spec in (*known, *added_specs()) if spec.model is model)


def slugs() -> frozenset[str]:
    """Of the program's forms."""
    return frozenset(_specs)


def specs_at(visit: Visit) -> list[FormSpec]:
    """The forms that the visit asks for, in the order of the definition."""
    return [get(slug) for slug in visit.forms]
