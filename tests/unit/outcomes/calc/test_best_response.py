"""Best response: RECIST's table of confirmation, admiralonco's own examples, and thresholds."""

import pandas as pd
import pytest

from outcomes.calc.best_response import best_responses, has_disease_control, is_responder
from outcomes.calc.rules import EndpointRules

START = pd.Timestamp("2024-01-01")


def one(sequence, *, therapy=None, cut=None, **settings):
    """`sequence`: pairs of (days after the start, response)."""
    subjects = pd.DataFrame(
        {"subject": ["P1"], "start_date": [START], "new_therapy_date": [after(therapy)]}
    )
    responses = pd.DataFrame(
        [["P1", after(day), response] for day, response in sequence],
        columns=["subject", "date", "overall"],
    )
    rules = EndpointRules(**settings)
    return best_responses(subjects, responses, rules=rules, cut=after(cut)).iloc[0]


def after(days):
    return None if days is None else START + pd.Timedelta(days=days)


def days(date):
    return (date - START).days


@pytest.mark.parametrize(
    ("sequence", "bor", "cbor"),
    [
        pytest.param([(56, "CR"), (84, "CR")], "CR", "CR", id="28 days are enough"),
        pytest.param([(56, "CR"), (83, "CR")], "CR", "SD", id="27 days are not"),
        pytest.param([(56, "PR"), (84, "PR")], "PR", "PR", id="PR, 28 days"),
        pytest.param([(56, "PR"), (83, "PR")], "PR", "SD", id="PR, 27 days"),
        pytest.param([(56, "PR"), (84, "CR")], "CR", "PR", id="PR confirmed by CR"),
        pytest.param([(56, "CR"), (84, "PR")], "CR", "SD", id="CR, PR is SD"),
        pytest.param([(56, "CR"), (84, "SD")], "CR", "SD", id="CR, SD is SD"),
        pytest.param([(56, "CR"), (84, "PD")], "CR", "SD", id="CR, PD late is SD"),
        pytest.param([(30, "CR"), (84, "PD")], "CR", "PD", id="CR, PD early is PD"),
        pytest.param([(56, "CR"), (84, "NE")], "CR", "SD", id="CR, NE late is SD"),
        pytest.param([(30, "CR"), (40, "NE")], "CR", "NE", id="CR, NE early is NE"),
        pytest.param([(56, "PR"), (84, "SD")], "PR", "SD", id="PR, SD is SD"),
        pytest.param([(30, "PR"), (84, "PD")], "PR", "PD", id="PR, PD early is PD"),
        pytest.param([(30, "PR"), (40, "NE")], "PR", "NE", id="PR, NE early is NE"),
        pytest.param([(30, "NE"), (60, "NE")], "NE", "NE", id="NE only"),
        pytest.param([], "MISSING", "MISSING", id="nothing"),
        pytest.param([(42, "SD")], "SD", "SD", id="SD at day 42"),
        pytest.param([(41, "SD")], "NE", "NE", id="SD at day 41"),
        pytest.param([(41, "SD"), (84, "PD")], "PD", "PD", id="early SD, PD"),
        pytest.param([(42, "NON-CR/NON-PD")], "NON-CR/NON-PD", "NON-CR/NON-PD", id="non-target"),
        pytest.param([(42, "IR/SD")], "NON-CR/NON-PD", "NON-CR/NON-PD", id="mRECIST's word"),
        pytest.param([(41, "NON-CR/NON-PD")], "NE", "NE", id="non-target too early"),
        pytest.param([(10, "CR"), (38, "CR")], "CR", "CR", id="CR has no minimum day"),
        pytest.param([(10, "PD"), (50, "CR")], "PD", "PD", id="nothing counts after PD"),
        pytest.param([(0, "CR"), (50, "SD")], "SD", "SD", id="day of the start is baseline"),
        pytest.param([(56, "CR"), (70, "SD"), (90, "CR")], "CR", "SD", id="SD breaks a CR"),
        pytest.param([(56, "CR"), (70, "NE"), (90, "CR")], "CR", "CR", id="one NE between"),
        pytest.param(
            [(56, "CR"), (65, "NE"), (75, "NE"), (90, "CR")], "CR", "SD", id="two NE between"
        ),
        pytest.param(
            [(56, "PR"), (65, "CR"), (90, "PR")], "CR", "SD", id="no PR after a CR in a PR"
        ),
        pytest.param(
            [(56, "PR"), (60, "PR"), (65, "CR"), (90, "CR")], "CR", "PR", id="CR after PR is fine"
        ),
        pytest.param(
            [(56, "PR"), (84, "PD"), (120, "PR")], "PR", "SD", id="PR after PD does not confirm"
        ),
        pytest.param([(56, "CR"), (56, "PD")], "PD", "PD", id="worst of a day"),
        pytest.param([(56, "CR"), (56, "NE")], "CR", "SD", id="NE of a day comes last"),
    ],
)
def test_best_response(sequence, bor, cbor):
    found = one(sequence)
    assert (found["bor"], found["cbor"]) == (bor, cbor)


