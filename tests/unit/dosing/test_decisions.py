from datetime import date, timedelta

import pytest
from django.utils.translation import override

from core.refusals import Refused
from dosing.actions.dispensing import choose_kit
from dosing.models import DoseDecision
from dosing.models.decisions import treatment_names
from dosing.queries.decisions import decision_marks
from enrollment.actions import add_unscheduled_visit, mark_visit_missed
from enrollment.models import Visit
from enrollment.queries.moves import moved_visits
from tests.factories import make_enrolled_patient, make_member, make_trial, open_visit, save_form
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


def targets(patient):
    visits = Visit.objects.filter(patient=patient, cycle__isnull=False)
    return {visit.key: visit.target_date for visit in visits}


def outcomes(patient):
    return dict(Visit.objects.filter(patient=patient).values_list("key", "outcome"))


def test_delay_moves_its_course_and_those_that_follow_with_the_reason(blinded_trial):
    patient = make_enrolled_patient(blinded_trial)
    open_visit(patient, key="C1D1")
    planned = targets(patient)

    decide(patient, "delay", course=2, delay_days=7)

    week = timedelta(days=7)
    moved = {key: day for key, day in targets(patient).items() if day != planned[key]}
    assert moved == {key: planned[key] + week for key in planned if key[1] in "234"}
    newest = moved_visits(patient)[0]
    assert len(newest.all) >= len(moved)
    assert newest.reason.endswith("laboratory value: platelets 40")


def test_hold_keeps_its_courses_until_the_decision_to_resume(blinded_trial):
    patient = make_enrolled_patient(blinded_trial)
    open_visit(patient, key="C1D1")
    planned = targets(patient)

    decide(patient, "hold", course=2)

    held = Visit.objects.get(patient=patient, key="C2D1")
    assert (held.outcome, held.target_date) == ("on-hold", planned["C2D1"])
    assert held.deviation_reason == "laboratory value: platelets 40"
    assert {each for key, each in outcomes(patient).items() if key[0] != "C"} == {"planned"}
    with pytest.raises(Refused, match="on hold"):
        open_visit(patient, key="C2D1")
    with pytest.raises(Refused, match="on hold"):
        mark_visit_missed(held, by=make_member(patient.trial, "coordinator"), reason="held")

    resumed = planned["C2D1"] + timedelta(days=5)
    decide(patient, "resume", course=2, resumes_on=resumed)

    assert targets(patient)["C2D1"] == resumed
    assert outcomes(patient)["C2D1"] == "planned"
    assert open_visit(patient, key="C2D1", on=resumed)


def test_skipped_course_is_left_out_and_the_later_ones_stay(blinded_trial):
    patient = make_enrolled_patient(blinded_trial)
    planned = targets(patient)

    decide(patient, "skip", course=2)

    assert targets(patient) == planned
    found = outcomes(patient)
    assert {key for key, outcome in found.items() if outcome == "skipped"} == {
        key for key in planned if key.startswith("C2")
    }
    with pytest.raises(Refused, match="skipped"):
        open_visit(patient, key="C2D1")


def test_decision_about_another_drug_moves_nothing(drugged):
    planned = targets(drugged)

    decide(drugged, "delay", course=2, delay_days=7, treatment="lenvatinib")

    assert targets(drugged) == planned


def test_resumption_is_not_before_its_decision(errors):
    resume = {"action": "resume"}
    assert errors(**resume, resumes_on="2026-01-08") == {}
    assert "resumes_on" in errors(**resume, resumes_on="2026-01-07")


def test_stopped_capsules_are_not_handed_out_at_an_unscheduled_visit(trial, dispenser):
    make_kits(trial)
    patient = make_enrolled_patient(trial)
    coordinator = make_member(trial, "coordinator")
    came = {"on": DAY, "today": DAY, "reason": "kit lost", "forms": ["capsule-course"]}
    visit = add_unscheduled_visit(patient, by=coordinator, **came)
    assert choose_kit(visit, by=dispenser, on=DAY)

    decide(patient, "stop", course=3)

    later = add_unscheduled_visit(patient, by=coordinator, **came | {"reason": "asks again"})
    with pytest.raises(Refused, match="stopped for good"):
        choose_kit(later, by=dispenser, on=DAY)


@pytest.mark.parametrize("action", ["hold", "skip"])
def test_no_kit_is_handed_out_at_a_visit_that_is_held_or_skipped(trial, dispenser, action):
    make_kits(trial)
    patient = make_enrolled_patient(trial)
    decide(patient, action)
    visit = Visit.objects.get(patient=patient, key="C1D1")
    with pytest.raises(Refused, match="on hold or skipped"):
        choose_kit(visit, by=dispenser, on=DAY)


def test_visit_with_a_kit_stays_when_the_study_ends_before_it(trial, dispenser):
    make_kits(trial)
    patient = make_enrolled_patient(trial)
    visit = Visit.objects.get(patient=patient, key="C1D1")
    choose_kit(visit, by=dispenser, on=DAY)

    save_form("end-of-study", patient, ended_on=patient.enrolled_on, reason="withdrawal")

    visit.refresh_from_db()
    assert visit.outcome == "skipped"
    assert visit.deviation_reason


def test_reason_of_a_held_visit_is_the_same_in_every_language(blinded_trial):
    patient = make_enrolled_patient(blinded_trial)
    with override("zh-hans"):
        decide(patient, "hold", course=2)

    held = Visit.objects.get(patient=patient, key="C2D1")
    assert held.deviation_reason == "laboratory value: platelets 40"
