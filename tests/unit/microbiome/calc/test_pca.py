"""Principal components: against the singular value decomposition, and what is left out."""

import numpy as np
import pytest

from microbiome.calc.counts import NotAnalyzable
from microbiome.calc.pca import pca


@pytest.mark.parametrize("shape", [(8, 20), (20, 8)])
@pytest.mark.parametrize("scaling", ["none", "unit", "pareto"])
def test_components_are_those_of_the_svd(shape, scaling):
    table = np.random.default_rng(1).normal(size=shape) * np.arange(1, shape[1] + 1)
    found = pca(table, axes=3, scaling=scaling)
    deviation = table.std(axis=0, ddof=1)
    centered = table - table.mean(axis=0)
    centered /= {"none": 1, "unit": deviation, "pareto": np.sqrt(deviation)}[scaling]
    left, size, right = np.linalg.svd(centered, full_matrices=False)
    assert found.sdev == pytest.approx(size / np.sqrt(shape[0] - 1), abs=1e-8)
    assert np.abs(found.loadings) == pytest.approx(np.abs(right[:3].T), abs=1e-10)
    assert np.abs(found.scores) == pytest.approx(np.abs(left[:, :3] * size[:3]), abs=1e-9)
    assert found.shares.sum() == pytest.approx(1)


def test_the_largest_loading_of_each_axis_is_positive():
    loadings = pca(np.random.default_rng(2).normal(size=(9, 6)), axes=6).loadings
    assert np.array_equal(loadings.max(axis=0), np.abs(loadings).max(axis=0))


def test_of_loadings_equal_but_for_rounding_the_first_is_positive():
    loadings = pca(np.array([[1.0, -1], [2, -2], [4, -4]]), axes=1).loadings
    assert loadings[:, 0] == pytest.approx([0.5**0.5, -(0.5**0.5)])


def test_constant_features_are_left_out_when_scaling_only():
    table = np.c_[np.full(5, 0.1), np.random.default_rng(3).normal(size=(5, 2))]
    assert pca(table, axes=2).kept.tolist() == [True, True, True]
    assert pca(table, axes=2, scaling="unit").kept.tolist() == [False, True, True]


def test_without_centering():
    table = np.array([[1.0, 2], [3, 4], [5, 7]])
    found = pca(table, axes=2, center=False, scaling="unit")
    scaled = table / np.sqrt((table**2).sum(axis=0) / 2)
    assert found.sdev == pytest.approx(np.linalg.svd(scaled)[1] / np.sqrt(2))


@pytest.mark.parametrize(
    ("table", "reason"), [([[1.0, 2]], "one sample"), ([[1.0, 2], [1, 2]], "No feature varies")]
)
def test_nothing_that_varies_is_refused(table, reason):
    with pytest.raises(NotAnalyzable, match=reason):
        pca(np.array(table), axes=1)
