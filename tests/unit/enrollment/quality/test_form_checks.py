"""Rules between forms and comparisons between patients, each on both sides."""

from datetime import date, timedelta

import pytest

from dosing.models import BackgroundDose
from enrollment.models import Visit
from enrollment.quality import Scope, all_checks, get_check, register_check
from enrollment.quality.catalog import Check, Severity
from enrollment.quality.run import run_checks
from tests.factories import LATER, make_enrolled_patient, open_visit, save_form


def found(patient, code):
    """What this check says of the trial: the field, and the sentence."""
    run = run_checks(Scope(patient.trial, LATER), only={code})
    return [
        (place.form, place.field, get_check(code).sentence(item.details))
        for (_code, place), item in run.items()
    ]


@pytest.mark.parametrize(("days", "is_wrong"), [(0, False), (1, True)])
def test_visit_is_wrong_from_the_day_after_the_end_of_the_study(
    visit, patient, coordinator, days, is_wrong
):
    ended_on = visit.actual_date - timedelta(days=days)
    save_form("end-of-study", patient, by=coordinator, ended_on=ended_on, reason="completed")
    sentences = found(patient, "DQ-011")
    assert bool(sentences) is is_wrong
    if is_wrong:
        assert sentences[0][:2] == ("end-of-study", "ended_on")
        assert str(visit.actual_date) in sentences[0][2]


@pytest.mark.parametrize(("days", "is_wrong"), [(0, False), (1, True)])
def test_treatment_ends_with_the_study_at_the_latest(patient, coordinator, days, is_wrong):
    day = date(2026, 3, 1)
    save_form("end-of-study", patient, by=coordinator, ended_on=day, reason="completed")
    save_form(
        "end-of-treatment",
        patient,
        by=coordinator,
        ended_on=day + timedelta(days=days),
        reason="completed",
    )
    assert bool(found(patient, "DQ-013")) is is_wrong


@pytest.mark.parametrize(
    ("after", "is_wrong"),
    [
        pytest.param("110.0", False, id="10 % up"),
        pytest.param("110.1", True, id="just over 10 % up"),
        pytest.param("90.0", False, id="10 % down"),
        pytest.param("89.9", True, id="just over 10 % down"),
    ],
)
def test_weight_may_change_by_a_tenth_between_visits(
    patient, coordinator, make_visit, after, is_wrong
):
    first = make_visit(patient, key="A", on=date(2026, 1, 6))
    second = make_visit(patient, key="B", on=date(2026, 1, 27))
    # Entered in the other order: the dates count.
    save_form("vital-signs", second, by=coordinator, weight_kg=after)
    save_form("vital-signs", first, by=coordinator, weight_kg=100)
    sentences = found(patient, "DQ-012")
    assert [item[:2] for item in sentences] == [("vital-signs", "weight_kg")] * is_wrong


def test_weights_of_two_patients_are_not_compared(patient, coordinator, make_visit):
    other = make_enrolled_patient(patient.trial, by=coordinator)
    for person, weight_kg in ((patient, 50), (other, 100)):
        visit = make_visit(person, key="A")
        save_form("vital-signs", visit, by=coordinator, weight_kg=weight_kg)
    assert found(patient, "DQ-012") == []


def test_schedule_that_was_moved_by_hand_is_stale(patient):
    assert found(patient, "DQ-010") == []
    planned = Visit.objects.filter(patient=patient, outcome="planned").first()
    planned.target_date += timedelta(days=1)
    planned.window_closes += timedelta(days=1)
    planned.save()
    [(form, _field, sentence)] = found(patient, "DQ-010")
    assert form == ""
    assert str(planned.target_date) in sentence


@pytest.fixture
def weights(patient, coordinator, make_visit):
    """Twenty-one visits with weights from 60 to 80 kg."""
    for number in range(21):
        visit = make_visit(patient, key=f"V{number}", on=date(2026, 1, 6) + timedelta(days=number))
        save_form("vital-signs", visit, by=coordinator, weight_kg=60 + number)
    return visit


def test_number_far_from_the_rest_is_found(patient, coordinator, weights, make_visit):
    assert found(patient, "DQ-006") == []
    visit = make_visit(patient, key="far", on=date(2026, 3, 1))
    save_form("vital-signs", visit, by=coordinator, weight_kg=250)
    [(form, field, sentence)] = found(patient, "DQ-006")
    assert (form, field) == ("vital-signs", "weight_kg")
    assert "250" in sentence


def test_doses_of_a_drug_are_compared_with_doses_of_that_drug(patient, coordinator, make_visit):
    """Thousands of mg of one drug say nothing about the few mg of another."""
    for number in range(21):
        visit = make_visit(patient, key=f"V{number}", on=date(2026, 1, 6) + timedelta(days=number))
        rows = [BackgroundDose(drug="big", dose_mg=1000 + number)]
        if number == 0:
            rows.append(BackgroundDose(drug="small", dose_mg=8))
        save_form("background-treatment", visit, by=coordinator, rows=rows)
    assert found(patient, "DQ-006") == []


def test_outliers_are_not_asked_about_one_patient(patient, weights, make_visit, coordinator):
    save_form("vital-signs", make_visit(patient, key="far"), by=coordinator, weight_kg=250)
    assert run_checks(Scope(patient.trial, LATER, patient.pk), only={"DQ-006"}) == {}


def test_ids_are_three_digits_and_belong_to_one_check():
    codes = [check.code for check in all_checks()]
    assert codes == sorted(set(codes))
    known = get_check("DQ-011")
    with pytest.raises(ValueError, match="two checks"):
        register_check(Check("DQ-011", "", "", "", Severity.ERROR, find=lambda scope: ()))
    with pytest.raises(ValueError, match="no id"):
        register_check(Check("DQ-1", "", "", "", Severity.ERROR))
    register_check(known)  # the same again, as when Django starts twice


def test_every_check_says_why_and_only_errors_ask_by_themselves():
    for check in all_checks():
        assert str(check.title)
        assert str(check.why)
        assert not (check.is_automatic and check.severity is not Severity.ERROR)
        assert not (check.is_automatic and check.compares_patients)


def test_scope_of_a_patient_sees_nobody_else(patient, coordinator, make_visit):
    other = make_enrolled_patient(patient.trial, by=coordinator)
    for person in (patient, other):
        save_form("vital-signs", open_visit(person, key="C1D1"), by=coordinator, weight_kg=1)
    run = run_checks(Scope(patient.trial, LATER, patient.pk), only={"DQ-003"})
    assert {place.patient_id for _code, place in run} == {patient.pk}
