"""The keys that every table of patients begins with."""

from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from reports.queries.tables.column import Column, Type


def patient_keys(patient: str) -> tuple[Column, ...]:
    """Trial, site and patient; `patient` is the prefix of the way to the patient."""
    return (
        Column("trial", _("trial"), Type.CODE, f"{patient}trial__slug", is_key=True),
        Column("site", _("site"), Type.CODE, f"{patient}site__code", codes="sites", is_key=True),
        Column(
            "patient",
            _("patient"),
            Type.TEXT,
            Coalesce(f"{patient}number", f"{patient}screening_number"),
            is_key=True,
            note=_("The patient number; before enrollment the screening number."),
        ),
    )


def visit_keys(visit: str) -> tuple[Column, ...]:
    return (
        Column("visit", _("visit"), Type.CODE, f"{visit}key", is_key=True),
        Column(
            "visit_sequence",
            _("place of the visit in the patient's schedule"),
            Type.INTEGER,
            f"{visit}position",
            is_key=True,
        ),
    )


def no_visit_keys() -> tuple[Column, ...]:
    """The same two columns, empty, where a form belongs to no visit."""
    return (
        Column("visit", _("visit"), Type.CODE, is_key=True, note=_("Always empty.")),
        Column(
            "visit_sequence",
            _("place of the visit in the patient's schedule"),
            Type.INTEGER,
            is_key=True,
            note=_("Always empty."),
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
