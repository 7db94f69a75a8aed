"""What was asked, answered, verified, signed and noted about the patients' data."""

import json
from collections.abc import Iterator
from typing import Any

from django.db.models import BooleanField, Case, IntegerField, Model, OuterRef, Q, Subquery, When
from django.db.models.expressions import Combinable, ExpressionWrapper
from django.utils.translation import gettext_lazy as _

from core.audit.blinding import revealing_columns, revealing_tables
from core.models import AuditEntry, Site
from core.models.membership import Role
from enrollment import registry
from enrollment.calc.definition.forms import OWN
from enrollment.models import AddedLogForm, LogForm
from outcomes.models import Adjudication
from oversight.models import (
    FieldComment,
    FieldVerification,
    Query,
    QueryMessage,
    Signature,
)
from oversight.models.query import QueryEvents
from reports.queries.tables.column import Cell, Column, Type, as_time, as_yes_no, column_of
from reports.queries.tables.keys import patient_keys, patient_keys_of_id, visit_keys_of_id
from reports.queries.tables.table import Kind, Table


def oversight_tables() -> Iterator[Table]:
    yield _adjudications()
    yield _queries()
    yield _query_messages()
    yield _comments()
    yield _verification()
    yield _signatures()
    yield _audit()


def _keys(about: str = "") -> tuple[Column, ...]:
    site, trial = f"{about}site__code", f"{about}site__trial__slug"
    return (*patient_keys_of_id(about, site, trial), *visit_keys_of_id(about))


def _number(name: str, label: Any, source: str = "pk") -> Column:
    note = _("Counts over all trials; it is never used again.")
    return Column(name, label, Type.INTEGER, source, is_key=True, note=note)


def _of(model: type[Model], *names: str, prefix: str = "") -> tuple[Column, ...]:
    fields = [model._meta.get_field(name) for name in names]
    return tuple(column_of(item, prefix=prefix) for item in fields)  # type: ignore[arg-type]


def _person(name: str, label: Any, source: str) -> Column:
    return Column(name, label, Type.TEXT, f"{source}__full_name", note=_("Empty: the system."))


def _place(about: str = "", *, has_field: bool = True) -> Iterator[Column]:
    """Table, row and column of the export that hold what this is about."""
    row = f"{about}row_number" if has_field else ""
    yield Column(
        "of_table",
        _("table that it is about"),
        Type.CODE,
        (f"{about}form", row) if row else f"{about}form",
        read=_table_of_row if row else _table_of_form,
    )
    yield Column(
        "of_log_row", _("row of the log"), Type.INTEGER, _row_of_log(about), note=_("Of a log.")
    )
    if has_field:
        yield Column("of_row", _("row inside the form"), Type.INTEGER, row)
        yield Column(
            "of_column",
            _("column that it is about"),
            Type.CODE,
            f"{about}field",
            note=_("Empty: the form as a whole."),
        )


def _table_of_form(form: str) -> Cell:
    # A form that a later release dropped keeps its short name.
    spec = registry.find(form)
    return spec.table if spec is not None else form


def _table_of_row(values: tuple[str, int | None]) -> Cell:
    form, row = values
    spec = registry.find(form)
    return spec.rows.table if spec and spec.rows and row is not None else _table_of_form(form)


def _row_of_log(about: str) -> Combinable:
    logs = {spec.slug: spec.model for spec in registry.all_specs()}
    added = AddedLogForm._default_manager.filter(
        pk=OuterRef(f"{about}record_id"), form=OuterRef(f"{about}form")
    )
    rows = [When(**{f"{about}form__contains": OWN}, then=Subquery(added.values("row_number")[:1]))]
    for slug, model in logs.items():
        if issubclass(model, LogForm):
            records = model._default_manager.filter(pk=OuterRef(f"{about}record_id"))
            row = Subquery(records.values("row_number")[:1])
            rows.append(When(**{f"{about}form": slug}, then=row))
    return Case(*rows, output_field=IntegerField())


def _revealing_fields(about: str = "") -> Q:
    """What is said about a field that tells the arm may quote its value."""
    found = Q(pk__in=[])
    for spec in registry.all_specs():
        for model in (spec.model, *([spec.rows.model] if spec.rows else [])):
            if names := revealing_columns(model._meta.db_table):
                found |= Q(**{f"{about}form": spec.slug, f"{about}field__in": sorted(names)})
    return found


def _adjudications() -> Table:
    return Table(
        name="adjudications",
        title=_("adjudications of two readings"),
        kind=Kind.OVERSIGHT,
        model=Adjudication,
        columns=(
            *patient_keys("patient__"),
            _number("adjudication", _("number of the adjudication")),
            *_of(Adjudication, "accepted", "reason", "decided_at"),
            _person("decided_by", _("decided by"), "decided_by"),
            *_of(Adjudication, "fingerprint"),
        ),
    )


