"""What must not wait: upper apps tell the home page and the patient's page what it is.

An app registers its source when Django starts (`<app>/registration.py`), as it does its forms.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise

from core.models import User
from enrollment.models import Patient


@dataclass(frozen=True)
class Alert:
    """`pace` is running, nearly-over or over; `due_at` orders the list."""

    patient: Patient
    title: str | Promise
    action: str | Promise
    """What to do next; the text of the link."""
    path: str
    due_at: datetime
    pace: str
    remaining: str


Source = Callable[[User, datetime, Patient | None], Iterable[Alert]]
"""For the person, at the time; of one patient or of all whose data the person enters."""

_sources: list[Source] = []


def register_alerts(source: Source) -> None:
    if source not in _sources:
        _sources.append(source)


def alerts(user: User, *, at: datetime, patient: Patient | None = None) -> list[Alert]:
    """Of every source, what is due first first."""
    found = [alert for source in _sources for alert in source(user, at, patient)]
    return sorted(found, key=lambda alert: alert.due_at)
