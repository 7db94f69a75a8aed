import pandas as pd
import pytest

from outcomes.calc.snapshot.quality_of_life import KINDS, changes, summarize_quality_of_life

POPULATION = {"id": "treated", "rule": "treated", "name_en": "", "name_zh": "", "n": 9}


def scores(*rows):
    table = pd.DataFrame(rows, columns=["subject", "visit", "day", "is_baseline", "ql"])
    others = {name.lower(): float("nan") for name in KINDS if name != "QL"}
    return table.assign(**others)


def ql(*rows):
    found = summarize_quality_of_life(scores(*rows), population=POPULATION, level=0.95)
    return next(scale for scale in found["scales"] if scale["scale"] == "QL")


def test_change_is_against_the_persons_own_baseline():
    # Changes +10, +20, +30: mean 20, standard error 10/√3, t(0.975; 2) = 4.302653.
    rows = [(who, "S", -3, True, 50) for who in (1, 2, 3)]
    rows += [(1, "C1", 21, False, 60), (2, "C1", 22, False, 70), (3, "C1", 23, False, 80)]
    [point] = ql(*rows)["visits"]
    assert (point["visit"], point["day"], point["n"]) == ("C1", 22, 3)
    assert (point["mean"], point["median"]) == (20, 20)
    assert point["upper"] == pytest.approx(20 + 4.302653 * 10 / 3**0.5)
    assert point["lower"] == pytest.approx(20 - 4.302653 * 10 / 3**0.5)


def test_one_person_has_a_mean_and_no_limits():
    [point] = ql((1, "S", -3, True, 50), (1, "C1", 21, False, 40))["visits"]
    assert (point["mean"], point["lower"], point["upper"]) == (-10, None, None)


def test_questionnaires_before_the_baseline_and_people_without_one_do_not_count():
    found = ql(
        (1, "early", -20, False, 10),
        (1, "S", -3, True, 50),
        (1, "C1", 21, False, 40),
        (2, "C1", 21, False, 90),
    )
    assert [(point["visit"], point["n"]) for point in found["visits"]] == [("C1", 1)]
    assert found["baseline"]["n"] == 1


def test_scale_that_was_not_scored_is_no_change():
    table = scores((1, "S", -3, True, None), (1, "C1", 21, False, 40))
    assert not len(changes(table, "QL"))


def test_visits_stand_by_day():
    found = ql(
        (1, "S", -3, True, 50),
        (1, "C10", 210, False, 40),
        (1, "C2", 42, False, 40),
    )
    assert [point["visit"] for point in found["visits"]] == ["C2", "C10"]


def test_no_questionnaire_is_no_scale():
    table = scores()
    assert summarize_quality_of_life(table, population=POPULATION, level=0.95)["scales"] == []
