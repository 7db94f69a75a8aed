"""The shape of the project, whatever forms are registered."""

import re

import pytest

from reports.api.redcap import instruments, reports
from reports.api.redcap.events import event_name
from reports.queries.tables import Kind, all_tables

TABLES = instruments._candidates()


def names():
    return [*instruments.field_names().values(), *(f"{table.name}_complete" for table in TABLES)]


def test_each_field_has_a_name_of_its_own_that_redcap_can_have():
    found = [*names(), *instruments.KEYS]
    assert len(found) == len(set(found))
    assert [name for name in found if not re.fullmatch(r"[a-z][a-z0-9_]{0,99}", name)] == []


def test_every_form_and_its_rows_are_instruments():
    forms = {table.name for table in all_tables() if table.kind in (Kind.FORM, Kind.ROWS)}
    central = {"central_readings", "central_lesions", "central_measurements"}
    assert forms - {table.name for table in TABLES} == central


def test_name_that_several_tables_have_says_whose_it_is():
    found = set(names())
    assert {"weight_kg", "organ", "vital_signs_state", "lesions_state", "visits_outcome"} <= found
    assert not {"state", "outcome", "weight_kg_missing", "patient", "visit", "row"} & found


def test_number_of_a_report_is_its_own_and_stays():
    derived = [table.name for table in all_tables() if table.kind is Kind.DERIVED]
    numbers = {reports.report_id(name) for name in derived}
    assert len(numbers) == len(derived)
    assert reports.report_id("time_to_event") == 566107


@pytest.mark.parametrize(
    ("status", "code"),
    [("draft", "0"), ("complete", "1"), ("verified", "2"), ("signed", "2"), ("locked", "2"),
     ("planned", "0"), ("took-place", "2"), ("missed", "2"), ("", "2")],
)  # fmt: skip
def test_life_cycle_is_told_in_three_numbers(status, code):
    assert instruments.complete_code(status) == code


@pytest.mark.parametrize(
    ("visit", "event"),
    [
        ("", "baseline_arm_1"),
        ("C2D1", "course_2_day_1_arm_1"),
        ("C12D15", "course_12_day_15_arm_1"),
        ("screening", "screening_arm_1"),
        ("scan-3", "scan_3_arm_1"),
        ("follow-up-2", "follow_up_2_arm_1"),
    ],
)
def test_visit_is_an_event_of_arm_1(visit, event):
    assert event_name(visit) == event
