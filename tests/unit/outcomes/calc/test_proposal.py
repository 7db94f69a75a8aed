"""The page and the night propose the same: random patients, every setting of RECIST."""

import math
from datetime import date, timedelta

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from outcomes.calc.irecist import irecist_responses
from outcomes.calc.proposal import Reading, propose, propose_immune
from outcomes.calc.recist import timepoint_responses
from outcomes.calc.rules import EndpointRules
from tests.unit.outcomes.calc.conftest import Scans

SIZES = st.one_of(st.none(), st.integers(0, 60).map(lambda mm: mm / 2), st.just("ABSENT"))
STATES = st.sampled_from(
    ["PRESENT", "ABSENT", "INCREASED", "NOT EVALUABLE", "UNEQUIVOCAL PROGRESSION", None]
)


@st.composite
def patients(draw):
    """Lesions as (kind, node, baseline, values per visit, first visit, unequivocal)."""
    visits = draw(st.integers(1, 5))
    lesions = []
    for _ in range(draw(st.integers(0, 3))):
        values = draw(st.lists(SIZES, min_size=visits, max_size=visits))
        baseline = draw(st.integers(20, 60)) / 2
        lesions.append(("TARGET", draw(st.booleans()), baseline, values, None, False))
    for _ in range(draw(st.integers(0, 2))):
        values = draw(st.lists(STATES, min_size=visits, max_size=visits))
        lesions.append(("NON-TARGET", draw(st.booleans()), None, values, None, False))
    if draw(st.booleans()):
        first = draw(st.integers(0, visits - 1))
        later = draw(st.lists(STATES, min_size=visits - first, max_size=visits - first))
        values = [None] * first + later
        lesions.append(("NEW NON-TARGET", False, None, values, first, draw(st.booleans())))
    return visits, lesions


RULES = st.builds(
    EndpointRules,
    sticky_partial_response=st.booleans(),
    after_complete_response=st.sampled_from(["pd", "sum_rule"]),
    node_after_complete_response=st.sampled_from(["pd", "sum_rule"]),
    nadir_zero=st.sampled_from(["pd", "sum_rule"]),
)


def tables(visits, lesions):
    scans = Scans()
    scans.lesions, scans.scans = [], []
    for n in range(visits):
        date = (pd.Timestamp("2024-01-01") + pd.Timedelta(days=42 * (n + 1))).date().isoformat()
        scans.scans.append(["P1", f"V{n + 1}", date, "", None, ""])
    for number, (kind, node, baseline, values, first, sure) in enumerate(lesions):
        shown = "" if first is None else f"V{first + 1}"
        name = f"L{number}"
        scans.lesion(
            name,
            values,
            kind=kind,
            baseline=baseline,
            node="Y" if node else "N",
            new=shown,
            sure="Y" if sure else "N",
        )
    return scans.frames()


def page(visits, lesions):
    return [[_reading(lesion, n) for lesion in lesions] for n in range(visits)]


def _reading(lesion, n):
    kind, node, baseline, values, first, sure = lesion
    value = values[n]
    size = 0.0 if value == "ABSENT" else value if isinstance(value, float) else math.nan
    return Reading(
        kind=kind,
        is_node=node,
        state=value if isinstance(value, str) else "",
        size_um=1000 * size,
        baseline_um=1000 * baseline if baseline is not None else math.nan,
        is_shown=first == n,
        is_known=first is not None and n >= first,
        is_confirmed=sure or "UNEQUIVOCAL PROGRESSION" in values,
    )


@settings(max_examples=60, deadline=None)
@given(patients(), RULES)
def test_page_and_night_agree(patient, rules):
    found = timepoint_responses(*tables(*patient), rules=rules)
    proposals = propose(page(*patient), rules)
    for name in ("target", "nontarget", "overall", "rule", "review", "targets_missing"):
        assert list(found[name]) == [getattr(item, name) for item in proposals], name
    for name in ("sum_mm", "measured_mm", "baseline_mm", "nadir_mm", "change_pct"):
        expected = [None if pd.isna(value) else value for value in found[name]]
        assert expected == [getattr(item, name) for item in proposals], name


@settings(max_examples=60, deadline=None)
@given(patients(), RULES)
def test_page_and_night_agree_on_irecist(patient, rules):
    found = irecist_responses(*tables(*patient), rules=rules)
    days = [date(2024, 1, 1) + timedelta(days=42 * (n + 1)) for n in range(patient[0])]
    proposals = propose_immune(page(*patient), days, rules)
    assert list(found["irecist"]) == [item.answer for item in proposals]


def test_a_patient_without_visits():
    assert propose([], EndpointRules()) == []
    assert propose_immune([], [], EndpointRules()) == []
