"""The keys that every table of patients begins with."""

from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from enrollment.models import Patient, Visit
from reports.queries.tables.column import Column, Type


def patient_keys(patient: str) -> tuple[Column, ...]:
    """Trial, site and patient; `patient` is the prefix of the way to the patient."""
    number = Coalesce(f"{patient}number", f"{patient}screening_number")
    return _patient_keys(f"{patient}trial__slug", f"{patient}site__code", number)


def patient_keys_of_id(
    about: str, site: str | Subquery, trial: str | Subquery
) -> tuple[Column, ...]:
    """The same where a row names its patient by id; `about` is the prefix of the way to it."""
    number = Coalesce("number", "screening_number")
    found = Patient.objects.filter(pk=OuterRef(f"{about}patient_id")).values_list(number)
    return _patient_keys(trial, site, Subquery(found[:1]))


def _patient_keys(
    trial: str | Subquery, site: str | Subquery, number: Coalesce | Subquery
) -> tuple[Column, ...]:
    return (
        Column("trial", _("trial"), Type.CODE, trial, is_key=True),
        Column("site", _("site"), Type.CODE, site, codes="sites", is_key=True),
        Column(
            "patient",
            _("patient"),
            Type.TEXT,
            number,
            is_key=True,
            note=_("The patient number; before enrollment the screening number."),
        ),
    )


def visit_keys(visit: str) -> tuple[Column, ...]:
    return _visit_keys(f"{visit}key", f"{visit}position")


def visit_keys_of_id(about: str) -> tuple[Column, ...]:
    """The same where a row names its visit by id."""
    found = Visit.objects.filter(pk=OuterRef(f"{about}visit_id"))
    return _visit_keys(Subquery(found.values("key")[:1]), Subquery(found.values("position")[:1]))


def no_visit_keys() -> tuple[Column, ...]:
    """The same two columns, empty, where a form belongs to no visit."""
    return _visit_keys("", "", note=_("Always empty."))


def _visit_keys(
    key: str | Subquery, position: str | Subquery, *, note: str | Promise = ""
) -> tuple[Column, ...]:
    return (
        Column("visit", _("visit"), Type.CODE, key, is_key=True, note=note),
        Column(
            "visit_sequence",
            _("place of the visit in the patient's schedule"),
            Type.INTEGER,
            position,
            is_key=True,
            note=note,
        ),
    )


def row_key(source: str = "") -> Column:
    """Counts within the patient in a log, within the form in rows; empty where there is one."""
    return Column(
        "row",
        _("row"),
        Type.INTEGER,
        source,
        is_key=True,
        note="" if source else _("Always empty: the form is filled once."),
    )
