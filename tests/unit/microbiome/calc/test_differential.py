"""Tests by feature: against SciPy with its method pinned, and where nothing can be tested."""

import numpy as np
import pytest
from scipy import stats

from microbiome.calc.counts import NotAnalyzable
from microbiome.calc.differential import adjusted, kruskal, rank_sum, signed_rank, welch

random = np.random.default_rng(11)
# Small whole numbers: ties and zeros.
VALUES = random.integers(-3, 5, (25, 6)).astype(float)
FIRST = np.arange(25) < 11


def test_signed_rank():
    found = signed_rank(VALUES)
    for column, p, v in zip(VALUES.T, found.p, found.statistic, strict=True):
        expected = stats.wilcoxon(
            column, correction=True, method="asymptotic", zero_method="wilcox"
        )
        ranks = stats.rankdata(np.abs(column[column != 0]))
        assert v == ranks[column[column != 0] > 0].sum()
        assert p == pytest.approx(expected.pvalue, rel=1e-12)


def test_rank_sum():
    found = rank_sum(VALUES, FIRST)
    for column, p, w in zip(VALUES.T, found.p, found.statistic, strict=True):
        expected = stats.mannwhitneyu(column[FIRST], column[~FIRST], method="asymptotic")
        assert (w, p) == (expected.statistic, pytest.approx(expected.pvalue, rel=1e-12))


def test_kruskal_of_three_groups():
    codes = np.repeat([0, 1, 2], [8, 8, 9])
    found = kruskal(VALUES, codes)
    for column, p, h in zip(VALUES.T, found.p, found.statistic, strict=True):
        expected = stats.kruskal(*(column[codes == code] for code in range(3)))
        assert (h, p) == pytest.approx(tuple(expected), rel=1e-10)


def test_welch():
    found = welch(VALUES, FIRST)
    expected = stats.ttest_ind(VALUES[FIRST], VALUES[~FIRST], equal_var=False)
    assert found.statistic == pytest.approx(expected.statistic)
    assert found.p == pytest.approx(expected.pvalue)


@pytest.mark.parametrize(
    "test",
    [
        pytest.param(lambda values: signed_rank(values - values), id="signed rank"),
        pytest.param(lambda values: rank_sum(values, FIRST), id="rank sum"),
        pytest.param(lambda values: kruskal(values, FIRST.astype(int)), id="kruskal"),
        pytest.param(lambda values: welch(values, FIRST), id="welch"),
    ],
)
def test_a_feature_without_variation_is_not_tested(test):
    found = test(np.full((25, 2), 0.1))
    assert np.isnan(found.p).all()
    assert np.isnan(found.statistic).all()


def test_the_middle_has_p_1():
    assert signed_rank(np.array([[1.0], [-1.0]])).p[0] == 1
    assert rank_sum(np.array([[1.0], [2], [2], [3]]), np.array([1, 0, 0, 1], bool)).p[0] == 1


def test_adjustment_counts_what_was_tested():
    found, m = adjusted(np.array([0.01, np.nan, 0.04, 0.03]))
    assert m == 3
    assert found == pytest.approx([0.03, np.nan, 0.04, 0.04], nan_ok=True)
    assert adjusted(np.array([np.nan]))[1] == 0


def test_no_patient_and_one_sample_are_refused():
    with pytest.raises(NotAnalyzable, match="No patient"):
        signed_rank(np.zeros((0, 3)))
    with pytest.raises(NotAnalyzable, match="two samples in each group"):
        welch(np.zeros((3, 1)), np.array([True, False, False]))


@pytest.mark.parametrize(
    "test",
    [
        pytest.param(signed_rank, id="paired"),
        pytest.param(lambda values: rank_sum(values, np.arange(30) < 15), id="between"),
    ],
)
def test_p_is_uniform_where_nothing_happens(test):
    values = np.random.default_rng(12).normal(size=(30, 800))
    assert stats.kstest(test(values).p, "uniform").pvalue > 0.01
