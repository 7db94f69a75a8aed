"""Alpha diversity: values worked by hand, and where an index is not defined."""

import math

import numpy as np
import pytest

from microbiome.calc.alpha import (
    EMPTY,
    INDICES,
    NOTHING_RARE,
    ONE_FEATURE,
    ONE_READ,
    ONLY_SINGLETONS,
    alpha,
    has_singletons,
    remarks,
)
from microbiome.calc.counts import NotAnalyzable


def of(*counts, is_counts=True):
    table = np.array([counts], dtype=float)
    found = alpha(table, is_counts=is_counts)
    values = {name: getattr(found, name)[0] for name in INDICES}
    said = {index: reason for _s, index, reason in remarks(table, found, is_counts=is_counts)}
    return values, said


def test_all_indices_by_hand():
    values, said = of(4, 2, 1, 1, 0)
    assert values["observed"] == 4
    assert values["chao1"] == 4 + 2 * 1 / (2 * 2)
    assert values["shannon"] == pytest.approx(1.75 * math.log(2))
    assert values["simpson"] == pytest.approx(1 - 22 / 64)
    assert values["simpson_d"] == pytest.approx(14 / 56)
    assert values["inv_simpson"] == pytest.approx(64 / 22)
    assert values["pielou"] == pytest.approx(1.75 / 2)
    assert values["goods_coverage"] == 0.75
    # Rare: 4 features of 8 reads, coverage 3/4, CV² = 4 / 0.75 × 14/56 − 1 = 1/3.
    assert values["ace"] == pytest.approx((4 + 2 / 3) / 0.75)
    assert values["ace1"] == values["ace"]
    assert said == {}


def test_ace_1_where_the_rare_features_vary_much():
    """CV² = 11 / (10/20) × 90/380 − 1 = 4.21; ACE-1's is that times 1 + 20 × 1/2 × 90/190."""
    values, _said = of(10, *[1] * 10)
    squared = 11 / 0.5 * 90 / 380 - 1
    assert values["ace"] == pytest.approx((11 + 10 * squared) / 0.5)
    more = squared * (1 + 20 * 0.5 * 90 / (0.5 * 380))
    assert values["ace1"] == pytest.approx((11 + 10 * more) / 0.5)


@pytest.mark.parametrize(
    ("reads", "rare"), [pytest.param(10, True, id="10"), pytest.param(11, False, id="11")]
)
def test_a_feature_of_10_reads_is_rare_and_of_11_is_not(reads, rare):
    values, said = of(reads, reads, 1)
    coverage = 1 - 1 / (2 * reads + 1)
    if rare:
        assert values["ace"] == pytest.approx(3 / coverage + max(0, _cv(reads)) / coverage)
        assert said == {}
    else:
        assert math.isnan(values["ace"])
        assert said == {"ace": ONLY_SINGLETONS, "ace1": ONLY_SINGLETONS}


def _cv(reads):
    total = 2 * reads + 1
    return 3 / (1 - 1 / total) * 2 * reads * (reads - 1) / (total * (total - 1)) - 1


def test_nothing_rare_is_the_observed_number_and_said():
    values, said = of(50, 20, 11)
    assert (values["ace"], values["ace1"], values["chao1"]) == (3, 3, 3)
    assert said == {"ace": NOTHING_RARE}


def test_empty_sample():
    values, said = of(0, 0)
    assert values.pop("observed") == 0
    assert values.pop("chao1") == 0
    assert all(math.isnan(value) for value in values.values())
    assert said == {"": EMPTY}


def test_one_feature():
    values, said = of(7, 0)
    assert (values["shannon"], values["simpson"], values["inv_simpson"]) == (0, 0, 1)
    assert math.copysign(1, values["shannon"]) == 1
    assert math.isnan(values["pielou"])
    assert said == {"pielou": ONE_FEATURE}


def test_only_singletons():
    values, said = of(1, 1, 1)
    assert values["chao1"] == 3 + 3 * 2 / 2
    assert values["goods_coverage"] == 0
    assert said == {"ace": ONLY_SINGLETONS, "ace1": ONLY_SINGLETONS}


def test_one_read_has_no_d_of_mothur():
    values, said = of(1, 0)
    assert math.isnan(values["simpson_d"])
    assert said["simpson_d"] == ONE_READ


def test_no_singletons():
    values, said = of(4, 3, 2)
    assert (values["chao1"], values["ace"], values["goods_coverage"]) == (3, 3, 1)
    assert said == {}


def test_an_all_zero_feature_changes_nothing():
    assert of(4, 2, 1, 1) == of(4, 0, 2, 1, 1, 0)


def test_proportions_have_no_indices_of_counts():
    values, said = of(0.5, 0.25, 0.25, is_counts=False)
    assert values["shannon"] == pytest.approx(1.5 * math.log(2))
    assert values["observed"] == 3
    missing = ("chao1", "ace", "ace1", "simpson_d", "goods_coverage")
    assert all(math.isnan(values[name]) for name in missing)
    assert said == {}


@pytest.mark.parametrize(("counts", "reason"), [((0.5, 1), "whole"), ((-1, 2), "negative")])
def test_no_counts_are_refused(counts, reason):
    with pytest.raises(NotAnalyzable, match=reason):
        of(*counts)


@pytest.mark.parametrize(
    ("with_one", "expected"),
    [pytest.param(5, False, id="5 of 100"), pytest.param(6, True, id="6 of 100")],
)
def test_singletons_in_almost_no_sample(with_one, expected):
    table = np.full((100, 2), 3.0)
    table[:with_one, 0] = 1
    assert has_singletons(table) is expected
