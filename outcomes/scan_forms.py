"""The forms of scans and lesions: the same ones for each reader, each with tables of its own."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.lazy import load
from enrollment.registry import Addition, FormSpec, References, Rows, Section
from outcomes.forms import MeasurementForm
from outcomes.models import (
    CentralAssessment,
    CentralLesion,
    CentralMeasurement,
    Lesion,
    LesionMeasurement,
    TumorAssessment,
)
from outcomes.models.lesions import LesionFields
from outcomes.models.scans import MeasurementFields, ReadingFields
from outcomes.queries.readers import TABLES, reader_of


def known_lesions(scan: ReadingFields) -> Iterator[MeasurementFields]:
    """One row for each lesion that the reader knows, without those that came after this scan."""
    day, tables = scan.read_on, TABLES[reader_of(scan)]
    for lesion in tables.lesions._default_manager.filter(patient=scan.patient).order_by("number"):
        came_on = lesion.first_seen_on
        is_later = lesion.kind == LesionFields.Kind.NEW and came_on and day and came_on > day
        if not is_later:
            row: Any = tables.rows
            yield row(record=scan, lesion=lesion)


def lesion_number(row: MeasurementFields) -> str:
    return gettext("Lesion %(number)s") % {"number": row.lesion.number}


# What derives responses needs NumPy, which a process loads with the first page that shows them.
def scan_addition(entry: Any) -> Addition:
    return cast(Addition, load("outcomes.scan_page").scan_addition(entry))


def size_references(scan: ReadingFields) -> References:
    return cast(References, load("outcomes.scan_page").size_references(scan))


def reason_problem(entry: Any) -> Mapping[str, str]:
    return cast(Mapping[str, str], load("outcomes.scan_page").reason_problem(entry))


def _scan_form(
    slug: str,
    model: type[ReadingFields],
    rows: type[MeasurementFields],
    table: str,
    rows_table: str,
    **more: Any,
) -> FormSpec:
    return FormSpec(
        slug,
        model,
        table,
        sections=(
            Section(
                _("Scan"),
                ("scanned_on", "last_scanned_on", "method", "slice_mm", "is_baseline"),
            ),
            Section(_("Reading"), ("new_lesion",)),
            Section(_("Response"), (model.RESPONSE, "response_reason", "comment"), after_rows=True),
        ),
        rows=Rows(
            rows,
            _("Lesions"),
            rows_table,
            expected=known_lesions,
            can_add=True,
            identity=("lesion",),
            named=lesion_number,
            extra_form=MeasurementForm,
            joined=("parts_mm", "merged_with"),
            references=size_references,
        ),
        addition=scan_addition,
        **more,
    )


def _lesion_form(slug: str, model: type[LesionFields], table: str, reader: str) -> FormSpec:
    columns = ("number", "kind", "organ", "description", "first_seen_on")
    return FormSpec(slug, model, table, summary=columns, reader=reader)


SCANS = _scan_form(
    "tumor-assessment",
    TumorAssessment,
    LesionMeasurement,
    "tumor_assessments",
    "lesion_measurements",
    reader="investigator",
)
LESIONS = _lesion_form("lesions", Lesion, "lesions", "investigator")
CENTRAL_SCANS = _scan_form(
    "central-reading",
    CentralAssessment,
    CentralMeasurement,
    "central_readings",
    "central_measurements",
    reader="central",
    check=reason_problem,
)
CENTRAL_LESIONS = _lesion_form("central-lesions", CentralLesion, "central_lesions", "central")
