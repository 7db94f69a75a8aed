"""PERMANOVA: on Euclidean distances of one variable it is the analysis of variance."""

import numpy as np
import pytest
from scipy.stats import f_oneway, kstest

from microbiome.calc import permanova as module
from microbiome.calc.counts import NotAnalyzable
from microbiome.calc.distances import euclidean
from microbiome.calc.formula import parse_formula, term_columns
from microbiome.calc.permanova import permanova
from microbiome.calc.permutations import free_orders, within_orders

ARM = np.array(list("aabbbccc"))
Y = np.array([1.0, 2.5, 4.0, 3.0, 5.5, 0.5, 1.0, 9.0])


def model(text, **data):
    return [(term, term_columns(term, data)) for term in parse_formula(text)]


def test_one_factor_is_the_analysis_of_variance():
    found = permanova(euclidean(Y[:, None]), model("~ arm", arm=ARM), free_orders(8, 9, 1))
    arm, residual, total = found
    expected = f_oneway(*(Y[name == ARM] for name in "abc"))
    assert arm.f == pytest.approx(expected.statistic)
    assert (arm.df, residual.df, total.df) == (2, 5, 7)
    assert total.ss == pytest.approx(((Y - Y.mean()) ** 2).sum())
    assert arm.r2 + residual.r2 == pytest.approx(total.r2) == 1
    assert (residual.f, residual.p, total.p) == (None, None, None)


def test_numbers_have_one_degree_of_freedom():
    age = np.arange(8.0)
    line = permanova(euclidean(Y[:, None]), model("~ age", age=age), free_orders(8, 9, 1))[0]
    assert (line.df, line.r2) == (1, pytest.approx(np.corrcoef(age, Y)[0, 1] ** 2))


def test_terms_are_sequential_and_margins_are_not():
    data = {"arm": ARM, "age": np.array([3.0, 1, 4, 1, 5, 9, 2, 6])}
    distances, orders = euclidean(Y[:, None]), free_orders(8, 9, 1)
    first = {line.term: line for line in permanova(distances, model("~ arm + age", **data), orders)}
    last = {line.term: line for line in permanova(distances, model("~ age + arm", **data), orders)}
    beside = permanova(distances, model("~ arm + age", **data), orders, by="margin")
    assert first["arm"].ss != pytest.approx(last["arm"].ss)
    assert first["Residual"].ss == pytest.approx(last["Residual"].ss)
    assert [line.ss for line in beside[:2]] == pytest.approx([last["arm"].ss, first["age"].ss])


def test_a_margin_leaves_out_what_is_in_an_interaction():
    data = {"arm": ARM[:6], "visit": np.array(list("121212"))}
    lines = permanova(
        euclidean(Y[:6, None]), model("~ arm * visit", **data), free_orders(6, 9, 1), by="margin"
    )
    assert [line.term for line in lines] == ["arm:visit", "Residual", "Total"]


def test_a_term_that_adds_nothing_has_no_f():
    data = {"patient": np.array(list("aabbccdd")), "arm": np.array(list("xxxxyyyy"))}
    lines = permanova(euclidean(Y[:, None]), model("~ patient + arm", **data), free_orders(8, 9, 1))
    assert (lines[1].df, lines[1].f, lines[1].p) == (0, None, None)


def test_nothing_left_for_the_residual_has_no_f():
    lines = permanova(
        euclidean(Y[:3, None]), model("~ x", x=np.array(list("abc"))), free_orders(3, 5, 1)
    )
    assert (lines[0].f, lines[0].p, lines[1].df) == (None, None, 0)


def test_one_group_is_refused():
    with pytest.raises(NotAnalyzable, match="one group only"):
        permanova(euclidean(Y[:, None]), model("~ x", x=np.array(["a"] * 8)), free_orders(8, 5, 1))


def test_identical_samples_are_refused():
    with pytest.raises(NotAnalyzable, match="identical"):
        permanova(np.zeros((8, 8)), model("~ arm", arm=ARM), free_orders(8, 5, 1))


def test_groups_of_identical_samples_have_an_infinite_f():
    """Of the 6 orders of two pairs, 2 keep them together; all of those are hits."""
    apart = np.array([0.1, 0.1, 0.7, 0.7])
    orders = np.array([[0, 1, 2, 3], [2, 3, 0, 1], [0, 2, 1, 3]])
    line = permanova(euclidean(apart[:, None]), model("~ x", x=np.array(list("aabb"))), orders)[0]
    assert (line.f, line.p) == (np.inf, 3 / 4)


def test_moving_the_distances_is_moving_the_model(monkeypatch):
    data = {"arm": ARM, "age": np.array([3.0, 1, 4, 1, 5, 9, 2, 6])}
    arguments = (euclidean(Y[:, None]), model("~ arm + age", **data), free_orders(8, 99, 1))
    found = permanova(*arguments)
    monkeypatch.setattr(module, "_CELLS", 100)
    assert permanova(*arguments) == found
    monkeypatch.setattr(module, "_WIDE", 0)
    for line, other in zip(permanova(*arguments), found, strict=True):
        assert (line.term, line.p) == (other.term, other.p)
        assert line.ss == pytest.approx(other.ss)


@pytest.mark.parametrize("within", [False, True])
def test_p_is_uniform_where_nothing_happens(within):
    random = np.random.default_rng(8)
    patients = np.repeat(np.arange(8), 2).astype(str)
    time = np.tile(["1", "2"], 8)
    found = []
    for seed in range(150):
        table = random.normal(size=(16, 3)) + within * np.repeat(random.normal(size=(8, 3)), 2, 0)
        orders = within_orders(patients, 99, seed) if within else free_orders(16, 99, seed)
        found.append(permanova(euclidean(table), model("~ time", time=time), orders)[0].p)
    assert kstest(found, "uniform").pvalue > 0.01
