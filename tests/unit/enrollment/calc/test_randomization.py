"""The list by its description in docs/randomization.md, and what must hold of every list."""

import hashlib
import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.calc.definition import Randomization
from enrollment.calc.randomization import (
    Draws,
    blocks,
    level_for,
    make_slots,
    number_of,
    settings_of,
    strata_of,
)

SEED = "00112233445566778899aabbccddeeff"
TWO = {"arms": ["study", "control"], "ratio": {"study": 1, "control": 1}, "sizes": (4, 6)}


def table(*, ratio=None, block_sizes=(4, 6), factors=2):
    level = {"en": "x", "zh_hans": "x"}
    return Randomization.model_validate_json(
        json.dumps(
            {
                "ratio": ratio or {"study": 1, "control": 1},
                "block_sizes": list(block_sizes),
                "strata": [
                    {
                        "id": f"factor-{number}",
                        "label": level,
                        "levels": [{"id": "no", "label": level}, {"id": "yes", "label": level}],
                    }
                    for number in range(factors)
                ],
            }
        )
    )


def test_draws_are_the_first_32_bits_of_sha256():
    # printf '00112233445566778899aabbccddeeff:no/0:0' | sha256sum, and so on to :3
    known = ["72eb852d", "d014e569", "8fc87396", "2d93e292"]
    draws = Draws(SEED, "no/0")

    assert [draws.below(2**32) for _ in known] == [int(digits, 16) for digits in known]


def test_a_draw_that_would_favor_small_numbers_is_thrown_away():
    # Below 3 × 2^30 the draws below 2^32 hold one whole round; the second one above it is left out.
    n = 3 * 2**30
    draws = Draws(SEED, "no/0")

    # 0xd014e569 is above the limit of 0xc0000000.
    assert [draws.below(n) for _ in range(2)] == [0x72EB852D, 0x8FC87396]


def test_one_possibility_costs_no_draw():
    draws = Draws(SEED, "no/0")

    assert draws.below(1) == 0
    assert draws.below(2**32) == 0x72EB852D


