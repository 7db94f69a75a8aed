"""Kit numbers such as `KB-00017-62`: K and the trial's letter, a sequence, two check digits.

The check digits are those of patient numbers (ISO/IEC 7064 MOD 97-10), so that a slip of one key
or two swapped neighbors is noticed before a kit is handed out. No part of a number says anything
about what is in the kit; `tells_arms` is what keeps the order from saying it.

The order of numbers is tested by the runs test: kits in order of their numbers form runs of one
arm, and under a random order the number of runs has a known distribution. Sorted arms have too
few runs, arms in turn too many.

Source: Wald, Wolfowitz 1940, Ann Math Stat 11:147.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import comb
from random import Random

from enrollment.calc.numbering import check_digits

_SHAPE = re.compile(r"K([A-Z])-([0-9]{5})-([0-9]{2})")
TAIL = 0.005
"""As few or as many runs as in less than this share of random orders are refused."""
LAST_SEQUENCE = 99_999


def issue(prefix: str, sequence: int) -> str:
    """The n-th kit number of the trial with this letter; sequences start at 1.

    Raises:
        ValueError: the prefix is not one of A to Z, or the sequence not from 1 to 99999.
    """
    stem = f"K{prefix}-{sequence:05d}"
    number = f"{stem}-{check_digits(stem):02d}" if stem.isascii() else stem
    if not _SHAPE.fullmatch(number) or sequence < 1:
        raise ValueError(f"no kit number for {prefix!r}, {sequence}")
    return number


def is_valid(number: str, prefix: str) -> bool:
    """Whether the number could have been issued for the trial, exactly as it is written."""
    match = _SHAPE.fullmatch(number)
    if match is None or match[1] != prefix or int(match[2]) == 0:
        return False
    return number == issue(prefix, int(match[2]))


def as_scanned(text: str) -> str:
    """What a person typed or a scanner sent, in the spelling of the label."""
    return re.sub(r"\s+", "", text).upper().replace("–", "-").replace("—", "-")


def tells_arms(arms: Sequence[str]) -> bool:
    """Does the order, by kit number, tell which kits are of one arm?

    Each arm is held against all others. Fewer than two arms, or one kit of each, tell nothing.
    """
    counted = Counter(arms)
    if len(counted) < 2 or max(counted.values()) < 2:
        return False
    if 1 + sum(one != other for one, other in pairwise(arms)) == len(counted):
        return True
    return any(_is_striking([arm == each for arm in arms]) for each in counted)


def shuffled(counts: Mapping[str, int], seed: int) -> list[str]:
    """The arms of the kits in the order of their numbers: drawn, and drawn again while the order
    tells the arms. The same counts and seed give the same order.
    """
    rng = Random(seed)  # noqa: S311 - reproducible on purpose; the seed is kept by the pharmacist
    arms = [arm for arm, count in sorted(counts.items()) for _number in range(count)]
    rng.shuffle(arms)
    while tells_arms(arms):
        rng.shuffle(arms)
    return arms


def _is_striking(order: Sequence[bool]) -> bool:
    runs = 1 + sum(one != other for one, other in pairwise(order))
    ones, zeros = sum(order), len(order) - sum(order)
    chances = [_orders_with(count, ones, zeros) for count in range(2, len(order) + 1)]
    total = comb(ones + zeros, ones)
    few, many = sum(chances[: runs - 1]), sum(chances[runs - 2 :])
    return min(few, many) < TAIL * total


def _orders_with(runs: int, ones: int, zeros: int) -> int:
    """In how many orders of so many ones and zeros there are exactly so many runs."""
    half, odd = divmod(runs, 2)
    if odd:
        return comb(ones - 1, half) * comb(zeros - 1, half - 1) + comb(ones - 1, half - 1) * comb(
            zeros - 1, half
        )
    return 2 * comb(ones - 1, half - 1) * comb(zeros - 1, half - 1)
