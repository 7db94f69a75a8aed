"""The order of a patient's scans: no scan after baseline is older than it."""

from datetime import date
from typing import TYPE_CHECKING, Any

from django.db.models import Max, Min
from django.utils.translation import gettext

from core.fields.captured import YesNo
from enrollment.models.record import Problems
from oversight.models import RecordState

if TYPE_CHECKING:
    from outcomes.models.scans import ReadingFields


def order_problem(scan: "ReadingFields") -> Problems:
    """Compared with what is complete; drafts are nobody's final word."""
    if scan.scanned_on is None or not scan.is_baseline:
        return {}
    others: Any = type(scan).objects.filter(patient=scan.patient_id).exclude(pk=scan.pk)
    others = others.exclude(state=RecordState.DRAFT)
    if scan.is_baseline == YesNo.YES:
        others = others.filter(is_baseline=YesNo.NO)
        day: date | None = others.aggregate(day=Min("scanned_on"))["day"]
        message = gettext("A later scan is of %(day)s: enter a baseline that is not after it.")
        is_wrong = day is not None and scan.scanned_on > day
    else:
        others = others.filter(is_baseline=YesNo.YES)
        day = others.aggregate(day=Max("scanned_on"))["day"]
        message = gettext("The baseline scan is of %(day)s: enter a date that is not before it.")
        is_wrong = day is not None and scan.scanned_on < day
    return {"scanned_on": message % {"day": day}} if is_wrong else {}