def as_documented(seed, stratum, count):
    """The first places of 1:1 in blocks of 4 and 6, written down from the document alone."""
    k = -1

    def draw(n):
        nonlocal k
        while True:
            k += 1
            number = int(hashlib.sha256(f"{seed}:{stratum}:{k}".encode()).hexdigest()[:8], 16)
            if number < 4294967296 - 4294967296 % n:
                return number % n

    places = []
    while len(places) < count:
        size = [4, 6][draw(2)]
        block = ["study"] * (size // 2) + ["control"] * (size // 2)
        i = size
        while i > 1:
            j = draw(i) + 1
            block[i - 1], block[j - 1] = block[j - 1], block[i - 1]
            i -= 1
        places += block
    return places


@pytest.mark.parametrize("stratum", ["no/0", "yes/1-2"])
def test_list_is_the_one_that_the_document_describes(randomized, stratum):
    made = make_slots(
        randomized.randomization, arms=["study", "control"], seed=SEED, per_stratum=40
    )

    mine = [slot.arm for slot in made if slot.stratum == stratum]
    assert mine == as_documented(SEED, stratum, 40)


def test_list_never_changes():
    """Found once by this code; a change of it would make every earlier seed worthless."""
    slots = make_slots(table(), arms=["study", "control"], seed=SEED, per_stratum=24)

    text = "\n".join(f"{slot.stratum},{slot.sequence},{slot.arm}" for slot in slots)
    assert hashlib.sha256(text.encode()).hexdigest() == (
        "9ffc1cc723a0edcf83c4c39eef9707b7a65263747bccf234212752143ffeaf19"
    )


seeds = st.integers(0, 2**128 - 1).map(lambda number: f"{number:032x}")
ratios = st.dictionaries(
    st.sampled_from(["a", "b", "c"]), st.integers(1, 3), min_size=1, max_size=3
)


@given(seeds, ratios, st.lists(st.integers(1, 3), min_size=1, max_size=3, unique=True))
def test_every_block_has_an_allowed_size_and_the_ratio(seed, ratio, multiples):
    shares = sum(ratio.values())
    sizes = [shares * multiple for multiple in multiples]
    endless = blocks(seed, "all", arms=list(ratio), ratio=ratio, sizes=sizes)

    for _number in range(12):
        block = next(endless)
        assert len(block) in sizes
        assert Counter(block) == {arm: len(block) // shares * ratio[arm] for arm in ratio}


@given(seeds, st.integers(1, 40), st.integers(1, 40))
def test_a_longer_list_begins_as_the_shorter_one(seed, one, other):
    def places(count, stratum):
        slots = make_slots(table(), arms=TWO["arms"], seed=seed, per_stratum=count)
        return [slot.arm for slot in slots if slot.stratum == stratum]

    short, long = sorted((one, other))
    assert places(long, "yes/no")[: len(places(short, "yes/no"))] == places(short, "yes/no")


@given(seeds)
def test_a_stratum_does_not_depend_on_the_others(seed):
    """A factor more or less leaves the places of a stratum of the same name as they were."""
    few = make_slots(table(factors=1), arms=TWO["arms"], seed=seed, per_stratum=10)
    again = make_slots(table(factors=1), arms=TWO["arms"], seed=seed, per_stratum=10)
    alone = list(next(blocks(seed, "yes", **TWO)))

    assert few == again
    assert [slot.arm for slot in few if slot.stratum == "yes"][: len(alone)] == alone


def test_every_order_of_a_block_comes_about_as_often():
    """Six orders of two and two; chi square with 5 degrees of freedom, 20.5 at p = 0.001."""
    endless = blocks(SEED, "all", arms=["a", "b"], ratio={"a": 1, "b": 1}, sizes=[4])
    seen = Counter("".join(next(endless)) for _ in range(6000))

    assert len(seen) == 6
    assert sum((count - 1000) ** 2 / 1000 for count in seen.values()) < 20.5


def test_strata_are_all_combinations_in_the_order_of_the_file(randomized):
    assert strata_of(randomized.randomization.strata) == ["no/0", "no/1-2", "yes/0", "yes/1-2"]


def test_without_strata_there_is_one():
    assert strata_of([]) == ["all"]


@pytest.mark.parametrize("seed", ["", "abc", SEED.upper(), SEED + "0"])
def test_what_is_no_seed_is_refused(seed):
    with pytest.raises(ValueError, match="32 hexadecimal"):
        next(blocks(seed, "all", **TWO))


@pytest.mark.parametrize("sizes", [[], [3], [0], [4, 5]])
def test_sizes_that_cannot_be_shared_out_are_refused(sizes):
    with pytest.raises(ValueError, match="shared out"):
        next(blocks(SEED, "all", arms=TWO["arms"], ratio=TWO["ratio"], sizes=sizes))


@pytest.mark.parametrize(("value", "level"), [("0", "0"), ("1", "1-2"), ("2", "1-2"), ("3", None)])
def test_answer_belongs_to_a_level(randomized, value, level):
    assert level_for(randomized.randomization.strata[1], value) == level


def test_number_tells_the_order_alone():
    assert [number_of(1), number_of(12), number_of(12345)] == ["R-0001", "R-0012", "R-12345"]


def test_settings_hold_no_words_for_people(randomized):
    assert settings_of(randomized) == {
        "arms": ["study", "control"],
        "ratio": {"study": 1, "control": 1},
        "block_sizes": [4, 6],
        "strata": [
            [
                "portal-vein-invasion",
                "baseline.has_portal_vein_invasion",
                [["no", "N"], ["yes", "Y"]],
            ],
            ["ecog", "vital-signs.ecog", [["0", "0"], ["1-2", "1", "2"]]],
        ],
    }


def test_a_trial_of_one_arm_has_no_settings(single_arm):
    assert settings_of(single_arm) == {}
