"""One table for each registered form, and one for the rows inside it."""

from collections.abc import Iterator

from django.db import models
from django.db.models import Value
from django.utils.translation import gettext_lazy as _

from core.fields import captured_fields
from core.models import Trial
from enrollment import registry
from enrollment.models import LogForm, VisitForm
from enrollment.registry import FormSpec, Rows
from reports.queries.tables.column import READERS, Column, Type, column_of, missing_column_of
from reports.queries.tables.computed import computed_columns
from reports.queries.tables.keys import no_visit_keys, patient_keys, row_key, visit_keys
from reports.queries.tables.table import Kind, Table


def form_tables() -> Iterator[Table]:
    """Of the program's forms, the same in every trial."""
    for spec in (*registry.all_specs(), *registry.independent_specs()):
        yield _form_table(spec)
        if spec.rows is not None:
            yield _rows_table(spec, spec.rows)


def tables_added_by(trial: Trial) -> Iterator[Table]:
    """Of the forms that the trial's definition adds, with the fields of all of its versions."""
    return (_form_table(spec) for spec in registry.all_specs(trial=trial.slug) if spec.trial)


def _form_table(spec: FormSpec) -> Table:
    is_log = issubclass(spec.model, LogForm)
    return Table(
        name=spec.table,
        title=spec.title_of_many,
        kind=Kind.FORM,
        model=spec.model,
        columns=(
            *patient_keys("patient__"),
            *_visit_keys(spec, "visit__"),
            row_key("row_number" if is_log else ""),
            *_reader_column(spec),
            column_of(_field(spec.model, "state")),
            *(column_of(_field(spec.model, name)) for name in spec.stamps),
            *_captured_columns(spec.model),
            *computed_columns(spec),
        ),
        order=_order(spec, "") + (("row_number",) if is_log else ()),
    )


def _rows_table(spec: FormSpec, rows: Rows) -> Table:
    log_row: tuple[Column, ...] = ()
    if issubclass(spec.model, LogForm):
        label = _("row of the form in its log")
        log_row = (Column("log_row", label, Type.INTEGER, "record__row_number", is_key=True),)
    return Table(
        name=rows.table,
        title=rows.model._meta.verbose_name_plural or rows.table,
        kind=Kind.ROWS,
        model=rows.model,
        patient="record__patient__",
        columns=(
            *patient_keys("record__patient__"),
            *_visit_keys(spec, "record__visit__"),
            *log_row,
            row_key("row_number"),
            *_reader_column(spec),
            column_of(_field(spec.model, "state"), prefix="record__"),
            *_linked_columns(rows),
            *_captured_columns(rows.model),
        ),
        order=(*_order(spec, "record__"), "row_number"),
    )


def _visit_keys(spec: FormSpec, visit: str) -> tuple[Column, ...]:
    return visit_keys(visit) if issubclass(spec.model, VisitForm) else no_visit_keys()


def _reader_column(spec: FormSpec) -> tuple[Column, ...]:
    """Tables of several readers can be laid one below the other and told apart."""
    if not spec.reader:
        return ()
    label, note = _("reader"), _("Whose reading of the scans it is.")
    return (Column("reader", label, Type.CODE, Value(spec.reader), choices=READERS, note=note),)


def _order(spec: FormSpec, record: str) -> tuple[str, ...]:
    if issubclass(spec.model, VisitForm):
        return (f"{record}visit__position",)
    return (f"{record}row_number",) if record and issubclass(spec.model, LogForm) else ()


def _captured_columns(model: type[models.Model]) -> Iterator[Column]:
    for declared in captured_fields(model):
        # A drug's codes are the definition's, not the field's.
        yield column_of(declared, codes="drugs" if declared.name == "drug" else "")
        if declared.allows_missing_code:
            yield missing_column_of(declared)


def _linked_columns(rows: Rows) -> Iterator[Column]:
    """The row of a log that a row points at, e.g. `lesion_row` for the table of lesions."""
    for name in rows.identity:
        declared = _field(rows.model, name)
        if isinstance(declared, models.ForeignKey):
            yield Column(
                name=f"{name}_row",
                label=declared.verbose_name,
                type=Type.INTEGER,
                source=f"{name}__row_number",
                note=_("The row of the patient's log that is meant."),
            )


def _field(model: type[models.Model], name: str) -> "models.Field[object, object]":
    declared = model._meta.get_field(name)
    if not isinstance(declared, models.Field):
        raise TypeError(f"{model.__name__}.{name} is no column")
    return declared
