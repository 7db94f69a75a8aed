"""What the night reads: dates, populations, and what does not count."""

from datetime import date

import pytest

from dosing.models import CapsuleCourse, DailyDose
from enrollment.models import EndOfTreatment
from outcomes.models import Death, QualityOfLife, SurvivalStatus
from outcomes.queries import patients as read
from outcomes.queries.inputs import read_inputs

CUT = date(2026, 6, 30)


@pytest.fixture
def subject(version):
    """The only enrolled patient as the engine sees it, with days as ISO text."""

    def read_it(cut_on=CUT):
        inputs, _last = read_inputs(version, cut_on)
        [row] = inputs.subjects.to_dict("records")
        return {key: str(value)[:10] for key, value in row.items()}

    return read_it


def test_start_is_the_first_day_with_capsules(tell, subject):
    story = tell("A01-001", dosed=False)
    skipped = story.record(CapsuleCourse, visit=story.visit(0), started_on=story.on(0))
    DailyDose.objects.create(record=skipped, row_number=1, day=1, capsules_taken=0)
    DailyDose.objects.create(record=skipped, row_number=2, day=3, capsules_taken=6)
    assert subject()["start_date"] == story.on(2).isoformat()


def test_course_whose_days_were_not_counted_starts_on_its_day_one(tell, subject):
    story = tell("A01-001", dosed=False)
    course = story.record(CapsuleCourse, visit=story.visit(0), started_on=story.on(5))
    DailyDose.objects.create(record=course, row_number=1, day=1, capsules_taken=None)
    assert subject()["start_date"] == story.on(5).isoformat()


def test_course_without_any_capsule_is_no_treatment(tell, subject):
    story = tell("A01-001", dosed=False)
    course = story.record(CapsuleCourse, visit=story.visit(0), started_on=story.on(0))
    DailyDose.objects.create(record=course, row_number=1, day=1, capsules_taken=0)
    found = subject()
    assert found["first_dose_on"] == "NaT"
    assert found["start_date"] == found["enrolled_on"]


def test_dose_after_the_cut_is_not_known_yet(tell, subject):
    story = tell("A01-001")
    assert subject(story.on(-1))["first_dose_on"] == "NaT"
    assert subject(story.on(0))["first_dose_on"] == story.on(0).isoformat()


def test_last_alive_is_the_latest_of_all_evidence(tell, subject):
    story = tell("A01-001").scan(-7, 50).seen_alive(30)
    assert subject()["last_alive_date"] == story.on(30).isoformat()
    story.scan(42, 50, last_scanned_on=story.on(44))
    assert subject()["last_alive_date"] == story.on(44).isoformat()


def test_day_of_a_capsule_is_a_sign_of_life(tell, subject):
    story = tell("A01-001")
    [course] = CapsuleCourse.objects.all()
    DailyDose.objects.create(record=course, row_number=2, day=10, capsules_taken=6)
    DailyDose.objects.create(record=course, row_number=3, day=11, capsules_taken=0)
    assert subject()["last_alive_date"] == story.on(9).isoformat()


@pytest.mark.parametrize("status", ["dead", "unknown"])
def test_contact_without_the_patient_is_no_sign_of_life(tell, subject, status):
    story = tell("A01-001")
    visit = story.visit(60)
    story.record(SurvivalStatus, visit=visit, status=status, status_on=story.on(60))
    assert subject()["last_alive_date"] == story.on(0).isoformat()


def test_status_dead_without_a_death_form_is_noted(tell, subject):
    story = tell("A01-001")
    visit = story.visit(60)
    story.record(SurvivalStatus, visit=visit, status="dead", status_on=story.on(60))
    assert subject()["is_dead_without_date"] == "True"
    story.record(Death, died_on="2026-02", cause="unknown")
    found = subject()
    assert (found["is_dead_without_date"], found["death_date"]) == ("False", "2026-02")


@pytest.mark.parametrize(
    ("reason", "expected"),
    [("clinical-progression", "2026-02-10"), ("toxicity", "NaT")],
)
def test_clinical_progression_is_dated_by_the_end_of_treatment(tell, subject, reason, expected):
    story = tell("A01-001")
    story.record(EndOfTreatment, ended_on=date(2026, 2, 10), reason=reason)
    assert subject()["clinical_progression_date"] == expected


def test_new_therapy_comes_from_the_end_of_treatment(tell, subject):
    story = tell("A01-001")
    story.record(
        EndOfTreatment,
        ended_on=date(2026, 2, 10),
        reason="toxicity",
        new_therapy_on=date(2026, 3, 1),
    )
    assert subject()["new_therapy_date"] == "2026-03-01"


def test_patient_enrolled_after_the_cut_is_only_screened(version, tell):
    story = tell("A01-001")
    inputs, _last = read_inputs(version, story.on(-2))
    assert len(inputs.subjects) == 0
    assert list(inputs.patients["patient"]) == [""]


def test_subjects_are_numbered_by_patient_number(version, tell):
    tell("A02-001", site="02")
    tell("A01-001")
    inputs, _last = read_inputs(version, CUT)
    assert list(inputs.subjects["patient"]) == ["A01-001", "A02-001"]
    assert list(inputs.subjects["subject"]) == [0, 1]


def test_fingerprint_changes_with_one_value_and_with_nothing_else(version, tell):
    story = tell("A01-001").scan(-7, 50)
    before = read_inputs(version, CUT)[0].sha256("v1")
    assert read_inputs(version, CUT)[0].sha256("v1") == before
    assert read_inputs(version, CUT)[0].sha256("v2") != before
    story.adverse_event("Nausea", 1)
    assert read_inputs(version, CUT)[0].sha256("v1") != before


def test_two_baseline_scans_the_later_one_counts(version, tell):
    tell("A01-001").scan(-20, 60).scan(-7, 50)
    lesions = read_inputs(version, CUT)[0].lesions
    assert list(lesions["baseline_mm"]) == [50.0]


def test_scans_of_several_days_keep_the_last_one(version, tell):
    story = tell("A01-001").scan(-7, 60)
    story.scan(42, 50, last_scanned_on=story.on(45))
    scans = read_inputs(version, CUT)[0].assessments
    assert scans["date"].max().date() == story.on(45)


def test_death_after_the_cut_is_read_because_it_shows_life_at_the_cut(tell, version):
    story = tell("A01-001").death(150)
    deaths = read.read_deaths(version.trial)
    assert list(deaths["died_on"]) == [story.on(150).isoformat()]


def test_questionnaires_are_those_answered_complete_and_dated_up_to_the_cut(tell, version):
    story = tell("A01-001")
    day = story.on(20)
    answered = {"is_answered": "Y", "q1": 2}
    story.record(QualityOfLife, visit=story.visit(10), answered_on=story.on(11), **answered)
    story.record(QualityOfLife, visit=story.visit(20), **answered, missing={"answered_on": "UNK"})
    story.record(QualityOfLife, visit=story.visit(15), is_answered="N")
    story.record(QualityOfLife, visit=story.visit(16), complete=False, **answered)
    story.record(QualityOfLife, visit=story.visit(18), answered_on=story.on(21), **answered)
    found = read_inputs(version, day)[0].questionnaires
    assert found["answered_on"].dt.date.tolist() == [story.on(11), day]
    assert found["subject"].tolist() == [0, 0]
    assert found["q1"].tolist() == [2, 2]
    assert found["q2"].isna().all()
