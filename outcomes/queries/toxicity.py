"""The board of dose-limiting toxicities: live rows of the trial, as entered, drafts included.

Safety decisions do not wait for the night nor for a form to be completed: a draft counts with what
it says. The board counts rows; it computes no endpoint.
"""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, cast

from core.fields.captured import YesNo
from core.models import Trial
from dosing.calc.compliance import compliance
from dosing.models import CapsuleCourse, DailyDose
from enrollment.calc.definition import DoseLimitingToxicity, Product
from enrollment.models import EndOfStudy, EndOfTreatment, Patient, TrialVersion
from outcomes.calc.cohorts import FilledCohort, fill_cohorts, out_of_order
from outcomes.calc.doses import Course, Plan
from outcomes.calc.toxicity import Person, Toxicity, assess
from outcomes.models import AdverseEvent, CohortDecision, Death, ToxicityJudgement
from outcomes.models.toxicity import judged_facts
from outcomes.queries.doses import dosed_days
from oversight.models import RecordState


@dataclass(frozen=True)
class Board:
    """`patients` by number, `events` and their newest judgements by key of the event.

    `out_of_order`: see `outcomes.calc.cohorts`.
    """

    rule: DoseLimitingToxicity
    today: date
    cohorts: list[FilledCohort]
    patients: dict[str, Patient] = field(default_factory=dict)
    events: dict[int, AdverseEvent] = field(default_factory=dict)
    judgements: dict[int, ToxicityJudgement] = field(default_factory=dict)
    out_of_order: dict[str, str] = field(default_factory=dict)

    def cohort(self, name: str) -> FilledCohort | None:
        return next((cohort for cohort in self.cohorts if cohort.id == name), None)

    def person(self, patient_id: int) -> Person | None:
        members = (member for cohort in self.cohorts for member in cohort.members)
        people = (member.person for member in members)
        return next((each for each in people if self.patients[each.number].pk == patient_id), None)


def toxicity_board(trial: Trial, rule: DoseLimitingToxicity, *, today: date) -> Board:
    """The same number of queries, however many patients."""
    enrolled = Patient.objects.filter(trial=trial, enrolled_on__lte=today).select_related("site")
    patients = list(enrolled.order_by("enrolled_on", "number"))
    events = {event.pk: event for event in AdverseEvent.objects.filter(patient__trial=trial)}
    judgements = _judgements(trial)
    read = _Reader(trial, rule, events, judgements)
    people = [read.person(patient) for patient in patients]
    assessed = [assess(person, rule, today=today) for person in people]
    cohorts = fill_cohorts(assessed, rule, _frozen(trial, patients))
    return Board(
        rule,
        today,
        cohorts,
        {str(patient): patient for patient in patients},
        events,
        judgements,
        out_of_order(cohorts, rule),
    )


def _frozen(trial: Trial, patients: list[Patient]) -> dict[str, set[str]]:
    """By the newest decision about each cohort; one from before members were stored holds none."""
    numbers = {patient.pk: str(patient) for patient in patients}
    rows = CohortDecision.objects.filter(trial=trial).order_by("pk")
    newest = dict(rows.values_list("cohort", "counts"))
    return {
        cohort: {numbers[pk] for pk in counts.get("members", []) if pk in numbers}
        for cohort, counts in newest.items()
    }


def _judgements(trial: Trial) -> dict[int, ToxicityJudgement]:
    rows = ToxicityJudgement.objects.filter(event__patient__trial=trial)
    return {row.event_id: row for row in rows.select_related("judged_by").order_by("pk")}


