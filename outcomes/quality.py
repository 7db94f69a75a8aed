"""Data-quality checks about scans, events, samples, survival and death."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db.models import Min, Q
from django.utils.translation import gettext_lazy as _

from core.calc.partial_date import PartialDate
from dosing.quality import last_doses
from enrollment.models import EndOfStudy, EndOfTreatment
from enrollment.quality import Check, Finding, Scope, Severity, register_check
from enrollment.quality.scope import values
from outcomes.models import (
    AdverseEvent,
    Death,
    Laboratory,
    Lesion,
    LesionMeasurement,
    SurvivalStatus,
    TumorAssessment,
)


def _deaths(scope: Scope) -> dict[int, date]:
    """Patient to the latest day that the date of death can mean."""
    known = values(scope.records(Death), "patient_id", "died_on")
    return {patient: died_on.last_day for patient, died_on in known if died_on}


def _first_day(value: date | PartialDate) -> date:
    return value.first_day if isinstance(value, PartialDate) else value


def _last_day(value: date | PartialDate) -> date:
    return value.last_day if isinstance(value, PartialDate) else value


def find_scans_before_consent(scope: Scope) -> Iterator[Finding]:
    for record, patient, visit, day in _dated(scope, TumorAssessment, "scanned_on"):
        consented_on = scope.consented_on.get(patient)
        if consented_on is not None and day < consented_on:
            place = scope.place(
                "tumor-assessment", record, patient, visit_id=visit, field="scanned_on"
            )
            yield Finding(place, {"day": str(day), "consent": str(consented_on)})


def find_events_before_consent(scope: Scope) -> Iterator[Finding]:
    for record, patient, onset in values(
        scope.records(AdverseEvent), "pk", "patient_id", "started_on"
    ):
        consented_on = scope.consented_on.get(patient)
        if onset and consented_on is not None and _last_day(onset) < consented_on:
            place = scope.place("adverse-events", record, patient, field="started_on")
            yield Finding(place, {"day": str(onset), "consent": str(consented_on)})


def find_events_after_death(scope: Scope) -> Iterator[Finding]:
    deaths = _deaths(scope)
    for record, patient, onset in values(
        scope.records(AdverseEvent), "pk", "patient_id", "started_on"
    ):
        if onset and patient in deaths and _first_day(onset) > deaths[patient]:
            place = scope.place("adverse-events", record, patient, field="started_on")
            yield Finding(place, {"day": str(onset), "death": str(deaths[patient])})


def find_samples_after_death(scope: Scope) -> Iterator[Finding]:
    deaths = _deaths(scope)
    dated = (
        ("tumor-assessment", TumorAssessment, "scanned_on"),
        ("laboratory", Laboratory, "sampled_on"),
    )
    for form, model, field in dated:
        for record, patient, visit, day in _dated(scope, model, field):
            if patient in deaths and day > deaths[patient]:
                place = scope.place(form, record, patient, visit_id=visit, field=field)
                yield Finding(place, {"day": str(day), "death": str(deaths[patient])})


def find_doses_after_death(scope: Scope) -> Iterator[Finding]:
    deaths = _deaths(scope)
    for record, patient, visit, day in last_doses(scope):
        if patient in deaths and day > deaths[patient]:
            place = scope.place(
                "capsule-course", record, patient, visit_id=visit, field="started_on"
            )
            yield Finding(place, {"day": str(day), "death": str(deaths[patient])})


def find_dead_without_form(scope: Scope) -> Iterator[Finding]:
    with_form = set(scope.records(Death).values_list("patient_id", flat=True))
    said_dead = scope.records(SurvivalStatus).filter(status=SurvivalStatus.Status.DEAD)
    for record, patient, visit in values(said_dead, "pk", "patient_id", "visit_id"):
        if patient not in with_form:
            yield Finding(
                scope.place("survival-status", record, patient, visit_id=visit, field="status")
            )
    for form, model in (("end-of-study", EndOfStudy), ("end-of-treatment", EndOfTreatment)):
        ended = scope.records(model).filter(reason="death")
        for record, patient in values(ended, "pk", "patient_id"):
            if patient not in with_form:
                yield Finding(scope.place(form, record, patient, field="reason"))


def find_alive_after_death(scope: Scope) -> Iterator[Finding]:
    deaths = _deaths(scope)
    alive = scope.records(SurvivalStatus).filter(status=SurvivalStatus.Status.ALIVE)
    for record, patient, visit, day in values(alive, "pk", "patient_id", "visit_id", "status_on"):
        if day and patient in deaths and day > deaths[patient]:
            place = scope.place(
                "survival-status", record, patient, visit_id=visit, field="status_on"
            )
            yield Finding(place, {"day": str(day), "death": str(deaths[patient])})


def find_fatal_without_form(scope: Scope) -> Iterator[Finding]:
    with_form = set(scope.records(Death).values_list("patient_id", flat=True))
    fatal = scope.records(AdverseEvent).filter(Q(grade=5) | Q(outcome="fatal"))
    for record, patient in values(fatal, "pk", "patient_id"):
        if patient not in with_form:
            yield Finding(scope.place("adverse-events", record, patient, field="grade"))


def find_stale_lesion_dates(scope: Scope) -> Iterator[Finding]:
    """New lesions whose first day is a copy of a scan's day that was corrected later."""
    seen: dict[int, Any] = dict(
        scope.rows(LesionMeasurement)
        .filter(lesion__kind=Lesion.Kind.NEW, record__scanned_on__isnull=False)
        .order_by()
        .values_list("lesion_id")
        .annotate(day=Min("record__scanned_on"))
    )
    new = scope.records(Lesion).filter(kind=Lesion.Kind.NEW, first_seen_on__isnull=False)
    for record, patient, day in values(new, "pk", "patient_id", "first_seen_on"):
        scanned_on = seen.get(record)
        if scanned_on is not None and scanned_on != day:
            place = scope.place("lesions", record, patient, field="first_seen_on")
            yield Finding(place, {"day": str(day), "scan": str(scanned_on)})


