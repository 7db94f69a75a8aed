"""Permuted blocks by stratum from a seed, the same on every machine and in every year.

The draws are SHA-256 in counter mode and not a library's generator, whose numbers may change with
its version. `docs/randomization.md` describes the list exactly enough to be made again elsewhere.

Sources: ICH E9 (1998), section 2.3.2 (blocks and strata, sizes that the investigators are not
told); Fisher-Yates shuffle as in Knuth, The Art of Computer Programming, vol. 2, algorithm 3.4.2P.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from enrollment.calc.definition import Definition, Randomization, Stratum

ALGORITHM = "sha256-blocks-1"
"""Named in every list; another way of drawing gets another name."""
WITHOUT_STRATA = "all"
_SEED = re.compile(r"[0-9a-f]{32}")
_DRAWS = 2**32


@dataclass(frozen=True, slots=True)
class Slot:
    """A place on the list; the sequence counts from 1 within its stratum."""

    stratum: str
    sequence: int
    arm: str


class Draws:
    """Numbers for one stratum: draw k is the first 32 bits of SHA-256("seed:stratum:k")."""

    def __init__(self, seed: str, stratum: str) -> None:
        self._prefix = f"{seed}:{stratum}:"
        self._counter = 0

    def below(self, n: int) -> int:
        """From 0 to n - 1, each as likely: draws that would favor the small ones are thrown away.

        A single possibility costs no draw.
        """
        if n == 1:
            return 0
        limit = _DRAWS - _DRAWS % n
        while (draw := self._next()) >= limit:
            pass
        return draw % n

    def _next(self) -> int:
        digest = hashlib.sha256(f"{self._prefix}{self._counter}".encode("ascii")).digest()
        self._counter += 1
        return int.from_bytes(digest[:4], "big")


def strata_of(strata: Sequence[Stratum]) -> list[str]:
    """Every combination of levels, such as `yes/1-2`: the first factor varies slowest."""
    levels = [[level.id for level in stratum.levels] for stratum in strata]
    return ["/".join(names) for names in product(*levels)] if levels else [WITHOUT_STRATA]


def settings_of(definition: Definition) -> dict[str, object]:
    """What decides a list and who gets which place on it; texts for people left out."""
    table = definition.randomization
    if table is None:
        return {}
    return {
        "arms": [arm.id for arm in definition.arms],
        "ratio": {arm.id: table.ratio[arm.id] for arm in definition.arms},
        "block_sizes": list(table.block_sizes),
        "strata": [
            [stratum.id, stratum.field, [[level.id, *level.values] for level in stratum.levels]]
            for stratum in table.strata
        ],
    }


def blocks(
    seed: str, stratum: str, *, arms: Sequence[str], ratio: Mapping[str, int], sizes: Sequence[int]
) -> Iterator[list[str]]:
    """The blocks of one stratum without end; a longer list begins as the shorter one does.

    Raises:
        ValueError: the seed is not 32 hexadecimal digits in lower case, or a size is no multiple
            of the shares' sum.
    """
    shares = sum(ratio[arm] for arm in arms)
    if not _SEED.fullmatch(seed):
        raise ValueError("a seed is 32 hexadecimal digits in lower case")
    if not sizes or any(size <= 0 or size % shares for size in sizes):
        raise ValueError(f"blocks of {list(sizes)} cannot be shared out to {shares}")
    draws = Draws(seed, stratum)
    while True:
        size = sizes[draws.below(len(sizes))]
        block = [arm for arm in arms for _each in range(size // shares * ratio[arm])]
        for last in range(len(block) - 1, 0, -1):
            other = draws.below(last + 1)
            block[last], block[other] = block[other], block[last]
        yield block


def make_slots(
    randomization: Randomization, *, arms: Sequence[str], seed: str, per_stratum: int
) -> list[Slot]:
    """At least so many places in each stratum, in whole blocks, stratum after stratum."""
    slots = []
    for stratum in strata_of(randomization.strata):
        places = _places(randomization, stratum, arms=arms, seed=seed, at_least=per_stratum)
        slots += [Slot(stratum, number, arm) for number, arm in enumerate(places, start=1)]
    return slots


def _places(
    randomization: Randomization, stratum: str, *, arms: Sequence[str], seed: str, at_least: int
) -> list[str]:
    endless = blocks(
        seed, stratum, arms=arms, ratio=randomization.ratio, sizes=randomization.block_sizes
    )
    places: list[str] = []
    while len(places) < at_least:
        places += next(endless)
    return places


def level_for(stratum: Stratum, value: str) -> str | None:
    """The level that an answer of the form belongs to; none where no level names it."""
    return next((level.id for level in stratum.levels if value in level.values), None)


def number_of(sequence: int) -> str:
    """The randomization number: counts allocations in the trial, whatever the stratum or arm."""
    return f"R-{sequence:04d}"
