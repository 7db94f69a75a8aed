"""What is said of the project and its fields."""

import pytest

from tests.integration.reports.reading import rows_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def described(ask, trial):
    return {row["field_name"]: row for row in ask("metadata")}


def test_record_id_is_the_first_field(ask, trial):
    rows = ask("metadata")
    assert (rows[0]["field_name"], rows[0]["form_name"]) == ("record_id", "screening")
    assert len({row["field_name"] for row in rows}) == len(rows)


def test_type_validation_limits_and_unit_of_a_number(described):
    weight = described["weight_kg"]
    assert weight["form_name"] == "vital_signs"
    assert weight["field_type"] == "text"
    assert weight["text_validation_type_or_show_slider_number"] == "number"
    assert float(weight["text_validation_min"]) < float(weight["text_validation_max"])
    assert weight["field_note"].startswith("kg")
    assert weight["required_field"] == "y"


@pytest.mark.parametrize(
    ("field", "kind", "validation"),
    [
        ("screened_on", "text", "date_ymd"),
        ("born_on", "text", ""),
        ("submitted_at", "text", "datetime_seconds_ymd"),
        ("definition_version", "text", "integer"),
        ("sex", "radio", ""),
        ("bmi_kg_m2", "calc", ""),
        ("ineligible_because", "text", ""),
    ],
)
def test_types(described, field, kind, validation):
    found = described[field]
    assert found["field_type"] == kind
    assert found["text_validation_type_or_show_slider_number"] == validation


def test_choices_are_codes_and_labels(described):
    assert described["sex"]["select_choices_or_calculations"] == "F, female | M, male"
    assert described["sex"]["branching_logic"] == ""


def test_condition_of_a_question_is_branching_logic(described):
    assert described["not_collected_reason"]["branching_logic"] == "[is_collected] = 'N'"


def test_fields_and_forms_narrow_the_dictionary(ask, trial):
    assert [row["field_name"] for row in ask("metadata", fields="sex")] == ["sex"]
    found = {row["form_name"] for row in ask("metadata", **{"forms[0]": "lesions"})}
    assert found == {"lesions"}


def test_export_names_are_the_columns_of_a_record_but_for_what_is_calculated(ask, trial):
    found = [row["export_field_name"] for row in ask("exportFieldNames")]
    assert found[0] == "record_id"
    assert "vital_signs_complete" in found
    assert "bmi_kg_m2" not in found
    [row] = ask("exportFieldNames", field="weight_kg")
    assert row == {
        "original_field_name": "weight_kg",
        "choice_value": "",
        "export_field_name": "weight_kg",
    }


def test_events_follow_the_schedule_and_everybody_is_in_arm_1(ask, trial):
    events = ask("event", arms="1")
    assert [(row["unique_event_name"], row["event_name"]) for row in events] == [
        ("baseline_arm_1", "Baseline"),
        ("screening_arm_1", "Screening"),
        ("course_1_day_1_arm_1", "Course 1, day 1"),
        ("scan_arm_1", "CT at week 6"),
    ]
    assert {row["arm_num"] for row in events} == {1}
    assert ask("arm") == [{"arm_num": 1, "name": "Arm 1"}]


def test_forms_of_the_events(ask, trial):
    found = {}
    for row in ask("formEventMapping"):
        found.setdefault(row["unique_event_name"], []).append(row["form"])
    assert found["course_1_day_1_arm_1"] == [
        "visits", "vital_signs", "laboratory", "capsule_courses", "daily_doses",
    ]  # fmt: skip
    assert {"screening", "lesions", "deaths", "serious_event_drugs"} < set(found["baseline_arm_1"])
    repeating = {(row["event_name"], row["form_name"]) for row in ask("repeatingFormsEvents")}
    assert ("course_1_day_1_arm_1", "daily_doses") in repeating
    assert ("baseline_arm_1", "lesions") in repeating
    assert ("screening_arm_1", "vital_signs") not in repeating


def test_visit_that_no_version_plans_is_an_event_too(ask, trial, patient):
    visit = patient.visits.get(key="scan")
    visit.pk, visit.key, visit.label_en = None, "extra-1", "Extra visit 1"
    visit.save()
    assert ask("event")[-1]["unique_event_name"] == "extra_1_arm_1"
    rows = ask("record", events="extra_1_arm_1", fields="visits_outcome")
    assert [row["visits_outcome"] for row in rows] == ["planned"]


def test_project_names_missing_codes_and_that_it_is_longitudinal(ask, trial):
    project = ask("project")
    assert project["project_title"] == trial.title_en
    assert project["missing_data_codes"] == "ND, not done | UNK, unknown | NA, not applicable"
    assert (project["is_longitudinal"], project["has_repeating_instruments_or_events"]) == (1, 1)


def test_user_is_the_person_of_the_token(ask, statistician, trial):
    [person] = ask("user")
    assert (person["username"], person["api_export"], person["api_import"]) == (
        "statistician",
        1,
        0,
    )
    assert person["forms"]["vital_signs"] == 2


def test_groups_are_the_sites_of_the_person(ask, trial):
    assert [row["unique_group_name"] for row in ask("dag")] == ["01", "02"]


def test_file_of_the_dictionary_has_the_fields_of_the_metadata(ask, api):
    lines = rows_of(api.get("/api/v1/trials/small/data-dictionary.csv"))
    fields = [row["field_name"] for row in ask("metadata")]
    assert [line["Variable / Field Name"] for line in lines] == fields
    assert {line["Form Name"] for line in lines} >= {"screening", "vital_signs"}
