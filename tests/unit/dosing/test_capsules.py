from datetime import date

import pytest
from django.db import IntegrityError

from dosing.models import CapsuleCourse, DailyDose
from dosing.registration import days_of_course


def course(patient, **values):
    return CapsuleCourse(patient=patient, started_on=date(2026, 1, 6), **values)


def days(*taken, missing=()):
    return [
        DailyDose(day=day, capsules_taken=number, missing={"capsules_taken": "UNK"})
        if number is None
        else DailyDose(day=day, capsules_taken=number)
        for day, number in enumerate(taken, start=1)
    ]


@pytest.mark.parametrize(
    ("observed", "reaction", "released", "is_refused"),
    [
        pytest.param("Y", "N", "Y", False, id="observed without reaction is released"),
        pytest.param("Y", "Y", "Y", True, id="reaction is not released"),
        pytest.param("N", "N", "Y", True, id="not observed is not released"),
        pytest.param("Y", "Y", "N", False, id="reaction and held"),
        pytest.param("N", "", "N", False, id="not observed and held"),
    ],
)
def test_gate_releases_only_after_an_observed_dose_without_reaction(
    patient, observed, reaction, released, is_refused
):
    record = course(
        patient,
        is_day_one_observed=observed,
        has_day_one_reaction=reaction,
        is_rest_released=released,
    )
    assert ("is_rest_released" in record.problems()) is is_refused


def test_gate_does_not_bind_a_product_without_it(make_patient):
    record = course(
        make_patient(day_one_gate=False), has_day_one_reaction="Y", is_rest_released="Y"
    )
    assert record.problems() == {}


@pytest.mark.parametrize(
    ("returned", "is_refused"), [(60, False), (61, True)], ids=["all back", "more than given"]
)
def test_returns_do_not_exceed_what_was_dispensed(patient, returned, is_refused):
    record = course(patient, dispensed_capsules=60, returned_capsules=returned)
    assert ("returned_capsules" in record.problems()) is is_refused


@pytest.mark.parametrize(
    ("taken", "is_refused"), [(18, False), (19, True)], ids=["three times", "one more"]
)
def test_capsules_of_a_day_are_at_most_three_times_the_plan(patient, taken, is_refused):
    [found] = course(patient).row_problems(days(taken))
    assert ("capsules_taken" in found) is is_refused


def test_capsules_after_a_closed_gate_are_refused_but_day_1_and_zero_are_not(patient):
    found = course(patient, is_rest_released="N").row_problems(days(6, 6, 0))
    assert [bool(problems) for problems in found] == [False, True, False]


@pytest.mark.parametrize(
    ("returned", "lost", "taken", "is_refused"),
    [
        pytest.param(48, None, (6, 6), False, id="adds up"),
        pytest.param(47, None, (6, 6), True, id="one too few returned"),
        pytest.param(47, 1, (6, 6), False, id="the lost one explains it"),
        pytest.param(47, None, (6, None), False, id="a day is unknown"),
        pytest.param(None, None, (6, 6), False, id="returns not yet known"),
    ],
)
def test_dispensed_less_returned_and_lost_equals_taken(patient, returned, lost, taken, is_refused):
    record = course(patient, dispensed_capsules=60, returned_capsules=returned, lost_capsules=lost)
    assert ("__all__" in record.row_problems(days(*taken))[-1]) is is_refused


def test_mismatch_names_both_numbers(patient):
    record = course(patient, dispensed_capsules=60, returned_capsules=0)
    message = record.row_problems(days(6, 6))[-1]["__all__"]
    assert "60" in message
    assert "12" in message


@pytest.mark.parametrize("last_day", [10, 21])
def test_expected_days_are_the_product_s(make_patient, last_day):
    rows = list(days_of_course(course(make_patient(last_day=last_day))))
    assert [row.day for row in rows] == list(range(1, last_day + 1))


def test_a_day_is_stored_once(patient, visit, save):
    record = course(patient, visit=visit)
    with pytest.raises(IntegrityError):
        save(record, [DailyDose(day=1), DailyDose(day=1)])


def test_entry_asks_about_the_gate_only_where_the_product_has_one(make_patient, make_visit, fill):
    for has_gate in (True, False):
        patient = make_patient(day_one_gate=has_gate)
        record = course(patient, visit=make_visit(patient))
        assert ("is_rest_released" in fill(record, {}).form.fields) is has_gate


def test_course_without_gate_completes_without_its_answers(make_patient, make_visit, fill):
    patient = make_patient(day_one_gate=False)
    entry = fill(
        CapsuleCourse(patient=patient, visit=make_visit(patient)),
        {"started_on": "2026-01-06", "dispensed_capsules": "60", "returned_capsules": "0"},
        rows=[{"capsules_taken": "6"}] * 10,
    )
    assert entry.is_valid(), entry.form.errors


def test_mismatch_refuses_the_entry(patient, visit, fill):
    entry = fill(
        CapsuleCourse(patient=patient, visit=visit),
        {
            "started_on": "2026-01-06",
            "is_day_one_observed": "Y",
            "has_day_one_reaction": "N",
            "is_rest_released": "Y",
            "dispensed_capsules": "60",
            "returned_capsules": "1",
        },
        rows=[{"capsules_taken": "6"}] * 10,
    )
    assert not entry.is_valid()
    assert "days add up to 60" in str(entry.rows.errors)