@pytest.mark.parametrize(
    ("sequence", "settings", "cbor"),
    [
        ([(56, "PR"), (70, "SD"), (90, "PR")], {}, "SD"),
        ([(56, "PR"), (70, "SD"), (90, "PR")], {"max_sd_between": 1}, "PR"),
        ([(56, "PR"), (63, "SD"), (70, "SD"), (90, "PR")], {"max_sd_between": 1}, "SD"),
        ([(56, "PR"), (63, "NE"), (70, "NE"), (90, "PR")], {"max_ne_between": 2}, "PR"),
        ([(56, "PR"), (70, "NE"), (90, "PR")], {"max_ne_between": 0}, "SD"),
        ([(56, "PR"), (97, "PR")], {"confirmation_days": 42}, "SD"),
        ([(56, "PR"), (98, "PR")], {"confirmation_days": 42}, "PR"),
        ([(56, "PR")], {"confirmation_days": 0}, "SD"),
        ([(50, "SD")], {"min_sd_days": 51}, "NE"),
        ([], {"no_assessment": "NE"}, "NE"),
    ],
)
def test_settings_of_the_best_response(sequence, settings, cbor):
    assert one(sequence, **settings)["cbor"] == cbor


ADMIRALONCO_STARTS = ["2020-01-01", "2019-12-12", "2019-11-11", "2019-12-30", "2020-01-01",
                      "2020-02-02", "2020-02-02", "2020-04-01", "2020-03-01"]  # fmt: skip
ADMIRALONCO = {
    "1": [("2020-01-01", "PR"), ("2020-02-01", "CR"), ("2020-02-16", "NE"), ("2020-03-01", "CR"),
          ("2020-04-01", "SD")],
    "2": [("2020-01-01", "SD"), ("2020-02-01", "PR"), ("2020-03-01", "SD"), ("2020-03-13", "CR")],
    "3": [("2019-11-12", "CR"), ("2019-12-02", "CR"), ("2020-01-01", "SD")],
    "4": [("2020-01-01", "PR"), ("2020-03-01", "SD"), ("2020-04-01", "SD"), ("2020-05-01", "PR"),
          ("2020-05-15", "NON-CR/NON-PD")],
    "5": [("2020-01-01", "PR"), ("2020-01-10", "SD"), ("2020-01-20", "PR"),
          ("2020-05-15", "NON-CR/NON-PD")],
    "6": [("2020-02-06", "PR"), ("2020-02-16", "CR"), ("2020-03-30", "PR"), ("2020-04-12", "PD"),
          ("2020-05-01", "CR"), ("2020-06-01", "CR")],
    "7": [("2020-02-06", "PR"), ("2020-02-16", "CR"), ("2020-04-01", "NE")],
    "8": [],
    "9": [("2020-03-16", "CR"), ("2020-04-01", "NE"), ("2020-04-16", "NE"), ("2020-05-01", "CR")],
}  # fmt: skip


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, ["CR", "SD", "SD", "SD", "NON-CR/NON-PD", "SD", "NE", "MISSING", "SD"]),
        (
            {"max_ne_between": 2, "max_sd_between": 1, "no_assessment": "NE"},
            ["CR", "PR", "SD", "SD", "NON-CR/NON-PD", "SD", "NE", "NE", "CR"],
        ),
    ],
)
def test_examples_of_admiralonco(settings, expected):
    """Inputs of derive_param_confirmed_bor's help page; results worked out by its stated rules.

    Its first patient and fifth are assessed on the day of the start, which is baseline here.
    """
    subjects = pd.DataFrame({"subject": list(ADMIRALONCO), "start_date": ADMIRALONCO_STARTS})
    rows = [(name, *row) for name, records in ADMIRALONCO.items() for row in records]
    responses = pd.DataFrame(rows, columns=["subject", "date", "overall"])
    rules = EndpointRules(min_sd_days=28, **settings)
    assert list(best_responses(subjects, responses, rules=rules)["cbor"]) == expected


