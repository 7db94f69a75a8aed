"""The words and figures around a proposal."""

from datetime import date
from decimal import Decimal

import pytest

from outcomes.calc.decisions import RESPONSES
from outcomes.calc.ledger import FollowedLesion, Ledger, Mark, Scan
from outcomes.calc.rules import EndpointRules
from outcomes.queries.proposals import change, notes
from outcomes.words import RULES, review_sentences, rule_sentences

TARGET = FollowedLesion(1, 1, "TARGET", False, False)


def scan(key, day, mm, *, is_baseline=False):
    marks = {1: Mark("", Decimal(mm))} if mm else {}
    return Scan(key, f"V{key}", day, None, is_baseline, False, marks)


BASELINE = scan(0, date(2026, 1, 5), 40, is_baseline=True)


@pytest.mark.parametrize(
    ("now", "before", "text"),
    [
        pytest.param(28.0, 40.0, "−30.0 %", id="exactly 30 % less"),
        pytest.param(280.1, 400.0, "−29.9 %", id="a little less than that"),
        pytest.param(47.9, 40.0, "+19.7 %", id="just under 20 % more"),
        pytest.param(40.0, 40.0, "0.0 %", id="no change"),
        pytest.param(None, 40.0, "–", id="not measured"),
        pytest.param(4.0, 0.0, "–", id="from nothing"),
    ],
)
def test_change_reads_as_the_rule_compares_it(now, before, text):
    assert change(now, before) == text


def test_every_code_of_the_engine_has_its_sentence():
    rules = EndpointRules()
    for code in [*RESPONSES, *RULES]:
        assert all(rule_sentences(code, rules)), code
    assert len(rule_sentences("PD-20-5+PD-NEW-LESION", rules)) == 2
    assert len(review_sentences("EQUIVOCAL-NEW-LESION+CR-QUESTIONED+NADIR-0")) == 3


@pytest.mark.parametrize(("mm", "text"), [(5, "20 % and 5 mm"), (None, "20 % above")])
def test_sentence_of_progression_names_the_setting(mm, text):
    [sentence] = rule_sentences("PD-20-5", EndpointRules(pd_min_increase_mm=mm))
    assert text in sentence


@pytest.mark.parametrize(("day", "is_said"), [(16, False), (17, True)])
def test_a_second_scan_of_one_day_is_said(day, is_said):
    typed = scan(2, date(2026, 2, 17), 28)
    other = scan(1, date(2026, 2, day), 30)
    found = notes(Ledger((TARGET,), (BASELINE, other, typed)), typed)
    assert ["same day" in text for text in found] == [True] * is_said


def test_a_target_without_baseline_is_named():
    typed = scan(1, date(2026, 2, 17), 28)
    [text] = notes(Ledger((TARGET,), (typed,)), typed)
    assert "target lesion 1 has no diameter" in text