def _queries() -> Table:
    return Table(
        name="queries",
        title=_("queries"),
        kind=Kind.OVERSIGHT,
        model=Query,
        about="",
        tells_arm=_revealing_fields,
        columns=(
            *_keys(),
            _number("query", _("number of the query")),
            *_place(),
            *_of(Query, "state", "question", "check_code", "raised_at"),
            _person("raised_by", _("raised by"), "raised_by"),
            *_of(Query, "changed_at", "closed_at"),
            _person("closed_by", _("closed by"), "closed_by"),
        ),
    )


def _query_messages() -> Table:
    return Table(
        name="query_messages",
        title=_("answers and remarks in queries"),
        kind=Kind.OVERSIGHT,
        model=QueryMessage,
        about="query__",
        tells_arm=lambda: _revealing_fields("query__"),
        columns=(
            *_keys("query__"),
            _number("query", _("number of the query"), "query_id"),
            _number("message", _("number of the message")),
            Column("event", _("event"), Type.CODE, "event", choices=tuple(QueryEvents.choices)),
            *_of(QueryMessage, "text", "at"),
            _person("by", _("who"), "by"),
        ),
        order=("query_id",),
    )


def _comments() -> Table:
    return Table(
        name="comments",
        title=_("comments beside fields"),
        kind=Kind.OVERSIGHT,
        model=FieldComment,
        about="",
        tells_arm=_revealing_fields,
        columns=(
            *_keys(),
            _number("comment", _("number of the comment")),
            *_place(),
            *_of(FieldComment, "text", "at"),
            _person("by", _("who"), "by"),
        ),
    )


def _verification() -> Table:
    return Table(
        name="verification",
        title=_("verified fields"),
        kind=Kind.OVERSIGHT,
        model=FieldVerification,
        about="",
        tells_arm=_revealing_fields,
        columns=(
            *_keys(),
            _number("verification", _("number of the verification")),
            *_place(),
            *_of(FieldVerification, "verified_at"),
            _person("verified_by", _("verified by"), "verified_by"),
        ),
    )


def _signatures() -> Table:
    return Table(
        name="signatures",
        title=_("signatures"),
        kind=Kind.OVERSIGHT,
        model=Signature,
        about="",
        columns=(
            *_keys(),
            _number("signature", _("number of the signature")),
            *_place(has_field=False),
            *_of(Signature, "printed_name"),
            Column("signer_role", _("role"), Type.TEXT, "role"),
            *_of(Signature, "meaning", "signed_at", "revision", "sha256"),
            Column(
                "holds",
                _("holds still"),
                Type.CODE,
                ExpressionWrapper(Q(broken__isnull=True), output_field=BooleanField()),
                read=as_yes_no,
                choices=(("Y", _("yes")), ("N", _("no"))),
            ),
            Column("broken_at", _("broken"), Type.TIME, "broken__broken_at", read=as_time),
            _person("broken_by", _("who broke it"), "broken__broken_by"),
            Column("broken_because", _("reason"), Type.TEXT, "broken__reason"),
        ),
    )


def _audit() -> Table:
    """The trail of the patients' rows. What tells the arm is never in it, whatever the trial."""
    return Table(
        name="audit",
        title=_("audit trail of the patients"),
        kind=Kind.OVERSIGHT,
        model=AuditEntry,
        about="",
        where=Q(patient_id__isnull=False) & ~Q(table_name__in=revealing_tables()),
        columns=(
            *patient_keys_of_id("", _site_of("code"), _site_of("trial__slug")),
            *visit_keys_of_id(""),
            _number("entry", _("number of the entry")),
            *_of(AuditEntry, "at", "action", "event"),
            Column("db_table", _("table of the database"), Type.CODE, "table_name"),
            Column("db_row", _("row of the database"), Type.CODE, "row_pk"),
            Column(
                "changes",
                _("changes"),
                Type.TEXT,
                ("table_name", "changes"),
                read=_changes,
                note=_("JSON: each field with its old and its new value; details of an event."),
            ),
            Column("actor", _("who"), Type.TEXT, "actor_name", note=_("Empty: the system.")),
            Column(
                "actor_role",
                _("role"),
                Type.CODE,
                "actor_role",
                choices=tuple(Role.choices),
                note=_("With commas where there are several."),
            ),
            *_of(AuditEntry, "reason", "source"),
        ),
    )


def _site_of(path: str) -> Subquery:
    return Subquery(Site.objects.filter(pk=OuterRef("site_id")).values(path)[:1])


_DRAWN = frozenset({"submission", "batch"})
"""Random numbers that name one press of a button; they say nothing of the data."""
_QUOTES = frozenset({"question", "text", "changes"})
"""Of queries, comments and broken signatures: they may quote a value that tells the arm, and
stand in the tables of their own, which leave such rows out."""


def _changes(values: tuple[str, dict[str, Any]]) -> Cell:
    table, changes = values
    hidden = revealing_columns(table) | _DRAWN
    if revealing_columns(table):
        hidden |= {"missing"}  # one column holds the missing codes of all fields
    if table.startswith("oversight_"):
        hidden |= _QUOTES
    changes = {name: side for name, side in changes.items() if name not in hidden}
    return as_json(changes)


def as_json(changes: dict[str, Any]) -> str:
    return json.dumps(changes, ensure_ascii=False, sort_keys=True)
