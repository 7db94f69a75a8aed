from datetime import date

import pytest

from core.calc.partial_date import PartialDate
from core.models import AuditEntry, Site
from core.refusals import Refused
from enrollment.actions import screen_patient
from enrollment.models import CriterionAnswer, Patient
from enrollment.queries.trials import current_version
from tests.factories import make_screened_patient

ELIGIBLE = {"I01": "Y", "E01": "N"}


@pytest.fixture
def screen(trial, coordinator):
    def act(answers):
        return screen_patient(
            by=coordinator,
            site=Site.objects.get(trial=trial, code="01"),
            version=current_version(trial),
            sex="F",
            born_on=PartialDate("1960"),
            screened_on=date(2026, 1, 2),
            answers=answers,
        )

    return act


@pytest.mark.parametrize(
    ("answers", "failed"),
    [
        pytest.param({}, "", id="all as they should be"),
        pytest.param({"I01": "N"}, "I01", id="an inclusion that is not met"),
        pytest.param({"E01": "Y"}, "E01", id="an exclusion that is met"),
        pytest.param({"I01": "N", "E01": "Y"}, "I01, E01", id="both"),
    ],
)
def test_each_criterion_decides_on_both_sides(screen, answers, failed):
    patient = screen(ELIGIBLE | answers)
    assert (patient.is_eligible, patient.ineligible_because) == (not failed, failed)


def test_patient_who_is_not_eligible_is_kept_with_the_answers(screen):
    patient = screen(ELIGIBLE | {"I01": "N"})
    assert Patient.objects.screen_failed().get() == patient
    assert dict(patient.criterion_answers.values_list("criterion", "answer")) == {
        "I01": "N",
        "E01": "N",
    }


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param({"I01": "Y"}, id="one is not answered"),
        pytest.param({}, id="none is answered"),
        pytest.param(ELIGIBLE | {"I99": "Y"}, id="the trial has no such criterion"),
        pytest.param(ELIGIBLE | {"E01": ""}, id="an empty answer"),
        pytest.param(ELIGIBLE | {"E01": "maybe"}, id="neither yes nor no"),
    ],
)
def test_other_answers_are_refused_and_nothing_is_stored(screen, answers):
    with pytest.raises(Refused, match="Answer every criterion"):
        screen(answers)
    assert not Patient.objects.exists()
    assert not CriterionAnswer.objects.exists()


def test_screening_numbers_count_up_at_each_site(trial, coordinator):
    numbers = [
        make_screened_patient(trial, site=site, by=coordinator).screening_number
        for site in ("01", "01", "02", "01")
    ]
    assert numbers == ["S-S01-001", "S-S01-002", "S-S02-001", "S-S01-003"]


def test_screening_is_the_person_s_in_the_trail(screen, coordinator):
    patient = screen(ELIGIBLE)
    [entry] = AuditEntry.objects.of_row(patient)
    assert (entry.action, entry.actor_id, entry.actor_role) == (
        "insert",
        coordinator.pk,
        "coordinator",
    )
    answers = AuditEntry.objects.filter(table_name="enrollment_criterionanswer")
    assert {entry.actor_id for entry in answers} == {coordinator.pk}
    assert len(answers) == 2
