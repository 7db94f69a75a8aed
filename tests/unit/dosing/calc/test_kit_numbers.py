from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosing.calc.kit_numbers import as_scanned, is_valid, issue, shuffled, tells_arms
from enrollment.calc.numbering import check_digits


def test_number_names_trial_and_sequence():
    number = issue("B", 17)
    assert number.startswith("KB-00017-")
    assert is_valid(number, "B")


def test_check_digits_are_those_of_iso_7064():
    # ISO/IEC 7064 MOD 97-10: letters count as 10 to 35, the whole leaves 1 when divided by 97.
    number = issue("B", 17).replace("-", "")
    digits = "".join(str(int(character, 36)) for character in number)
    assert int(digits) % 97 == 1
    assert check_digits("KB-00017") == int(number[-2:])


@pytest.mark.parametrize(("prefix", "sequence"), [("b", 1), ("B", 0), ("B", 100_000), ("", 1)])
def test_number_out_of_range_is_refused(prefix, sequence):
    with pytest.raises(ValueError, match="no kit number"):
        issue(prefix, sequence)


@given(st.integers(1, 99_999), st.integers(0, 10), st.sampled_from("0123456789"))
def test_slip_of_one_key_is_noticed(sequence, place, typed):
    number = issue("B", sequence)
    place += 3 + (place > 4)  # a digit, not the hyphen
    wrong = number[: place % len(number)] + typed + number[place % len(number) + 1 :]
    assert wrong == number or not is_valid(wrong, "B")


@given(st.integers(1, 99_999))
def test_swap_of_two_neighbors_is_noticed(sequence):
    number = issue("B", sequence)
    for place, (one, other) in enumerate(pairwise(number)):
        swapped = number[:place] + other + one + number[place + 2 :]
        assert swapped == number or not is_valid(swapped, "B")


def test_number_of_another_trial_is_not_valid():
    assert not is_valid(issue("A", 1), "B")


def test_typed_and_scanned_numbers_read_as_on_the_label():
    assert as_scanned(" kb-00017-62\n") == "KB-00017-62"


@pytest.mark.parametrize(
    ("order", "tells"),
    [
        pytest.param("AAAABBBB", True, id="sorted"),
        pytest.param("BBAA", True, id="sorted the other way"),
        pytest.param("AB", False, id="one of each has no other order"),
        pytest.param("AAAA", False, id="one arm"),
        pytest.param("ABAB" * 8, True, id="in turn"),
        pytest.param("AABB" * 10, False, id="blocks of two look like chance"),
        pytest.param("A" * 10 + "B" * 20 + "A" * 10, True, id="one block in the middle"),
        pytest.param("AABABBBABAABBABABBAA", False, id="mixed"),
    ],
)
def test_order_of_numbers(order, tells):
    assert tells_arms(order) is tells


@pytest.mark.parametrize(
    ("lengths", "tells"),
    [
        pytest.param((3, 5, 4, 5, 3), True, id="5 runs: 0.45 % of random orders have no more"),
        pytest.param((3, 3, 3, 3, 4, 4), False, id="6 runs: 1.85 %"),
        pytest.param((1, 1) * 6 + (2, 2) * 2, False, id="16 runs: 1.85 % have as many"),
        pytest.param((1, 1) * 8 + (1, 2, 1), True, id="19 runs: far below"),
    ],
)
def test_runs_on_each_side_of_the_limit(lengths, tells):
    """For 10 and 10 the 0.5 % points are 5 and 17 (Swed, Eisenhart 1943, Ann Math Stat 14:66)."""
    order = "".join("AB"[place % 2] * length for place, length in enumerate(lengths))
    assert tells_arms(order) is tells


@given(st.integers(2, 40), st.integers(2, 40), st.integers(0, 2**32))
def test_shuffle_keeps_counts_tells_nothing_and_repeats(ones, others, seed):
    order = shuffled({"study": ones, "control": others}, seed)
    assert (order.count("study"), order.count("control")) == (ones, others)
    assert not tells_arms(order)
    assert order == shuffled({"control": others, "study": ones}, seed)


def test_random_orders_are_seldom_refused():
    rng = Random(1)
    refused = 0
    for _number in range(1000):
        order = list("A" * 20 + "B" * 20)
        rng.shuffle(order)
        refused += tells_arms(order)
    assert refused <= 20  # 1 % of random orders are striking by themselves
