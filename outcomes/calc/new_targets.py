"""Which new lesions iRECIST follows by their size, and which it only looks at.

Source: Seymour 2017, Lancet Oncol 18:e143: new targets are chosen as targets at baseline are, up to
five in all and two of one organ; every other new lesion is a new non-target.
"""

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass

from outcomes.calc.counting import UM_PER_MM

MOST = 5
MOST_PER_ORGAN = 2
LEAST_UM = 10 * UM_PER_MM
LEAST_NODE_UM = 15 * UM_PER_MM
"""A node's short axis (Eisenhauer 2009, section 3.1)."""


@dataclass(frozen=True)
class FirstSight:
    """A new lesion as the first scan that shows it has it. `size_um` is NaN where not measured."""

    key: Hashable
    organ: str
    is_node: bool
    size_um: float


def new_targets(sights: Iterable[FirstSight]) -> set[Hashable]:
    """The keys of one patient's new targets; `sights` in the order of scans and numbers.

    In that order, so that what a later scan adds takes no place from an earlier lesion. An
    equivocal lesion takes one, too: should it turn out to be real, nobody else has to leave.
    """
    chosen: set[Hashable] = set()
    organs: Counter[str] = Counter()
    for sight in sights:
        least_um = LEAST_NODE_UM if sight.is_node else LEAST_UM
        has_place = len(chosen) < MOST and organs[sight.organ] < MOST_PER_ORGAN
        if sight.size_um >= least_um and has_place:
            chosen.add(sight.key)
            organs[sight.organ] += 1
    return chosen
