import pandas as pd

from outcomes.calc.snapshot.adverse_events import summarize_adverse_events

POPULATION = {"id": "treated", "rule": "treated", "name_en": "", "name_zh": "", "n": 9}


def summarize(*rows):
    columns = ["subject", "term", "grade", "is_serious", "is_related"]
    events = pd.DataFrame(rows, columns=columns)
    return summarize_adverse_events(events, population=POPULATION, ctcae_version="5.0")


def test_person_counts_once_per_term_by_the_worst_grade():
    found = summarize(
        (1, "Nausea", 1, False, True),
        (1, "Nausea", 4, False, False),
        (2, "Nausea", 2, True, False),
        (2, "Fatigue", 1, False, False),
    )
    assert found["terms"] == [
        {"term": "Nausea", "grades": [0, 1, 0, 1, 0], "any_grade": 2, "severe": 1, "related": 1},
        {"term": "Fatigue", "grades": [1, 0, 0, 0, 0], "any_grade": 1, "severe": 0, "related": 0},
    ]
    totals = [found[key] for key in ("any_grade", "severe", "serious", "related")]
    assert totals == [2, 1, 1, 1]


def test_grade_2_is_not_severe_and_grade_3_is():
    found = summarize((1, "Rash", 2, False, False), (2, "Rash", 3, False, False))
    assert found["severe"] == found["terms"][0]["severe"] == 1


def test_terms_alike_in_number_stand_by_name():
    found = summarize((1, "b", 1, False, False), (1, "a", 1, False, False))
    assert [row["term"] for row in found["terms"]] == ["a", "b"]


def test_no_event_is_no_term():
    assert summarize()["terms"] == []
