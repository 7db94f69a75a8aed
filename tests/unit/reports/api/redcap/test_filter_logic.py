"""`filterLogic`: what it can be, and what holds."""

import pytest

from reports.api.redcap.call import Refusal
from reports.api.redcap.filter_logic import parse_filter

KNOWN = {"sex", "weight_kg", "started_on"}


def holds(logic, **values):
    return all(each.holds(values) for each in parse_filter(logic, KNOWN))


@pytest.mark.parametrize(
    ("logic", "values", "expected"),
    [
        ("", {}, True),
        ("[sex] = 'F'", {"sex": "F"}, True),
        ('[sex]="F"', {"sex": "M"}, False),
        ("[sex] = 'F'", {}, False),
        ("[sex] = ''", {}, True),
        ("[sex] <> 'F'", {"sex": "M"}, True),
        ("[sex] != 'F'", {"sex": "F"}, False),
        ("[weight_kg] = 80", {"weight_kg": "80.0"}, True),
        ("[weight_kg] > 80", {"weight_kg": "80"}, False),
        ("[weight_kg] > 80", {"weight_kg": "80.1"}, True),
        ("[weight_kg] >= '80'", {"weight_kg": "80"}, True),
        ("[weight_kg] < 80", {"weight_kg": "9"}, True),
        ("[weight_kg] <= 80", {"weight_kg": "80.1"}, False),
        ("[weight_kg] < -1.5", {"weight_kg": "-2"}, True),
        ("[started_on] >= '2026-02-01'", {"started_on": "2026-02-01"}, True),
        ("[started_on] < '2026-02-01'", {"started_on": "2026-02"}, True),
        ("[sex] = 'F' and [weight_kg] > 80", {"sex": "F", "weight_kg": "81"}, True),
        ("[sex] = 'F' AND [weight_kg] > 80", {"sex": "F", "weight_kg": "79"}, False),
        ("[sex] = 'and'", {"sex": "and"}, True),
    ],
)
def test_comparisons(logic, values, expected):
    assert holds(logic, **values) is expected


@pytest.mark.parametrize("value", ["", "ND", "UNK", "NA", "words"])
@pytest.mark.parametrize("sign", ["<", "<=", ">", ">="])
def test_what_is_no_number_is_neither_less_nor_more(sign, value):
    assert not holds(f"[weight_kg] {sign} 80", weight_kg=value)


@pytest.mark.parametrize("sign", ["<", ">"])
def test_missing_code_is_neither_before_nor_after_a_day(sign):
    assert not holds(f"[started_on] {sign} '2026-02-01'", started_on="UNK")


@pytest.mark.parametrize(
    "logic",
    [
        "[sex] = 'F' or [sex] = 'M'",
        "[sex]",
        "[sex] = F",
        "[sex] = 'F' and",
        "([sex] = 'F')",
        "[screening_arm_1][sex] = 'F'",
        "[sex] = 'F' [sex] = 'M'",
        "datediff([started_on], 'today', 'd') > 3",
        "[sex] = 'F' anding [sex] = 'M'",
    ],
)
def test_anything_else_is_refused_with_what_it_can_be(logic):
    with pytest.raises(Refusal, match="not supported"):
        parse_filter(logic, KNOWN)


def test_unknown_field_is_refused_by_name():
    with pytest.raises(Refusal, match="does not exist: weight"):
        parse_filter("[weight] = 1", KNOWN)
