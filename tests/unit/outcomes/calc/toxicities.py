"""Patients and events of a made-up Phase I trial; day 1 is that of the first dose."""

from datetime import date, timedelta

from core.calc.partial_date import PartialDate
from enrollment.calc.definition import Cohort, DoseLimitingToxicity, Text
from outcomes.calc.doses import Course, Plan
from outcomes.calc.toxicity import Person, Toxicity

FIRST = date(2026, 3, 10)
WINDOW = 21
PLAN = Plan(capsules_per_day=1, first_day=1, last_day=21, course_days=21, courses=0)
NAME = Text(en="Cohort", zh_hans="队列")


def on(day):
    return FIRST + timedelta(days=day - 1)


def cohort(name="first", size=3, **values):
    return Cohort(id=name, name=NAME, size=size, **values)


def rule(*cohorts, **changes):
    usual = {
        "source": "assumed",
        "window_days": WINDOW,
        "least_grade": 3,
        "related_to": "capsules",
        "least_doses_percent": 75,
        "cohorts": cohorts or (cohort(),),
    }
    return DoseLimitingToxicity(**usual | changes)


def event(day=5, grade=3, key=1, onset=None, **values):
    """Related to the capsules, unless `values` say otherwise."""
    text = onset if onset is not None else on(day).isoformat()
    started_on = PartialDate.parse(text) if text else None
    usual = {"term": "Diarrhea", "to_capsules": True, "to_background": False}
    return Toxicity(key=key, grade=grade, started_on=started_on, **usual | values)


def course(taken=21, gaps=0, **values):
    """That many days with a capsule, then days without a number, the rest 0."""
    numbers = ([1] * taken + [None] * gaps + [0] * 21)[:21]
    days = tuple((on(1 + place), number) for place, number in enumerate(numbers))
    return Course(on(21), days, **values)


def person(*events, number="S-1", enrolled_on=FIRST, **values):
    usual = {"first_dose_on": FIRST, "courses": (course(),), "plan": PLAN}
    return Person(number, enrolled_on, events=events, **usual | values)
