"""Checks of single fields, each on both sides; the database's suspects hold whatever is wrong."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dosing.models import CapsuleCourse, DailyDose
from enrollment.models import PriorTherapy, VitalSigns
from enrollment.quality import Scope
from enrollment.quality.fields import JUDGES, find_in_fields, record_findings
from enrollment.quality.run import run_checks
from enrollment.registry import get
from oversight.models import RecordState
from tests.factories import LATER, make_enrolled_patient, open_visit, save_form

WHOLE = {
    "ecog": "1",
    "weight_kg": 70,
    "height_cm": 170,
    "temperature_c": 37,
    "systolic_mmhg": 120,
    "diastolic_mmhg": 80,
    "pulse_per_min": 70,
}


@pytest.fixture
def vital_signs(visit, coordinator):
    return save_form("vital-signs", visit, by=coordinator, **WHOLE)


def found(patient, today=LATER):
    return {
        (code, place.form, place.field)
        for code, place in run_checks(Scope(patient.trial, today))
        if code in JUDGES
    }


def set_to(record, **values):
    """Past the form and its checks, as by a database client."""
    type(record).objects.filter(pk=record.pk).update(**values)


def test_whole_form_has_no_findings(vital_signs, patient):
    assert found(patient) == set()


@pytest.mark.parametrize(
    ("code", "values", "field"),
    [
        ("DQ-001", {"weight_kg": None}, "weight_kg"),
        ("DQ-001", {"ecog": ""}, "ecog"),
        ("DQ-002", {"ecog": "5"}, "ecog"),
        ("DQ-003", {"weight_kg": Decimal("19.9")}, "weight_kg"),
        ("DQ-003", {"weight_kg": Decimal("300.1")}, "weight_kg"),
        ("DQ-003", {"pulse_per_min": 251}, "pulse_per_min"),
        ("DQ-004", {"weight_kg": Decimal("34.9")}, "weight_kg"),
        ("DQ-004", {"temperature_c": Decimal("38.1")}, "temperature_c"),
        ("DQ-008", {"missing": {"weight_kg": "ND"}}, "weight_kg"),
        ("DQ-008", {"weight_kg": None, "missing": {"weight_kg": "??"}}, "weight_kg"),
        ("DQ-008", {"height_cm": None, "missing": {"height_cm": "ND"}}, "height_cm"),
    ],
)
def test_wrong_value_is_found_at_its_field(vital_signs, patient, code, values, field):
    set_to(vital_signs, **values)
    assert found(patient) == {(code, "vital-signs", field)}


@pytest.mark.parametrize(
    "values",
    [
        {"weight_kg": None, "missing": {"weight_kg": "ND"}},
        {"height_cm": None},
        {"weight_kg": 35},
        {"weight_kg": 130},
        {"temperature_c": 38},
        {"ecog": "4"},
    ],
)
def test_value_at_the_edge_of_what_is_right_is_not_found(vital_signs, patient, values):
    set_to(vital_signs, **values)
    assert found(patient) == set()


@pytest.mark.parametrize(("weight_kg", "code"), [(20, "DQ-004"), (300, "DQ-004")])
def test_value_at_the_hard_limit_is_only_unusual(vital_signs, patient, weight_kg, code):
    set_to(vital_signs, weight_kg=weight_kg)
    assert found(patient) == {(code, "vital-signs", "weight_kg")}


def test_draft_is_nobodys_final_word(visit, patient, coordinator):
    save_form("vital-signs", visit, by=coordinator, complete=False, weight_kg=1)
    assert found(patient) == set()


def test_field_that_is_not_asked_may_be_empty_but_not_filled(patient, coordinator):
    end = save_form(
        "end-of-treatment",
        patient,
        by=coordinator,
        last_dose_on=date(2026, 2, 1),
        ended_on=date(2026, 2, 1),
        reason="completed",
    )
    assert found(patient) == set()
    set_to(end, reason_text="tired")
    assert found(patient) == {("DQ-007", "end-of-treatment", "reason_text")}
    set_to(end, reason="other")
    assert found(patient) == set()
    set_to(end, reason_text="")
    assert found(patient) == {("DQ-001", "end-of-treatment", "reason_text")}


def test_date_is_wrong_the_day_before_it_comes(patient, coordinator):
    values = {"last_dose_on": date(2026, 2, 1), "ended_on": LATER, "reason": "completed"}
    end = save_form("end-of-treatment", patient, by=coordinator, **values)
    assert found(patient) == set()
    set_to(end, ended_on=date(2026, 7, 2))
    assert found(patient) == {("DQ-009", "end-of-treatment", "ended_on")}
    assert found(patient, date(2026, 7, 2)) == set()


def test_month_that_has_begun_is_no_date_in_the_future(patient, coordinator):
    therapy = save_form(
        "prior-therapies",
        patient,
        by=coordinator,
        line=1,
        drugs="sorafenib",
        drug_class="tki",
        started_on="2026-07",
        best_response="SD",
    )
    assert found(patient) == set()
    PriorTherapy.objects.filter(pk=therapy.pk).update(started_on="2026-08")
    assert found(patient) == {("DQ-009", "prior-therapies", "started_on")}


def test_row_inside_a_form_is_named_by_its_number(visit, patient, coordinator):
    rows = [DailyDose(day=1, capsules_taken=6), DailyDose(day=2, capsules_taken=6)]
    values = {
        "started_on": visit.actual_date,
        "is_day_one_observed": "Y",
        "has_day_one_reaction": "N",
        "is_rest_released": "Y",
        "dispensed_capsules": 12,
        "returned_capsules": 0,
    }
    course = save_form("capsule-course", visit, by=coordinator, rows=rows, **values)
    assert found(patient) == set()
    DailyDose.objects.filter(record=course, day=2).update(capsules_taken=101)
    [(_code, place)] = [
        key for key in run_checks(Scope(patient.trial, LATER)) if key[0] == "DQ-003"
    ]
    assert (place.row_number, place.field, place.record_id) == (2, "capsules_taken", course.pk)


def test_gate_is_asked_only_where_the_product_has_one(make_patient, coordinator):
    for has_gate in (True, False):
        slug = f"gate-{has_gate}".lower()
        patient = make_patient(slug=slug, day_one_gate=has_gate)
        visit = open_visit(patient, key="C1D1", by=coordinator)
        course = save_form(
            "capsule-course",
            visit,
            by=coordinator,
            started_on=visit.actual_date,
            dispensed_capsules=0,
            returned_capsules=0,
        )
        blank = {field for code, _form, field in found(patient) if code == "DQ-001"}
        gate = {"is_day_one_observed", "has_day_one_reaction", "is_rest_released"}
        assert blank == (gate if has_gate else set())
        assert CapsuleCourse.objects.filter(pk=course.pk).exists()


def test_value_of_a_wrong_type_is_found_and_stops_no_other_check(vital_signs, patient):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL refuses such a value")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE enrollment_vitalsigns SET weight_kg = 'heavy' WHERE id = %s", [vital_signs.pk]
        )
    run = run_checks(Scope(patient.trial, LATER))
    about_the_form = [(code, place.field) for code, place in run if place.form == "vital-signs"]
    assert about_the_form == [("DQ-005", "weight_kg")]


@pytest.mark.parametrize(
    ("text", "is_right"), [("2026-02-28", True), ("2026-02", True), ("2026-02-30", False)]
)
def test_partial_date_that_is_none_is_found(patient, coordinator, text, is_right):
    therapy = save_form(
        "prior-therapies",
        patient,
        by=coordinator,
        line=1,
        drugs="sorafenib",
        drug_class="tki",
        started_on="2025",
        best_response="SD",
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE enrollment_priortherapy SET started_on = %s WHERE id = %s", [text, therapy.pk]
        )
    wrong = {code for code, _place in run_checks(Scope(patient.trial, LATER))}
    assert wrong == (set() if is_right else {"DQ-005"})


NUMBERS = st.none() | st.integers(0, 400)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    weight_kg=NUMBERS,
    pulse_per_min=NUMBERS,
    ecog=st.sampled_from(["", "0", "4", "9"]),
    missing=st.dictionaries(
        st.sampled_from(["weight_kg", "ecog", "height_cm"]), st.sampled_from(["ND", "?"])
    ),
)
def test_database_picks_every_record_that_a_judge_objects_to(
    vital_signs, patient, weight_kg, pulse_per_min, ecog, missing
):
    set_to(
        vital_signs, weight_kg=weight_kg, pulse_per_min=pulse_per_min, ecog=ecog, missing=missing
    )
    scope = Scope(patient.trial, LATER)
    record = VitalSigns.objects.get(pk=vital_signs.pk)
    spec = get("vital-signs")
    judged = {
        (code, item.place) for code, item in record_findings(spec, record, spec.fields, scope=scope)
    }
    assert {(code, item.place) for code, item in find_in_fields(scope)} == judged


def test_checks_of_fields_need_as_many_queries_for_many_patients_as_for_one(
    vital_signs, patient, coordinator, django_assert_max_num_queries
):
    set_to(vital_signs, weight_kg=1)
    with django_assert_max_num_queries(500) as few:
        run_checks(Scope(patient.trial, LATER))
    for _number in range(3):
        other = make_enrolled_patient(patient.trial, by=coordinator)
        record = save_form("vital-signs", open_visit(other, key="C1D1"), weight_kg=1)
        assert record.state == RecordState.COMPLETE
    with django_assert_max_num_queries(len(few)):
        assert len(run_checks(Scope(patient.trial, LATER))) >= 20
