"""Grades of laboratory values for pages and checks. No pandas: the web uses it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from django.db.models import QuerySet

from dosing.models import CapsuleCourse
from enrollment.models import Patient
from outcomes.calc.lab_grades.events import LoggedEvent
from outcomes.calc.lab_grades.patient import READ, GradedValue, Sample, grade_samples
from outcomes.models import AdverseEvent, Laboratory
from outcomes.queries.doses import dosed_days
from outcomes.queries.normal_limits import LimitsOfNormal
from oversight.models import RecordState


def grades_of(record: Laboratory) -> list[GradedValue]:
    """Every gradable value of the form as it stands, saved or not; none without the day of the
    sample. The baseline comes from the patient's complete forms.
    """
    if record.sampled_on is None:
        return []
    patient = record.patient
    complete = Laboratory.objects.exclude(state=RecordState.DRAFT).filter(patient=patient)
    others = complete.exclude(pk=record.pk).filter(sampled_on__isnull=False)
    courses = CapsuleCourse.objects.exclude(state=RecordState.DRAFT).filter(patient=patient)
    this = Sample(0, record.sampled_on, {name: getattr(record, name) for name in READ})
    samples = sorted([*_samples(others).get(patient.pk, []), this], key=lambda each: each.day)
    first, _last = dosed_days(courses).get(patient.pk, (None, None))
    limits = LimitsOfNormal([patient.site_id])
    return [value for value in _graded(patient, samples, first, limits) if value.sample is this]


def graded_by_patient(
    patients: Mapping[int, Patient],
    records: QuerySet[Laboratory],
    courses: QuerySet[CapsuleCourse],
) -> Iterator[tuple[Patient, list[GradedValue]]]:
    """All complete forms of many patients; three queries, whatever their number."""
    limits = LimitsOfNormal({patient.site_id for patient in patients.values()})
    doses = dosed_days(courses)
    for pk, samples in _samples(records.filter(sampled_on__isnull=False)).items():
        first, _last = doses.get(pk, (None, None))
        yield patients[pk], list(_graded(patients[pk], samples, first, limits))


def logged_events(events: QuerySet[AdverseEvent]) -> dict[int, list[LoggedEvent]]:
    """By patient."""
    found: dict[int, list[LoggedEvent]] = defaultdict(list)
    rows = events.exclude(grade=None).order_by("pk")
    for patient, term, grade, started_on, ended_on in rows.values_list(
        "patient_id", "term", "grade", "started_on", "ended_on"
    ):
        found[patient].append(LoggedEvent(term, grade or 0, started_on, ended_on))
    return found


def _samples(records: QuerySet[Laboratory]) -> dict[int, list[Sample]]:
    """By patient, in the order of days. The key of a sample is its form's."""
    found: dict[int, list[Sample]] = defaultdict(list)
    rows = records.order_by("patient_id", "sampled_on", "visit__position")
    for row in rows.values("pk", "patient_id", "sampled_on", *READ):
        found[row["patient_id"]].append(Sample(row["pk"], row["sampled_on"], row))
    return found


def _graded(
    patient: Patient, samples: Sequence[Sample], first_dose: date | None, limits: LimitsOfNormal
) -> Iterator[GradedValue]:
    return grade_samples(
        samples,
        version=patient.version.definition.trial.ctcae_version,
        first_dose_on=first_dose,
        range_of=lambda test, day: limits.for_sample(
            test, site_id=patient.site_id, sex=patient.sex, born_on=patient.born_on, day=day
        ),
    )
