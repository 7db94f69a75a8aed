"""Which tables a lock protects: every form, its rows, and all else that hangs on a patient."""

from collections.abc import Iterator

from django.apps import apps
from django.db import models

from enrollment.models import AddedLogForm, AddedVisitForm, FormRecord, Patient, Visit
from enrollment.registry import all_specs, independent_specs
from oversight.triggers import Guarded


def clinical_tables() -> Iterator[Guarded]:
    """A table that points at a patient and is not to be locked says why in `NOT_LOCKED`."""
    yield Guarded(Patient._meta.db_table, _columns(Patient), patient="{row}.id")
    yield Guarded(Visit._meta.db_table, _columns(Visit), visit="{row}.id")
    known: set[type[models.Model]] = {Patient, Visit}
    for store in (AddedVisitForm, AddedLogForm):
        key = "'form:' || {row}.form || ':' || {row}.id"
        yield Guarded(store._meta.db_table, _columns(store), keys=(key,), has_state=True)
    for spec in (*all_specs(), *independent_specs()):
        table = spec.model._meta.db_table
        known.add(spec.model)
        yield Guarded(
            table,
            _columns(spec.model),
            keys=(f"'form:{spec.slug}:' || {{row}}.id",),
            has_state=True,
        )
        if spec.rows is not None:
            known.add(spec.rows.model)
            yield Guarded(
                spec.rows.model._meta.db_table,
                _columns(spec.rows.model),
                patient=f"(SELECT f.patient_id FROM {table} AS f WHERE f.id = {{row}}.record_id)",  # noqa: S608
                keys=(f"'form:{spec.slug}:' || {{row}}.record_id",),
            )
    for model in apps.get_models():
        if model not in known and _is_of_patient(model):
            yield Guarded(model._meta.db_table, _columns(model))


def _is_of_patient(model: type[models.Model]) -> bool:
    if getattr(model, "NOT_LOCKED", "") or issubclass(model, FormRecord):
        return False
    return any(
        isinstance(field, models.ForeignKey)
        and field.name == "patient"
        and field.related_model is Patient
        for field in model._meta.local_fields
    )


def _columns(model: type[models.Model]) -> tuple[str, ...]:
    return tuple(field.column or "" for field in model._meta.local_fields)
