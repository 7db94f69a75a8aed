"""A rule that several forms share. Whether a day lies in the future is the entry form's matter."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from core.calc.partial_date import PartialDate
from enrollment.models import FormRecord
from enrollment.models.record import Problems


def before_birth(record: FormRecord, *names: str) -> Problems:
    """A sentence for each of the named dates that lies before the patient was born."""
    born = record.patient.born_on
    return {
        name: _("Enter a date after the patient's birth.")
        for name in names
        if born and (day := last_day(getattr(record, name))) and day < born.first_day
    }


def last_day(value: date | PartialDate | None) -> date | None:
    """The latest day that the date can mean."""
    return value.last_day if isinstance(value, PartialDate) else value
