"""ANOSIM and PERMDISP on small tables worked by hand."""

import numpy as np
import pytest
from scipy.stats import f_oneway

from microbiome.calc.counts import NotAnalyzable
from microbiome.calc.distances import bray_curtis, euclidean
from microbiome.calc.groups import anosim, permdisp, spatial_median
from microbiome.calc.permutations import free_orders

LINE = euclidean(np.array([[0.0], [1.0], [10.0], [12.0]]))
TWO = np.array(list("aabb"))


def test_anosim_of_groups_apart_is_1():
    found = anosim(LINE, TWO, free_orders(4, 99, 1))
    assert found.r == 1
    assert 0.2 < found.p < 0.5


def test_anosim_with_tied_distances():
    """All distances equal: every rank is the mean, R is 0 and every order a hit."""
    found = anosim(1 - np.eye(4), TWO, free_orders(4, 9, 1))
    assert (found.r, found.p) == (0, 1)


def test_permdisp_is_the_analysis_of_variance_of_the_spread():
    points = np.array([[0.0], [1.0], [5.0], [10.0], [12.0], [17.0]])
    groups = np.array(list("aaabbb"))
    found = permdisp(euclidean(points), groups, free_orders(6, 99, 1), to_median=False)
    spread = np.abs(points[:, 0] - np.repeat([2, 13], 3))
    assert found.distances == pytest.approx(spread)
    expected = f_oneway(spread[:3], spread[3:])
    assert (found.f, found.p_parametric) == pytest.approx(tuple(expected))
    assert found.mean_distances == pytest.approx([2, 8 / 3])
    to_median = permdisp(euclidean(points), groups, free_orders(6, 99, 1))
    assert to_median.distances == pytest.approx([1, 0, 4, 2, 0, 5], abs=1e-6)


def test_negative_axes_are_subtracted():
    counts = np.random.default_rng(4).poisson(1.5, (20, 8)) + 0.0
    distances, groups = bray_curtis(counts), np.repeat(["a", "b"], 10)
    found = permdisp(distances, groups, free_orders(20, 9, 1), to_median=False)
    # Squared distances within a group, by its size, sum to those from the centroid.
    for rows in (slice(0, 10), slice(10, 20)):
        inside = (distances[rows, rows] ** 2).sum() / 20
        assert (found.distances[rows] ** 2).sum() == pytest.approx(inside)


def test_spatial_median():
    assert spatial_median(np.array([[0.0, 0], [1, 0], [0, 1], [1, 1]])) == pytest.approx(0.5)
    # An angle of 120 degrees or more: the median is the point there.
    blunt = np.array([[0.0, 0], [10, 1], [-10, 1]])
    assert spatial_median(blunt) == pytest.approx([0, 0], abs=1e-6)
    assert spatial_median(np.ones((3, 2))) == pytest.approx(1)


def test_groups_of_two_scatter_too_alike_to_be_tested():
    with pytest.raises(NotAnalyzable, match="equally far"):
        permdisp(LINE, TWO, free_orders(4, 9, 1))


@pytest.mark.parametrize("test", [anosim, permdisp])
def test_identical_samples_are_refused(test):
    with pytest.raises(NotAnalyzable, match="identical"):
        test(np.zeros((4, 4)), TWO, free_orders(4, 9, 1))


@pytest.mark.parametrize("test", [anosim, permdisp])
@pytest.mark.parametrize(("groups", "reason"), [("aaaa", "one group"), ("abcd", "No group")])
def test_one_group_or_no_pair_is_refused(test, groups, reason):
    with pytest.raises(NotAnalyzable, match=reason):
        test(LINE, np.array(list(groups)), free_orders(4, 9, 1))