class _Reader:
    """Reads each table once, and then puts together what belongs to one patient."""

    def __init__(
        self,
        trial: Trial,
        rule: DoseLimitingToxicity,
        events: dict[int, AdverseEvent],
        judgements: dict[int, ToxicityJudgement],
    ) -> None:
        courses = CapsuleCourse.objects.filter(patient__trial=trial)
        self.doses = dosed_days(courses)
        self.products = _products(trial)
        self.courses = _courses(courses, self.doses, rule.window_days)
        self.treatment_ends = _ends(EndOfTreatment, trial)
        self.study_ends = _ends(EndOfStudy, trial)
        self.deaths = {
            patient: died_on.last_day
            for patient, died_on in Death.objects.filter(patient__trial=trial).values_list(
                "patient_id", "died_on"
            )
            if died_on
        }
        self.events: dict[int, list[Toxicity]] = defaultdict(list)
        for event in events.values():
            self.events[event.patient_id].append(_toxicity(event, judgements.get(event.pk)))

    def person(self, patient: Patient) -> Person:
        product = self.products[patient.version_id]
        left = [self.study_ends.get(patient.pk), self.deaths.get(patient.pk)]
        days = self.doses.get(patient.pk)
        begun = self.courses.get(patient.pk, [])
        return Person(
            number=str(patient),
            enrolled_on=cast(date, patient.enrolled_on),
            plan=_plan(product),
            first_dose_on=days[0] if days else None,
            treatment_ended_on=self.treatment_ends.get(patient.pk),
            left_on=min((day for day in left if day), default=None),
            events=tuple(self.events[patient.pk]),
            courses=tuple(_course(*each, product) for each in begun),
        )


def _products(trial: Trial) -> dict[int, Product]:
    versions = TrialVersion.objects.filter(trial=trial).defer("source")
    return {version.pk: version.definition.products[0] for version in versions}


def _plan(product: Product) -> Plan:
    return Plan(
        product.capsules_per_day,
        product.first_day,
        product.last_day,
        product.course_days,
        product.courses,
    )


def _ends(model: Any, trial: Trial) -> dict[int, date]:
    rows = model.objects.filter(patient__trial=trial, ended_on__isnull=False)
    return dict(rows.values_list("patient_id", "ended_on"))


Begun = tuple[CapsuleCourse, dict[int, int | None]]


def _courses(
    courses: Any, doses: dict[int, tuple[date, date]], window_days: int
) -> dict[int, list[Begun]]:
    """By patient: courses that begin by the end of the window, each with its days; and the first
    one after it, which shows that the days before it were none of treatment."""
    begun: dict[int, list[CapsuleCourse]] = defaultdict(list)
    for course in courses.exclude(started_on=None).order_by("started_on", "pk"):
        first = doses.get(course.patient_id)
        known = begun[course.patient_id]
        last = first[0] + timedelta(days=window_days - 1) if first else None
        if last is not None and (not known or cast(date, known[-1].started_on) <= last):
            known.append(course)
    ids = [course.pk for known in begun.values() for course in known]
    days: dict[int, dict[int, int | None]] = defaultdict(dict)
    rows = DailyDose.objects.filter(record__in=ids)
    for record, day, taken in rows.values_list("record_id", "day", "capsules_taken"):
        if day is not None:
            days[record][day] = taken
    return {
        patient: [(course, days[course.pk]) for course in known] for patient, known in begun.items()
    }


def _course(course: CapsuleCourse, entered: dict[int, int | None], product: Product) -> Course:
    is_closed = product.day_one_gate and course.is_rest_released == YesNo.NO
    last_due = product.first_day if is_closed else product.last_day
    due = range(product.first_day, last_due + 1)
    numbers = {day: entered.get(day) for day in due}
    numbers |= {day: taken for day, taken in entered.items() if taken is not None}
    gaps = sum(taken is None for taken in numbers.values())
    known = compliance(
        due=len(due) * product.capsules_per_day,
        taken_by_day=sum(taken for taken in numbers.values() if taken is not None),
        days_unknown=gaps,
        dispensed=course.dispensed_capsules,
        returned=course.returned_capsules,
        lost=course.lost_capsules,
    )
    begins_before = cast(date, course.started_on) - timedelta(days=1)
    return Course(
        ends_on=begins_before + timedelta(days=product.course_days),
        days=tuple((begins_before + timedelta(days=day), numbers[day]) for day in sorted(numbers)),
        counted=known.taken,
        is_open=course.state == RecordState.DRAFT,
    )


def _toxicity(event: AdverseEvent, judgement: ToxicityJudgement | None) -> Toxicity:
    row = Toxicity(
        key=event.pk,
        term=event.name,
        grade=event.grade,
        started_on=event.started_on,
        ended_on=event.ended_on,
        to_capsules=_relation(event.related_to_capsules),
        to_background=_relation(event.related_to_background),
    )
    if judgement is None:
        return row
    return replace(
        row,
        judged=judgement.is_dose_limiting,
        is_changed=judgement.judged_as != judged_facts(event),
    )


def _relation(said: str) -> bool | None:
    return said in AdverseEvent.RELATED if said else None
