"""The QLQ-C30's scales: ends of the range, half of the items, and the summary."""

import subprocess
import sys
from random import Random

import numpy as np
import pandas as pd
import pytest

from outcomes.calc.qlq_c30 import (
    ITEMS,
    SCALES,
    SUMMARY,
    highest_answer,
    scale_score,
    summary_score,
)
from outcomes.calc.qlq_c30_table import qlq_c30_scores


def scores(**answers):
    row = pd.DataFrame([{name: answers.get(name, np.nan) for name in ITEMS}])
    return qlq_c30_scores(row).iloc[0]


def everything(best):
    return {name: 1 if best else highest_answer(n) for n, name in enumerate(ITEMS, start=1)}


def test_every_item_belongs_to_one_scale():
    assert sorted(item for scale in SCALES for item in scale.items) == list(range(1, 31))


def test_no_symptom_at_all():
    found = scores(**everything(best=True) | {"q29": 7, "q30": 7})
    functional = {scale.name for scale in SCALES if scale.kind != "symptom"} | {SUMMARY}
    assert {name: found[name] for name in found.index} == {
        name: 100.0 if name in functional else 0.0 for name in found.index
    }


def test_the_global_scale_is_not_turned():
    assert scores(q29=7, q30=7)["QL"] == 100.0
    assert scores(q29=1, q30=1)["QL"] == 0.0


@pytest.mark.parametrize(
    ("answers", "scale", "expected"),
    [
        ({"q1": 1, "q2": 2, "q3": 1}, "PF", 100 * (1 - (4 / 3 - 1) / 3)),
        ({"q1": 1, "q2": 2}, "PF", None),
        ({"q21": 2, "q22": 3}, "EF", 50.0),
        ({"q21": 2}, "EF", None),
        ({"q10": 4, "q12": 4}, "FA", 100.0),
        ({"q10": 4}, "FA", None),
        ({"q14": 2}, "NV", 100 / 3),
        ({}, "DY", None),
    ],
)
def test_half_of_the_items(answers, scale, expected):
    found = scores(**answers)[scale]
    assert pd.isna(found) if expected is None else found == pytest.approx(expected)


def test_the_summary_needs_all_of_its_scales_but_not_the_other_two():
    complete = everything(best=True)
    without = {name: value for name, value in complete.items() if name not in {"q28", "q29", "q30"}}
    assert scores(**without)[SUMMARY] == 100.0
    del without["q8"]
    assert pd.isna(scores(**without)[SUMMARY])


@pytest.mark.parametrize(("item", "answer"), [("q1", 5), ("q29", 8), ("q2", 0), ("q3", 1.5)])
def test_an_impossible_answer_is_refused(item, answer):
    with pytest.raises(ValueError, match=f"{item} must be answered from 1 to"):
        scores(**{item: answer})


def test_one_person_is_scored_as_the_table_is():
    rng = Random(30)
    for _ in range(100):
        answers = {
            name: None if rng.random() < 0.2 else rng.randint(1, highest_answer(item))
            for item, name in enumerate(ITEMS, start=1)
        }
        by_table = scores(**{name: value for name, value in answers.items() if value is not None})
        one = {scale.name: scale_score(scale, answers) for scale in SCALES}
        one[SUMMARY] = summary_score(answers)
        for name, score in one.items():
            if score is None:
                assert pd.isna(by_table[name]), name
            else:
                assert by_table[name] == pytest.approx(score), name


def test_scoring_one_person_needs_no_pandas():
    code = "import sys, outcomes.calc.qlq_c30; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
