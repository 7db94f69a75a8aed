"""New targets of iRECIST: Seymour 2017, Lancet Oncol 18:e143."""

from math import nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomes.calc.new_targets import FirstSight, new_targets


def sight(key, size_um, *, organ="liver", is_node=False):
    return FirstSight(key, organ, is_node, size_um)


@pytest.mark.parametrize(
    ("size_um", "is_node", "is_chosen"),
    [
        (10_000, False, True),
        (9_999, False, False),
        (15_000, True, True),
        (14_999, True, False),
        (nan, False, False),
    ],
)
def test_size_at_first_sight(size_um, is_node, is_chosen):
    assert new_targets([sight(1, size_um, is_node=is_node)]) == ({1} if is_chosen else set())


def test_third_of_an_organ_and_sixth_of_all_are_looked_at_only():
    organs = ["liver", "liver", "liver", "lung", "lung", "bone", "spleen"]
    found = new_targets(sight(n, 20_000, organ=organ) for n, organ in enumerate(organs, start=1))
    assert found == {1, 2, 4, 5, 6}


SIGHTS = st.lists(
    st.tuples(st.sampled_from(["liver", "lung", "bone"]), st.integers(0, 40_000), st.booleans())
)


@given(SIGHTS, SIGHTS)
def test_what_comes_later_takes_no_place(earlier, later):
    sights = [
        sight(n, size_um, organ=organ, is_node=is_node)
        for n, (organ, size_um, is_node) in enumerate([*earlier, *later])
    ]
    known = set(range(len(earlier)))
    assert new_targets(sights) & known == new_targets(sights[: len(earlier)])
