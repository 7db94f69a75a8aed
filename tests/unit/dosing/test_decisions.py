from datetime import date, timedelta

import pytest

from core.refusals import Refused
from dosing.actions.dispensing import choose_kit
from dosing.models import DoseDecision
from dosing.models.decisions import treatment_names
from dosing.queries.decisions import decision_marks
from enrollment.models import Visit
from tests.factories import make_enrolled_patient, make_trial, open_visit, save_form
from tests.factories_kits import make_kits

DAY = date(2026, 1, 8)
VALUES = {
    "decided_on": "2026-01-08",
    "treatment": "capsules",
    "course": "1",
    "action": "hold",
    "reason": "laboratory",
    "reason_text": "platelets 40",
}


@pytest.fixture
def drugged(db):
    return make_enrolled_patient(make_trial(with_drugs=True))


@pytest.fixture
def errors(fill, drugged):
    def of(**changes):
        entry = fill(DoseDecision(patient=drugged), VALUES | changes)
        entry.is_valid()
        return dict(entry.form.errors)

    return of


def decide(patient, action, *, course=1, treatment="capsules", complete=True, **values):
    return save_form(
        "dose-decisions",
        patient,
        complete=complete,
        decided_on=DAY,
        treatment=treatment,
        course=course,
        action=action,
        reason="laboratory",
        reason_text="platelets 40",
        **values,
    )


def test_treatments_are_the_capsules_and_the_drugs_of_the_regimen(drugged):
    assert treatment_names(drugged) == {
        "capsules": "Capsules",
        "lenvatinib": "Lenvatinib",
        "pd1": "Antibody",
    }


def test_blinded_trial_names_the_capsules_as_everybody_may_read_them(blinded_trial):
    names = treatment_names(make_enrolled_patient(blinded_trial))
    assert names["capsules"] == "Study capsules (active or placebo)"


def test_complete_decision_is_valid(errors):
    assert errors() == {}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        pytest.param({"treatment": "tki"}, "treatment", id="drug of another regimen"),
        pytest.param({"action": "reduce"}, "action", id="fewer capsules"),
        pytest.param({"reason_text": ""}, "reason_text", id="no explanation"),
        pytest.param({"reason": ""}, "reason", id="no reason"),
        pytest.param({"course": "0"}, "course", id="course 0"),
        pytest.param({"decided_on": "2026-01-04"}, "decided_on", id="before enrollment"),
        pytest.param({"action": "delay"}, "delay_days", id="delay without days"),
        pytest.param(
            {"reason": "adverse-event", "event_number": "3"}, "event_number", id="no such event"
        ),
    ],
)
def test_decision_that_says_too_little_is_asked_again(errors, changes, field):
    assert field in errors(**changes)


def test_adverse_event_is_linked_by_its_row(errors, drugged):
    event = save_form("adverse-events", drugged, complete=False, grade=2)
    linked = {"reason": "adverse-event", "event_number": str(event.row_number)}
    assert errors(**linked) == {}


@pytest.mark.parametrize(("action", "word"), [("hold", "on hold"), ("stop", "stopped for good")])
def test_held_or_stopped_capsules_are_not_dispensed(trial, dispenser, action, word):
    make_kits(trial)
    patient = make_enrolled_patient(trial)
    visit = open_visit(patient, key="C1D1")
    decide(patient, action)
    with pytest.raises(Refused, match=word):
        choose_kit(visit, by=dispenser, on=DAY)
    decide(patient, "resume")
    assert choose_kit(visit, by=dispenser, on=DAY)


@pytest.mark.parametrize(
    "values", [{"complete": False}, {"course": 2}, {"treatment": "lenvatinib"}]
)
def test_draft_later_course_or_other_drug_stops_no_capsules(trial, dispenser, values):
    make_kits(trial)
    patient = make_enrolled_patient(trial)
    visit = open_visit(patient, key="C1D1")
    decide(patient, "hold", **values)
    assert choose_kit(visit, by=dispenser, on=DAY)


def test_schedule_shows_the_decision_at_its_course(drugged):
    decide(drugged, "hold", treatment="lenvatinib")
    decide(drugged, "stop", complete=False)
    visit = Visit.objects.get(patient=drugged, key="C1D1")
    assert decision_marks(drugged) == {visit.pk: ["Lenvatinib: hold"]}


def test_delay_moves_later_courses_only_through_the_day_that_took_place(blinded_trial):
    patient = make_enrolled_patient(blinded_trial)

    def targets():
        visits = Visit.objects.filter(patient=patient, key__in=["C2D1", "C3D1"])
        return dict(visits.values_list("key", "target_date"))

    first = open_visit(patient, key="C1D1")
    planned = targets()
    decide(patient, "delay", course=2, delay_days=7)
    assert targets() == planned
    late = first.actual_date + timedelta(days=24)
    open_visit(patient, key="C2D1", on=late)
    assert targets()["C3D1"] == late + timedelta(days=21)