def _dated(scope: Scope, model: Any, field: str) -> Iterator[tuple[int, int, int, date]]:
    """Record, patient, visit and the day of one field, where it is known."""
    records = scope.records(model).filter(**{f"{field}__isnull": False})
    yield from values(records, "pk", "patient_id", "visit_id", field)


for check in (
    Check(
        "DQ-030",
        _("Scan before the consent"),
        _(
            "The scan of %(day)s is older than the first signed consent of %(consent)s."
            " Is it right?"
        ),
        _("Allowed where it was made in routine care and the protocol takes it as baseline."),
        Severity.WARNING,
        find_scans_before_consent,
        asked_at=("tumor-assessment",),
    ),
    Check(
        "DQ-031",
        _("Adverse event before the consent"),
        _(
            "The event began on %(day)s, before the first signed consent of %(consent)s. Enter it"
            " as medical history, or correct the date."
        ),
        _("What began before the consent is history, not an adverse event of the trial."),
        Severity.ERROR,
        find_events_before_consent,
        is_automatic=True,
        asked_at=("adverse-events",),
    ),
    Check(
        "DQ-032",
        _("Adverse event after death"),
        _("The event began on %(day)s, after the death on %(death)s. Correct one of the two."),
        _("Nothing happens to a patient after death."),
        Severity.ERROR,
        find_events_after_death,
        is_automatic=True,
        asked_at=("adverse-events",),
    ),
    Check(
        "DQ-033",
        _("Scan or sample after death"),
        _("The day is %(day)s, after the death on %(death)s. Correct one of the two."),
        _("It would lengthen follow-up beyond the death."),
        Severity.ERROR,
        find_samples_after_death,
        is_automatic=True,
        asked_at=("tumor-assessment", "laboratory"),
    ),
    Check(
        "DQ-034",
        _("Dose after death"),
        _(
            "Capsules are entered up to %(day)s, after the death on %(death)s. Correct one of"
            " the two."
        ),
        _("It would count as exposure and as a sign of life."),
        Severity.ERROR,
        find_doses_after_death,
        is_automatic=True,
        asked_at=("capsule-course",),
    ),
    Check(
        "DQ-035",
        _("Dead, but no form about the death"),
        _(
            "The patient is said to be dead. Complete the form about the death, or correct this"
            " answer."
        ),
        _("Overall survival takes the day of death from that form."),
        Severity.ERROR,
        find_dead_without_form,
        is_automatic=True,
    ),
    Check(
        "DQ-036",
        _("Alive after the date of death"),
        _(
            "The patient is said to be alive on %(day)s, after the death on %(death)s. Correct one"
            " of the two."
        ),
        _("Overall survival depends on which of the two is right."),
        Severity.ERROR,
        find_alive_after_death,
        is_automatic=True,
        asked_at=("survival-status",),
    ),
    Check(
        "DQ-037",
        _("Fatal event, but no form about the death"),
        _("The event was fatal. Complete the form about the death, or correct grade or outcome."),
        _("Deaths of the safety tables and of the survival curves must be the same."),
        Severity.ERROR,
        find_fatal_without_form,
        is_automatic=True,
    ),
    Check(
        "DQ-038",
        _("Stale first day of a new lesion"),
        _("The lesion is said to be first seen on %(day)s, but its first scan is of %(scan)s."),
        _("The day is copied from the scan that introduces the lesion and dates the progression."),
        Severity.ERROR,
        find_stale_lesion_dates,
        is_automatic=True,
    ),
):
    register_check(check)
