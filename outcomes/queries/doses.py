"""The first and the last day on which each patient took capsules."""

from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet


def dosed_days(courses: QuerySet[Any]) -> dict[int, tuple[date, date]]:
    """By patient, of the courses given (completed ones).

    A course whose days were not counted stands with its first day; one without any capsule is no
    treatment.
    """
    taken = Q(rows__capsules_taken__gt=0)
    rows = (
        courses.exclude(started_on=None)
        .annotate(
            first_day=Min("rows__day", filter=taken),
            last_day=Max("rows__day", filter=taken),
            counted=Count("rows__capsules_taken"),
        )
        .order_by("patient_id", "started_on")
        .values_list("patient_id", "started_on", "first_day", "last_day", "counted")
    )
    found: dict[int, tuple[date, date]] = {}
    for patient, started_on, first_day, last_day, counted in rows:
        days = (first_day, last_day) if counted else (1, 1)
        if None in days:
            continue
        first, last = (started_on + timedelta(days=day - 1) for day in days)
        earlier = found.get(patient, (first, last))
        found[patient] = (min(earlier[0], first), max(earlier[1], last))
    return found
