"""What a central reader is told of a scan: the patient's number, its place in time, the images.

This is the only place where the investigator's forms are read for a central reader. Nothing of
the reading leaves it: no lesion, size, response or comment, and no name of a visit.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet

from core.models import Site, Trial, User
from core.permissions import Permission, sites_where
from enrollment.models import Visit
from outcomes.models import CentralAssessment, TumorAssessment
from oversight.models import RecordState

ACQUISITION = ("scanned_on", "last_scanned_on", "method", "slice_mm", "is_baseline")
"""Fields about the images, which the site knows and the reader takes over."""


@dataclass(frozen=True)
class ScanToRead:
    visit_id: int
    site: str
    patient: str
    place: int
    """Counts the patient's scans in time, from 1."""
    scanned_on: date
    state: str
    """Of the central reading; empty before it is begun."""
    read_as_of: date | None
    """The scan date in the central reading."""

    @property
    def is_read(self) -> bool:
        return self.state not in ("", RecordState.DRAFT)

    @property
    def is_moved(self) -> bool:
        """The site gave the scan another date after the reading."""
        return self.read_as_of is not None and self.read_as_of != self.scanned_on


def scans_to_read(trial: Trial, user: User) -> list[ScanToRead]:
    """Every scan whose form the site has completed, by patient and in time; two queries."""
    sites = sites_where(user, Permission.SCAN_READ).filter(trial=trial)
    readings = CentralAssessment.objects.filter(patient__site__in=sites)
    known = {
        visit: (state, day)
        for visit, state, day in readings.values_list("visit_id", "state", "scanned_on")
    }
    counted: Counter[int] = Counter()
    found = []
    for patient, number, site, visit, day in _completed(sites):
        counted[patient] += 1
        state, read_as_of = known.get(visit, ("", None))
        place = counted[patient]
        found.append(ScanToRead(visit, site, number, place, day, state, read_as_of))
    return found


def _completed(sites: QuerySet[Site]) -> QuerySet[Any, Any]:
    scans = TumorAssessment.objects.filter(patient__site__in=sites, scanned_on__isnull=False)
    scans = scans.exclude(state=RecordState.DRAFT)
    return scans.order_by(
        "patient__number", "patient_id", "scanned_on", "visit__position"
    ).values_list("patient_id", "patient__number", "patient__site__code", "visit_id", "scanned_on")


def place_of_scan(visit: Visit) -> int | None:
    """Counts the patient's scans in time; None for a visit without one that can be read."""
    scans = TumorAssessment.objects.filter(patient=visit.patient_id, scanned_on__isnull=False)
    scans = scans.exclude(state=RecordState.DRAFT).order_by("scanned_on", "visit__position")
    visits = list(scans.values_list("visit_id", flat=True))
    return visits.index(visit.pk) + 1 if visit.pk in visits else None


def reading_of(visit: Visit) -> CentralAssessment:
    """The central reading of the visit's scan, or a new one with what the site says of the images.

    Ask `place_of_scan` before whether there is a scan.
    """
    stored = CentralAssessment.objects.filter(visit=visit).first()
    if stored is None:
        scan = TumorAssessment.objects.only(*ACQUISITION).get(visit=visit)
        stored = CentralAssessment(**{name: getattr(scan, name) for name in ACQUISITION})
    stored.patient, stored.visit = visit.patient, visit
    return stored
