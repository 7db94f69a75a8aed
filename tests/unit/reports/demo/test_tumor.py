from decimal import Decimal

import pytest

from reports.demo.history.chance import seeded
from reports.demo.history.tumor import (
    Lesion,
    Reader,
    Tumor,
    deal_behaviors,
    draw_tumor,
)
from reports.demo.population import POPULATIONS

HCC = POPULATIONS[0]


def tumor(*, decay=0.0, growth=0.0, new_lesion_day=9999, non_target_day=9999, lesions=None):
    liver = Lesion(1, "target", "liver", "segment V", baseline_mm=50)
    return Tumor(
        lesions=lesions or (liver,),
        decay=decay,
        growth=growth,
        new_lesion_day=new_lesion_day,
        new_organ="lung",
        non_target_day=non_target_day,
        equivocal_day=None,
    )


def read(of, *days):
    reader = Reader(of, seeded("reader"), with_viable=False)
    reader.read_baseline()
    return [reader.read(day).response for day in days]


def test_relative_size_is_one_at_baseline():
    assert tumor(decay=0.3, growth=0.1).relative_size(0) == pytest.approx(1)


def test_relative_size_follows_the_published_curve():
    # e^(-0.2) + e^(0.1) - 1 after one month.
    of = tumor(decay=0.2, growth=0.1)
    assert of.relative_size(30) == pytest.approx(0.81873 + 1.10517 - 1, abs=0.01)


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        pytest.param(tumor(growth=0.30), ["SD", "PD"], id="growing"),
        pytest.param(tumor(decay=0.30), ["SD", "PR"], id="shrinking"),
        pytest.param(tumor(decay=9.0), ["PR", "CR"], id="too small, then gone"),
        pytest.param(tumor(new_lesion_day=60), ["SD", "PD"], id="new lesion"),
        pytest.param(tumor(), ["SD", "SD"], id="stable"),
    ],
)
def test_reader_names_the_response(of, expected):
    days = (10, 62)
    assert read(of, *days) == expected


def test_non_target_progression_is_progression():
    lesions = (
        Lesion(1, "target", "liver", "", baseline_mm=50),
        Lesion(2, "non-target", "bone", ""),
    )
    assert read(tumor(lesions=lesions, non_target_day=50), 42, 84) == ["SD", "PD"]


def test_node_keeps_a_short_axis_when_all_else_is_gone():
    reader = Reader(
        tumor(decay=9.0, lesions=(Lesion(1, "target", "lymph-node", "", baseline_mm=20),)),
        seeded("node"),
        with_viable=False,
    )
    reader.read_baseline()
    reading = reader.read(84)
    assert reading.rows[0].values["diameter_mm"] == Decimal(5)
    assert reading.response == "CR"


def test_viable_diameter_lies_within_the_whole_one():
    reader = Reader(tumor(decay=0.3), seeded("viable"), with_viable=True)
    reader.read_baseline()
    for day in range(30, 360, 30):
        values = reader.read(day).rows[0].values
        assert values.get("viable_mm", 0) <= values.get("diameter_mm", 0)


def test_drawn_targets_keep_the_limits_of_recist():
    for number in range(300):
        rng = seeded("limits", number)
        targets = [
            lesion.organ
            for lesion in draw_tumor(rng, "hcc", HCC.behaviors[0]).lesions
            if lesion.kind == "target"
        ]
        assert 1 <= len(targets) <= 5
        assert all(targets.count(organ) <= 2 for organ in targets)


@pytest.mark.parametrize("population", POPULATIONS, ids=lambda each: each.slug)
def test_behaviors_are_dealt_in_their_shares(population):
    dealt = deal_behaviors(seeded("deal"), population)
    assert len(dealt) == population.enrolled
    for behavior in population.behaviors:
        assert abs(dealt.count(behavior) - behavior.share * population.enrolled) <= 1
