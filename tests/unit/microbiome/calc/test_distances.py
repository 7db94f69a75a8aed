"""Distances between samples: values worked by hand, and what every distance keeps."""

import numpy as np
import pytest

from microbiome.calc.counts import NotAnalyzable, centered_log_ratios, log_proportions
from microbiome.calc.distances import METRICS, euclidean

X = np.array([[4, 4, 0, 0], [2, 0, 6, 0], [8, 8, 0, 0], [4, 4, 0, 0]], dtype=float)


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("braycurtis", 0.75),
        ("braycurtis-counts", (2 + 4 + 6) / 16),
        ("jaccard", 1 - 1 / 3),
        ("aitchison", 2 * np.std(np.log([1.8, 9, 1 / 13, 1]))),
    ],
)
def test_first_two_samples_by_hand(metric, expected):
    assert METRICS[metric](X)[0, 1] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("metric", METRICS)
def test_symmetric_and_zero_on_the_diagonal_and_between_identical_samples(metric):
    found = METRICS[metric](X)
    assert np.array_equal(found, found.T)
    assert not found.diagonal().any()
    assert found[0, 3] == 0


def test_depth_counts_only_for_bray_curtis_of_counts():
    assert METRICS["braycurtis"](X)[0, 2] == 0
    assert METRICS["braycurtis-counts"](X)[0, 2] == pytest.approx(1 / 3)


@pytest.mark.parametrize("metric", ["braycurtis", "braycurtis-counts", "jaccard"])
def test_an_all_zero_feature_changes_nothing(metric):
    wider = np.c_[X, np.zeros(len(X))]
    assert np.allclose(METRICS[metric](wider), METRICS[metric](X), atol=1e-15)


@pytest.mark.parametrize("metric", METRICS)
def test_empty_sample_is_refused(metric):
    with pytest.raises(NotAnalyzable, match="empty"):
        METRICS[metric](np.r_[X, np.zeros((1, 4))])


def test_near_samples_keep_their_digits():
    table = np.array([[1e4, 1.0], [1e4, 1.0 + 1e-7], [-3e4, 5.0]])
    assert euclidean(table)[0, 1] == pytest.approx(1e-7, rel=1e-6)


def test_log_ratios_sum_to_zero_and_logs_have_half_a_count():
    assert centered_log_ratios(X).sum(axis=1) == pytest.approx(0, abs=1e-12)
    assert log_proportions(X)[0] == pytest.approx(np.log2([0.45, 0.45, 0.05, 0.05]))
