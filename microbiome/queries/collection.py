"""What was collected against what the schedule of visits asks for."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.urls import reverse

from core.models import Site, User
from core.permissions import Permission, sites_where
from enrollment.models import Patient, Visit
from enrollment.queries.work import WorkItem
from microbiome.models import Specimen, StoolSample
from oversight.models import RecordState

FORM = "stool-sample"
GRACE_DAYS = 1
"""So many days after the visit a sample that nobody registered counts as missing."""
ASKED_FOR_DAYS = 42
"""Later nobody can collect it any more: it leaves the work list and stays in the table."""


@dataclass(frozen=True)
class Expected:
    """A visit that asks for a stool sample. `state` is one of the states of a visit."""

    visit: Visit
    state: str
    tubes: list[Specimen]
    reason: str = ""


@dataclass(frozen=True)
class Row:
    patient: Patient
    cells: list[Expected | None]


@dataclass(frozen=True)
class Schedule:
    columns: list[tuple[str, str]]
    """Key and label of each visit that some patient has."""
    rows: list[Row]

    @property
    def missing(self) -> int:
        return sum(
            cell is not None and cell.state == "overdue" for row in self.rows for cell in row.cells
        )


def schedule_of(patients: Iterable[Patient], *, today: date) -> Schedule:
    """Patients × visits that ask for stool, in the order of the plan."""
    people = list(patients)
    expected = _expected(Visit.objects.filter(patient__in=people).order_by("position"), today)
    labels: dict[str, tuple[int, str]] = {}
    by_patient: dict[int, dict[str, Expected]] = defaultdict(dict)
    for each in expected:
        # Of a patient with fewer courses the end stands earlier.
        place = (each.visit.position, each.visit.label)
        labels[each.visit.key] = max(place, labels.get(each.visit.key, place))
        by_patient[each.visit.patient_id][each.visit.key] = each
    keys = sorted(labels, key=lambda key: (labels[key][0], key))
    return Schedule(
        [(key, labels[key][1]) for key in keys],
        [Row(patient, [by_patient[patient.pk].get(key) for key in keys]) for patient in people],
    )


def missing_samples(user: User, today: date) -> list[WorkItem]:
    """For the work list: visits whose sample nobody registered and nobody said is missing."""
    sites = sites_where(user, Permission.SPECIMEN_COLLECT)
    # Where nobody ever registered a tube, specimens are kept track of elsewhere.
    sites = Site.objects.filter(pk__in=sites, specimens__isnull=False).distinct()
    visits = Visit.objects.filter(
        patient__site__in=sites, actual_date__gte=today - timedelta(days=ASKED_FOR_DAYS)
    )
    found = _expected(visits.select_related("patient__trial").order_by("actual_date"), today)
    return [
        WorkItem(
            "sample",
            each.visit,
            (today - each.visit.actual_date).days,
            path=reverse("microbiome:visit-collect", args=[each.visit.pk]),
        )
        for each in found
        if each.state == "overdue" and each.visit.actual_date is not None
    ]


def _expected(visits: Iterable[Visit], today: date) -> list[Expected]:
    asked = [visit for visit in visits if FORM in visit.forms]
    ids = [visit.pk for visit in asked]
    tubes: dict[int | None, list[Specimen]] = defaultdict(list)
    for tube in Specimen.objects.filter(visit__in=ids, parent=None).order_by("barcode"):
        tubes[tube.visit_id].append(tube)
    not_collected = dict(
        StoolSample.objects.filter(visit__in=ids, is_collected="N")
        .exclude(state=RecordState.DRAFT)
        .values_list("visit_id", "not_collected_reason")
    )
    return [
        Expected(
            visit,
            _state(visit, tubes[visit.pk], visit.pk in not_collected, today),
            tubes[visit.pk],
            not_collected.get(visit.pk, ""),
        )
        for visit in asked
    ]


def _state(visit: Visit, tubes: list[Specimen], is_excused: bool, today: date) -> str:
    if tubes:
        return "complete"
    if is_excused or visit.outcome == Visit.Outcome.MISSED:
        return "missed"
    if visit.outcome in (Visit.Outcome.ON_HOLD, Visit.Outcome.SKIPPED):
        return str(visit.outcome)
    if visit.actual_date is None:
        return "due" if visit.window_opens <= today else "not-due"
    return "overdue" if today - visit.actual_date >= timedelta(days=GRACE_DAYS) else "due"
