"""A randomization list as CSV: written in one way, read strictly, and weighed."""

import csv
import hashlib
import io
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from enrollment.calc.randomization import Slot

HEADER = ["stratum", "sequence", "arm"]
MOST_ROWS = 20_000
_SEQUENCE = re.compile(r"[1-9][0-9]{0,4}")


class ListRefused(ValueError):
    """The file is refused whole; `line` counts from 1 with the header, none for the file."""

    def __init__(self, line: int | None, reason: str) -> None:
        self.line, self.reason = line, reason
        super().__init__(f"Line {line}: {reason}" if line else reason)


@dataclass(frozen=True)
class Balance:
    """How one stratum's places share out. `worst` is the largest distance, in places, that any
    beginning of the list has from the shares of the ratio.
    """

    stratum: str
    places: int
    by_arm: Mapping[str, int]
    worst: float


def to_text(slots: Sequence[Slot]) -> str:
    """With a header, in the order given, each line ended by a line feed."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows((slot.stratum, slot.sequence, slot.arm) for slot in slots)
    return out.getvalue()


def fingerprint(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def read_slots(content: bytes, *, strata: Sequence[str], arms: Sequence[str]) -> list[Slot]:
    """The places of an uploaded list, in the order of the file.

    Each stratum's sequence starts at 1 and goes up by one; strata may be mixed.

    Raises:
        ListRefused: anything is unknown, missing, double or out of order.
    """
    lines = list(_lines(content))
    if not lines or lines[0] != HEADER:
        raise ListRefused(1, f"The first line must be “{','.join(HEADER)}”.")
    if len(lines) - 1 > MOST_ROWS:
        raise ListRefused(None, f"A list has at most {MOST_ROWS} places.")
    reached: dict[str, int] = dict.fromkeys(strata, 0)
    slots = []
    for number, cells in enumerate(lines[1:], start=2):
        slot = _slot(number, cells, reached, arms)
        reached[slot.stratum] = slot.sequence
        slots.append(slot)
    for stratum, last in reached.items():
        if last == 0:
            raise ListRefused(None, f"The stratum “{stratum}” has no places.")
    return slots


def _lines(content: bytes) -> list[list[str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ListRefused(line, "The file is not UTF-8 text.") from None
    if "\0" in text:
        raise ListRefused(None, "The file is not text.")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        return list(reader)
    except csv.Error as error:
        raise ListRefused(reader.line_num, f"This is not CSV: {error}.") from None


def _slot(number: int, cells: list[str], reached: Mapping[str, int], arms: Sequence[str]) -> Slot:
    if len(cells) != len(HEADER):
        raise ListRefused(number, f"{len(HEADER)} cells are expected, not {len(cells)}.")
    stratum, sequence, arm = cells
    if stratum not in reached:
        raise ListRefused(number, f"The trial has no stratum “{stratum[:80]}”.")
    if arm not in arms:
        raise ListRefused(number, "The trial has no such arm.")
    if not _SEQUENCE.fullmatch(sequence):
        raise ListRefused(number, "The sequence is not a whole number from 1 to 99999.")
    expected = reached[stratum] + 1
    if int(sequence) != expected:
        reason = f"The next place of the stratum “{stratum}” is {expected}, not {sequence}."
        raise ListRefused(number, reason)
    return Slot(stratum, expected, arm)


def weigh(slots: Sequence[Slot], ratio: Mapping[str, int]) -> list[Balance]:
    """Each stratum's balance, in the order in which the strata come."""
    by_stratum: dict[str, list[str]] = defaultdict(list)
    for slot in slots:
        by_stratum[slot.stratum].append(slot.arm)
    return [
        Balance(stratum, len(arms), {arm: arms.count(arm) for arm in ratio}, _worst(arms, ratio))
        for stratum, arms in by_stratum.items()
    ]


def _worst(arms: Sequence[str], ratio: Mapping[str, int]) -> float:
    shares = sum(ratio.values())
    counted: Counter[str] = Counter()
    worst = 0.0
    for place, arm in enumerate(arms, start=1):
        counted[arm] += 1
        worst = max(worst, *(abs(counted[a] - place * ratio[a] / shares) for a in ratio))
    return round(worst, 2)
