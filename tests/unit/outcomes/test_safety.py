import pytest

from core.calc.partial_date import PartialDate
from outcomes.models import AdverseEvent


def event(patient, **values):
    return AdverseEvent(patient=patient, **{"term": "Diarrhea", "grade": 2} | values)


@pytest.mark.parametrize(
    ("version", "term", "grade", "wrong"),
    [
        pytest.param("5.0", "Nausea", 3, [], id="highest grade of nausea"),
        pytest.param("5.0", "Nausea", 4, ["grade"], id="nausea has no grade 4"),
        pytest.param("4.03", "Acute kidney injury", 1, [], id="graded 1 in 4.03"),
        pytest.param("5.0", "Acute kidney injury", 1, ["grade"], id="no longer in 5.0"),
        pytest.param("4.03", "Belching", 1, ["term"], id="not in 4.03"),
        pytest.param("5.0", "Belching", 1, [], id="new in 5.0"),
        pytest.param("5.0", "Something", 1, ["term"], id="no term at all"),
    ],
)
def test_term_and_grade_are_those_of_the_trial_s_version(make_patient, version, term, grade, wrong):
    patient = make_patient(ctcae_version=version)
    assert list(event(patient, term=term, grade=grade).problems()) == wrong


@pytest.mark.parametrize(
    ("start", "end", "is_refused"),
    [
        ("2026-03-10", "2026-03-10", False),
        ("2026-03-10", "2026-03-09", True),
        ("2026-03-10", "2026-03", False),
        ("2026-03-10", "2026-02", True),
        ("2026", "2026-01", False),
    ],
)
def test_end_is_not_before_onset(patient, start, end, is_refused):
    found = event(patient, started_on=PartialDate(start), ended_on=PartialDate(end)).problems()
    assert ("ended_on" in found) is is_refused


@pytest.mark.parametrize(
    ("start", "is_refused"), [("1960", False), ("1959-12", True)], ids=["year of birth", "before"]
)
def test_onset_is_not_before_birth(patient, start, is_refused):
    assert ("started_on" in event(patient, started_on=PartialDate(start)).problems()) is is_refused


@pytest.mark.parametrize(
    ("grade", "outcome", "wrong"),
    [
        (5, "fatal", []),
        (5, "recovered", ["outcome"]),
        (5, "", []),
        (4, "fatal", ["grade"]),
        (4, "recovered", []),
    ],
)
def test_grade_5_and_fatal_go_together(patient, grade, outcome, wrong):
    assert list(event(patient, grade=grade, outcome=outcome).problems()) == wrong


VALUES = {
    "term": "Diarrhea",
    "grade": "2",
    "started_on": "2026-02",
    "is_ongoing": "Y",
    "is_serious": "N",
    "related_to_capsules": "possible",
    "related_to_background": "unrelated",
    "action_taken": "none",
    "outcome": "recovering",
}


def test_entry_stores_an_event(patient, fill, coordinator):
    entry = fill(AdverseEvent(patient=patient), VALUES)
    assert entry.is_valid(), entry.form.errors
    stored = AdverseEvent.objects.get(pk=entry.save(by=coordinator).pk)
    assert (stored.name, stored.grade, stored.started_on.text) == ("Diarrhea", 2, "2026-02")


def test_other_term_needs_a_name_and_keeps_it(patient, fill, coordinator):
    other = VALUES | {"term": "Gastrointestinal disorders - Other, specify"}
    assert list(fill(AdverseEvent(patient=patient), other).form.errors) == ["term_other"]
    entry = fill(AdverseEvent(patient=patient), other | {"term_other": "Hungry stomach"})
    assert entry.is_valid(), entry.form.errors
    assert entry.save(by=coordinator).name == "Hungry stomach"


def test_entry_offers_the_terms_of_the_version_only(make_patient, fill):
    form = fill(AdverseEvent(patient=make_patient(ctcae_version="4.03")), VALUES).form
    offered = {code for _group, terms in form.fields["term"].choices[1:] for code, _label in terms}
    assert "Diarrhea" in offered
    assert "Belching" not in offered
    belching = fill(AdverseEvent(patient=make_patient(ctcae_version="4.03")), {"term": "Belching"})
    assert "Choose a term of CTCAE 4.03." in belching.form.errors["term"]
