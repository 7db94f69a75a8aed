"""Principal coordinates: distances come back, shares, and the two ways of computing agree."""

import numpy as np
import pytest

from microbiome.calc import pcoa as module
from microbiome.calc.distances import bray_curtis, euclidean
from microbiome.calc.pcoa import pcoa


@pytest.fixture(scope="module")
def points():
    return np.random.default_rng(3).normal(size=(30, 3)) * [3, 2, 1]


@pytest.fixture(scope="module")
def semimetric():
    return bray_curtis(np.random.default_rng(4).poisson(1.5, (40, 12)) + 0.0)


def test_euclidean_distances_come_back(points):
    found = pcoa(euclidean(points), axes=10)
    assert found.scores.shape == (30, 3)
    assert euclidean(found.scores) == pytest.approx(euclidean(points), abs=1e-9)
    assert found.negative_sum == pytest.approx(0, abs=1e-9)
    assert found.shares.sum() == pytest.approx(1)


def test_shares_are_of_the_positive_sum_however_many_axes(semimetric):
    one, all_axes = pcoa(semimetric, axes=1), pcoa(semimetric, axes=40)
    assert one.negative_sum < -0.01
    assert one.shares[0] == all_axes.shares[0] == one.eigenvalues[0] / one.positive_sum
    assert (one.shares >= 0).all()
    assert all_axes.scores.shape[1] == (all_axes.eigenvalues > 1e-9).sum()


def test_the_largest_score_of_each_axis_is_positive(points):
    scores = pcoa(euclidean(points), axes=3).scores
    assert np.array_equal(scores.max(axis=0), np.abs(scores).max(axis=0))


def test_lanczos_gives_the_same_axes(semimetric, monkeypatch):
    full = pcoa(semimetric, axes=4)
    monkeypatch.setattr(module, "FULL_BELOW", 40)
    found = pcoa(semimetric, axes=4)
    assert found.scores == pytest.approx(full.scores, abs=1e-9)
    assert found.eigenvalues == pytest.approx(full.eigenvalues, abs=1e-12)
    assert np.array_equal(found.scores, pcoa(semimetric, axes=4).scores)


def test_identical_samples_have_no_axes():
    found = pcoa(np.zeros((3, 3)), axes=2)
    assert found.scores.shape == (3, 0)
    assert not found.shares.any()
