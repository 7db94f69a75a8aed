"""Rarefaction: Hurlbert's formula by hand, and tables that are drawn."""

import numpy as np
import pytest

from microbiome.calc.counts import NotAnalyzable
from microbiome.calc.rarefaction import expected_richness, rarefied

COUNTS = np.array([[3.0, 1, 0], [2, 2, 2], [1, 0, 0]])


def test_expected_richness_by_hand():
    """Of 3 + 1 reads two are drawn in 6 ways: 3 with one feature, 3 with both."""
    found = expected_richness(COUNTS, 2)
    assert found == pytest.approx([1.5, 1 + 12 / 15, np.nan], nan_ok=True)


@pytest.mark.parametrize(
    ("depth", "expected"), [pytest.param(4, 2, id="all reads"), pytest.param(1, 1, id="one read")]
)
def test_expected_richness_at_the_ends(depth, expected):
    assert expected_richness(COUNTS, depth)[0] == pytest.approx(expected)


def test_too_deep_is_empty():
    assert np.isnan(expected_richness(COUNTS, 5)).tolist() == [True, False, True]


def test_drawn_tables_have_the_depth_and_the_expected_richness():
    counts = np.tile([5.0, 3, 1, 1], (4000, 1))
    drawn, kept = rarefied(counts, 4, seed=1)
    assert kept.all()
    assert (drawn.sum(axis=1) == 4).all()
    assert (drawn <= counts).all()
    mean = (drawn > 0).sum(axis=1).mean()
    assert mean == pytest.approx(expected_richness(counts[:1], 4)[0], abs=0.05)


def test_shallow_samples_are_left_out_and_the_seed_decides():
    drawn, kept = rarefied(COUNTS, 4, seed=1)
    assert kept.tolist() == [True, True, False]
    assert drawn.tobytes() == rarefied(COUNTS, 4, seed=1)[0].tobytes()
    assert rarefied(COUNTS, 9, seed=1)[0].shape == (0, 3)


def test_fractions_are_refused():
    with pytest.raises(NotAnalyzable, match="whole"):
        expected_richness(COUNTS / 2, 1)
