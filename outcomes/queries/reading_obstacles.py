"""What of the readings of scans stands in the way of a lock, where not the investigator's counts.

After the lock nobody reads or decides any more, and the results would lack these patients.
"""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _

from enrollment.models import Patient
from enrollment.queries.locking import Obstacle, Target
from enrollment.queries.trials import current_version
from outcomes.calc.adjudication import Standing
from outcomes.models import CentralAssessment, TumorAssessment
from outcomes.queries.adjudication import standings
from oversight.models import RecordState


def reading_obstacles(target: Target) -> Iterator[Obstacle]:
    reader = current_version(target.trial).definition.endpoints.reader
    if reader != "investigator":
        yield from _waiting_for_the_reader(target)
    if reader == "adjudicated":
        yield from _waiting_for_the_adjudicator(target)


def _waiting_for_the_reader(target: Target) -> Iterator[Obstacle]:
    read = CentralAssessment.objects.exclude(state=RecordState.DRAFT).values("visit")
    scans = TumorAssessment.objects.filter(patient__in=list(target.patients()))
    scans = scans.exclude(state=RecordState.DRAFT).exclude(visit__in=read)
    for scan in scans.select_related("patient", "visit").order_by("patient_id", "scanned_on"):
        sentence = _("The central reader has not read this scan.")
        title = str(TumorAssessment._meta.verbose_name)
        yield Obstacle(title, scan.visit.label, scan.patient, _page(scan.patient), sentence)


def _waiting_for_the_adjudicator(target: Target) -> Iterator[Obstacle]:
    patients = list(Patient.objects.filter(pk__in=list(target.patients())).order_by("pk"))
    found = standings(target.trial, patients)
    for patient in patients:
        sentence = ""
        if patient.pk in found.outdated:
            sentence = _("A reading changed since the last night, which compares the two anew.")
        elif found.settled[patient.pk].standing in (Standing.OPEN, Standing.CHANGED):
            sentence = _("The two readings differ: an adjudicator has to decide.")
        if sentence:
            yield Obstacle(_("Two readings"), "", patient, _page(patient), sentence)


def _page(patient: Patient) -> str:
    return reverse("outcomes:reading-compare", args=[patient.pk])