def test_dates_and_rows_are_those_of_the_first_record_of_the_kind():
    found = one([(20, "SD"), (45, "SD"), (56, "PR"), (63, "PR"), (100, "CR"), (150, "PD")])
    assert (found["bor"], days(found["bor_date"]), found["bor_row"]) == ("CR", 100, 4)
    assert (found["cbor"], days(found["cbor_date"]), found["cbor_row"]) == ("PR", 56, 2)
    assert (found["rsp"], days(found["rsp_date"]), found["crsp_row"]) == ("Y", 56, 2)
    assert (found["cb"], days(found["cb_date"]), found["ccb_row"]) == ("Y", 45, 1)
    assert (found["pd"], days(found["pd_date"]), found["pd_row"]) == ("Y", 150, 5)


def test_early_response_is_a_benefit_and_unconfirmed_it_is_not():
    found = one([(30, "PR"), (60, "PD")])
    assert (found["cb"], days(found["cb_date"])) == ("Y", 30)
    assert found["ccb"] == "N"
    assert pd.isna(found["ccb_date"])
    assert found["ccb_row"] == -1


def test_benefit_at_a_chosen_week():
    assert one([(167, "SD")], benefit_days=168)["cb"] == "N"
    assert one([(168, "SD")], benefit_days=168)["cb"] == "Y"


@pytest.mark.parametrize(
    ("settings", "bor"),
    [
        ({"new_therapy": "ignore"}, "CR"),
        ({"new_therapy": "event"}, "SD"),
        ({"new_therapy": "censor"}, "SD"),
        ({"new_therapy": "censor", "assessment_on_new_therapy_day_counts": True}, "PR"),
    ],
)
def test_assessments_after_a_new_therapy(settings, bor):
    assert one([(50, "SD"), (90, "PR"), (120, "CR")], therapy=90, **settings)["bor"] == bor


def test_cut_removes_later_assessments_and_later_patients():
    assert one([(50, "SD"), (90, "PR")], cut=89)["bor"] == "SD"
    assert one([(50, "SD"), (90, "PR")], cut=90)["bor"] == "PR"
    subjects = pd.DataFrame({"subject": [1, 2], "start_date": ["2024-01-01", "2024-03-01"]})
    responses = pd.DataFrame({"subject": [2], "date": ["2024-05-01"], "overall": ["SD"]})
    assert list(best_responses(subjects, responses, cut="2024-02-29")["subject"]) == [1]


def test_worse_after_complete_response_is_marked_for_review():
    assert one([(50, "CR"), (90, "PR")])["review"] == "CR-THEN-WORSE"
    assert one([(50, "PR"), (90, "CR")])["review"] == ""


def test_rates_count_by_best_response():
    best = pd.Series(["CR", "PR", "SD", "NON-CR/NON-PD", "PD", "NE", "MISSING"])
    assert list(is_responder(best)) == [True, True] + [False] * 5
    assert list(has_disease_control(best)) == [True] * 4 + [False] * 3


def test_nobody_gives_an_empty_table():
    empty = pd.DataFrame({"subject": [], "start_date": []})
    responses = pd.DataFrame({"subject": [], "date": [], "overall": []})
    assert best_responses(empty, responses).empty


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"overall": ["BETTER"]}, "Unknown response BETTER"),
        ({"date": [None]}, "The response in row 0 has no date"),
        ({"date": ["soon"]}, "Not a date: soon"),
    ],
)
def test_a_bad_response_is_refused(change, sentence):
    subjects = pd.DataFrame({"subject": [1], "start_date": ["2024-01-01"]})
    row = {"subject": [1], "date": ["2024-03-01"], "overall": ["SD"], **change}
    with pytest.raises(ValueError, match=sentence):
        best_responses(subjects, pd.DataFrame(row))


@pytest.mark.parametrize(
    ("subjects", "sentence"),
    [
        ({"subject": [1, 1], "start_date": ["2024-01-01"] * 2}, "Patient 1 is listed twice"),
        ({"subject": [1], "start_date": [None]}, "Patient 1 has no start date"),
    ],
)
def test_bad_subjects_are_refused(subjects, sentence):
    responses = pd.DataFrame({"subject": [], "date": [], "overall": []})
    with pytest.raises(ValueError, match=sentence):
        best_responses(pd.DataFrame(subjects), responses)
