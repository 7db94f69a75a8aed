"""Orders of samples: what may move, and p-values."""

import numpy as np
import pytest

from microbiome.calc.permutations import (
    TIES,
    free_orders,
    p_value,
    whole_orders,
    within_orders,
    wrong_order,
)

PATIENTS = np.array(list("aabbbcdd"))


def test_free_orders_reach_every_place():
    orders = free_orders(5, 400, seed=1)
    assert (np.sort(orders, axis=1) == np.arange(5)).all()
    shares = np.array([[np.mean(orders[:, i] == j) for j in range(5)] for i in range(5)])
    assert shares == pytest.approx(0.2, abs=0.08)


def test_orders_within_stay_in_their_stratum():
    orders = within_orders(PATIENTS, 100, seed=1)
    assert (PATIENTS[orders] == PATIENTS).all()
    assert len({tuple(order) for order in orders[:, 2:5]}) == 6
    assert not any(wrong_order(order, 8, PATIENTS) for order in orders)


def test_whole_patients_change_places_with_those_of_as_many_samples():
    orders = whole_orders(PATIENTS, 50, seed=1)
    assert {tuple(order) for order in orders} == {
        (0, 1, 2, 3, 4, 5, 6, 7),
        (6, 7, 2, 3, 4, 5, 0, 1),
    }


def test_the_same_seed_gives_the_same_orders():
    assert np.array_equal(free_orders(9, 5, seed=2), free_orders(9, 5, seed=2))
    assert not np.array_equal(free_orders(9, 5, seed=2), free_orders(9, 5, seed=3))


@pytest.mark.parametrize("order", [[0, 1], [0, 1, 1], [0, 1, 3], [-1, 0, 1]])
def test_no_orders(order):
    assert wrong_order(np.array(order), 3, None) == "must have each number from 1 to 3 once"


def test_an_order_that_leaves_its_stratum():
    assert (
        wrong_order(np.array([2, 1, 0]), 3, np.array(list("aab")))
        == "moves sample 3 into another stratum"
    )


def test_p_counts_the_observed_and_ties():
    assert p_value(1.0, np.array([0.5, 1.0, 1.0 - TIES / 2, 1.0 - 2 * TIES])) == 3 / 5
    assert p_value(1.0, np.array([0.5])) == 1 / 2
