"""Which of two readings of a patient's scans counts where a third person adjudicates.

As in an independent review: where both readings come to the same, nobody decides; where they
differ, the adjudicator accepts one of them for the whole patient, never a scan of the one beside a
scan of the other, which would mix two baselines and two nadirs. Sources: Ford 2009, Eur J Cancer
45:268; FDA, Clinical Trial Imaging Endpoint Process Standards (2018), on the imaging charter.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from enrollment.calc.definition import Reader

Outcomes = Mapping[str, tuple[str, str]]
"""Set of criteria to best response and day of progression (ISO, empty without); empty where a
reader has read no scan after baseline."""


class Standing(StrEnum):
    AGREED = "agreed"
    DECIDED = "decided"
    WAITING = "waiting"
    """They differ, and a scan has one reading only."""
    OPEN = "open"
    CHANGED = "changed"
    """Somebody decided; a reading changed since, and they still differ."""


@dataclass(frozen=True)
class Settled:
    """`reader`: whose reading counts; None while that is open."""

    standing: Standing
    reader: Reader | None = None


@dataclass(frozen=True)
class Accepted:
    """The newest decision. `holds`: both readings are as the adjudicator saw them."""

    reader: Reader
    holds: bool


def differ(one: Outcomes, other: Outcomes) -> bool:
    """In best response, or in date or fact of progression, by any set of criteria."""
    return dict(one) != dict(other)


def settle(*, differs: bool, is_read_by_both: bool, accepted: Accepted | None) -> Settled:
    """`is_read_by_both`: every scan has both readings.

    Where both agree, the central reading counts: sums and days of scans may still differ, and
    its reader knew nothing of the patient.
    """
    if not differs:
        return Settled(Standing.AGREED, "central")
    if accepted is not None and accepted.holds:
        return Settled(Standing.DECIDED, accepted.reader)
    if not is_read_by_both:
        return Settled(Standing.WAITING)
    return Settled(Standing.OPEN if accepted is None else Standing.CHANGED)
