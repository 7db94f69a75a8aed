"""NMDS: perfect orders, ties, starts and seeds."""

import numpy as np
import pytest

from microbiome.calc import nmds as module
from microbiome.calc.counts import NotAnalyzable
from microbiome.calc.distances import euclidean, jaccard
from microbiome.calc.nmds import nmds, shepard


@pytest.fixture(scope="module")
def tied():
    return jaccard((np.random.default_rng(5).random((14, 9)) < 0.5) + np.eye(14, 9))


@pytest.fixture(scope="module")
def found(tied):
    return nmds(tied, axes=2, seed=2)


@pytest.fixture
def few_moves(monkeypatch):
    """Where it does not matter how good the best is."""
    monkeypatch.setattr(module, "MOST_MOVES", 3)


@pytest.mark.usefixtures("few_moves")
def test_points_in_a_plane_are_found_again():
    points = np.random.default_rng(1).normal(size=(15, 2))
    found = nmds(euclidean(points) ** 2, axes=2, seed=1)
    assert found.stress < 1e-3
    order = np.argsort(euclidean(points)[np.triu_indices(15, 1)])
    shown = euclidean(found.scores)[np.triu_indices(15, 1)][order]
    assert np.corrcoef(np.arange(len(shown)), np.argsort(np.argsort(shown)))[0, 1] > 0.999


def test_stress_is_kruskal_s_of_the_shepard_plot(tied, found):
    plot = shepard(tied, found.scores)
    off = ((plot.shown - plot.fitted) ** 2).sum() / (plot.shown**2).sum()
    assert found.stress == pytest.approx(np.sqrt(off), abs=1e-12)
    order = np.lexsort((plot.shown, plot.given))
    assert (np.diff(plot.fitted[order]) >= -1e-12).all()


def test_ties_are_weak(tied, found):
    """Pairs with one distance may be shown with several."""
    plot = shepard(tied, found.scores)
    spread = [np.ptp(plot.fitted[plot.given == value]) for value in np.unique(plot.given)]
    assert max(spread) > 0.01


def test_the_slope_is_that_of_the_stress(tied):
    stress = module._Stress(tied, 2)
    point = np.random.default_rng(0).normal(size=28)
    _value, slope = stress(point)
    for i in (0, 13, 27):
        step = np.eye(28)[i] * 1e-6
        numeric = (stress(point + step)[0] - stress(point - step)[0]) / 2e-6
        assert slope[i] == pytest.approx(numeric, abs=1e-6)


def test_scores_are_centered_turned_scaled_and_signed(found):
    scores = found.scores
    assert scores.mean(axis=0) == pytest.approx(0, abs=1e-12)
    assert (scores**2).sum() == pytest.approx(14)
    assert (scores.T @ scores)[0, 1] == pytest.approx(0, abs=1e-9)
    assert np.array_equal(scores.max(axis=0), np.abs(scores).max(axis=0))


@pytest.mark.usefixtures("few_moves")
def test_the_same_seed_gives_the_same_bytes(tied):
    first, second = (nmds(tied, axes=2, seed=7) for _time in range(2))
    assert first.scores.tobytes() == second.scores.tobytes()
    assert (first.stress, first.starts, first.seed) == (second.stress, second.starts, 7)


def test_the_seed_hardly_matters(tied, found):
    other = nmds(tied, axes=2, seed=3)
    assert (other.starts, other.seed) == (21, 3)
    assert other.stress == pytest.approx(found.stress, abs=1e-4)


def test_moves_end_when_they_bring_nothing(tied, monkeypatch):
    monkeypatch.setattr(module, "MOST_MOVES", 0)
    alone = nmds(tied, axes=2, seed=3, starts=1)
    assert (alone.starts, alone.reached_best >= 1) == (2, True)
    monkeypatch.setattr(module, "MOST_MOVES", 40)
    assert nmds(tied, axes=2, seed=3, starts=1).stress <= alone.stress + 1e-9


@pytest.mark.parametrize(
    ("samples", "is_refused"), [pytest.param(2, True, id="2"), pytest.param(3, False, id="3")]
)
def test_more_samples_than_axes(samples, is_refused):
    distances = 1 - np.eye(samples)
    if is_refused:
        with pytest.raises(NotAnalyzable, match="more than 2 samples, not 2"):
            nmds(distances, axes=2, seed=1)
    else:
        assert nmds(distances, axes=2, seed=1).is_degenerate


@pytest.mark.usefixtures("few_moves")
def test_identical_samples_stay_together():
    table = np.random.default_rng(6).normal(size=(8, 5))
    table[7] = table[0]
    scores = nmds(euclidean(table), axes=2, seed=1).scores
    assert scores[7] == pytest.approx(scores[0], abs=0.05)


def test_all_samples_identical_are_refused():
    with pytest.raises(NotAnalyzable, match="identical"):
        nmds(np.zeros((5, 5)), axes=2, seed=1)
