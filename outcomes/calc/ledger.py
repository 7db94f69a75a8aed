"""One patient's lesions over all scans, for the page of a scan and the patient's tumor page.

The night brings the same rows together in tables (`queries.tumors`, `calc.lesions`, `calc.tally`);
a test holds both to the same answers. No pandas.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from math import isnan, nan
from operator import itemgetter

from outcomes.calc.counting import LEAST_VIABLE_UM, UM_PER_MM
from outcomes.calc.immune import Immune
from outcomes.calc.new_targets import FirstSight, new_targets
from outcomes.calc.proposal import Proposal, Reading, propose, propose_immune
from outcomes.calc.rules import EndpointRules
from outcomes.calc.snapshot.summary import Criteria

NOT_NUMBERED = 1000
"""A lesion that is being typed comes after all that have a number, 999 at most."""


@dataclass(frozen=True)
class FollowedLesion:
    """`kind` as in `calc.lesions.KINDS`, but for new targets: those are found from the scans."""

    key: int
    number: int | None
    kind: str
    is_node: bool
    is_unequivocal: bool
    organ: str = ""


@dataclass(frozen=True)
class Mark:
    """How a lesion looked on a scan: `state` as in `calc.lesions.STATES`, sizes as entered."""

    state: str
    mm: Decimal | None = None
    viable_mm: Decimal | None = None
    is_merged: bool = False
    """One with another lesion: its size counts there, and it has none of its own."""

    def size_mm(self, rules: EndpointRules, *, is_viable: bool = False) -> Decimal | None:
        """The number that counts; None where there is none (ONCOLOGY 1.2)."""
        if self.state == "NOT EVALUABLE":
            return None
        size = self.viable_mm if is_viable else self.mm
        if size is None and self.state == "ABSENT":
            return Decimal(0)
        if size is None and self.state == "TOO SMALL":
            return Decimal(str(rules.too_small_mm))
        return size


@dataclass(frozen=True)
class Scan:
    """One reading of the patient's scans; `key` is that of its visit, `name` the visit's own."""

    key: int
    name: str
    day: date
    last_day: date | None
    is_baseline: bool
    is_new_unequivocal: bool
    marks: Mapping[int, Mark]
    """By the key of the lesion."""


@dataclass(frozen=True)
class Judged:
    """What one set of criteria makes of a scan. The last two with iRECIST only."""

    criteria: Criteria
    scan: Scan
    proposal: Proposal
    nadir_on: date | None
    immune: Immune | None = None
    new_sum_mm: float | None = None
    """Of the new targets that are there; None without one and where one was not measured."""


@dataclass(frozen=True)
class Value:
    """A size and the day of its scan."""

    mm: Decimal
    day: date


@dataclass(frozen=True)
class Earlier:
    """A lesion's sizes before a scan: at baseline, the smallest and the last one."""

    baseline: Value | None
    smallest: Value | None
    last: Value | None


@dataclass(frozen=True)
class Ledger:
    lesions: tuple[FollowedLesion, ...]
    scans: tuple[Scan, ...]

    @cached_property
    def baselines(self) -> list[Scan]:
        """In the order of time; where a patient has two, the later one counts."""
        return sorted((scan for scan in self.scans if scan.is_baseline), key=_in_time)

    @cached_property
    def followed(self) -> list[Scan]:
        """The scans after baseline, in the order of time."""
        return sorted((scan for scan in self.scans if not scan.is_baseline), key=_in_time)

    @cached_property
    def measured(self) -> list[FollowedLesion]:
        """Lesions that some scan lists."""
        return [item for item in self.lesions if any(item.key in scan.marks for scan in self.scans)]

    def baseline_of(self, lesion: FollowedLesion) -> Mark | None:
        marks = [scan.marks[lesion.key] for scan in self.baselines if lesion.key in scan.marks]
        return marks[-1] if marks else None

    def without_baseline(self) -> list[FollowedLesion]:
        """Targets that no baseline scan measured: with them no sum means anything."""
        targets = [lesion for lesion in self.measured if lesion.kind == "TARGET"]
        return [
            lesion
            for lesion in targets
            if (mark := self.baseline_of(lesion)) is None or mark.mm is None
        ]

    def with_scan(self, typed: Scan, added: Iterable[FollowedLesion]) -> "Ledger":
        """The scan as somebody is typing it, in the place of the stored one."""
        kept = [scan for scan in self.scans if scan.key != typed.key]
        return Ledger((*self.lesions, *added), (*kept, typed))


def _in_time(scan: Scan) -> tuple[date, date, str]:
    return scan.day, scan.last_day or scan.day, scan.name


def judge(ledger: Ledger, criteria: Criteria, rules: EndpointRules) -> list[Judged]:
    """Every scan after baseline, in the order of time; none while a target has no baseline."""
    if ledger.without_baseline():
        return []
    visits = _readings(ledger, rules, with_viable=criteria == "mrecist")
    proposals = propose(visits, rules)
    immune: list[Immune | None] = [None] * len(visits)
    new_sums: list[float | None] = [None] * len(visits)
    if criteria == "irecist":
        immune = [*propose_immune(visits, [scan.day for scan in ledger.followed], rules)]
        new_sums = [_new_sum_mm(visit) for visit in visits]
    return [
        Judged(criteria, scan, proposal, _nadir_on(ledger, proposals, n), immune[n], new_sums[n])
        for n, (scan, proposal) in enumerate(zip(ledger.followed, proposals, strict=True))
    ]


def _new_sum_mm(readings: Sequence[Reading]) -> float | None:
    sizes = [
        reading.size_um
        for reading in readings
        if reading.kind == "NEW TARGET" and reading.is_known and reading.state != "ABSENT"
    ]
    return sum(sizes) / UM_PER_MM if sizes and not any(map(isnan, sizes)) else None


def _readings(ledger: Ledger, rules: EndpointRules, *, with_viable: bool) -> list[list[Reading]]:
    """With mRECIST a lesion that has a viable baseline is followed by its viable diameter."""
    confirmed = _confirmed_later(ledger)
    measured_when_new = _new_targets(ledger)
    lines = []
    for lesion in ledger.measured:
        baseline = ledger.baseline_of(lesion)
        is_viable = with_viable and baseline is not None and baseline.viable_mm is not None
        size = (baseline.viable_mm if is_viable else baseline.mm) if baseline else None
        marks = [scan.marks.get(lesion.key, Mark("")) for scan in ledger.followed]
        is_small = is_viable and lesion.kind == "TARGET" and is_too_little_viable(size)
        kind = "NEW TARGET" if lesion.key in measured_when_new else lesion.kind
        first = _first_seen(ledger, lesion)
        said = any(mark.state == "UNEQUIVOCAL PROGRESSION" for mark in marks)
        lines.append(
            [
                Reading(
                    kind="NON-TARGET" if is_small else kind,
                    is_node=lesion.is_node,
                    state=mark.state,
                    size_um=_um(mark.size_mm(rules, is_viable=is_viable)),
                    baseline_um=_um(size),
                    is_shown=n == first,
                    is_known=first is not None and n >= first,
                    is_confirmed=lesion.is_unequivocal or lesion.key in confirmed or said,
                )
                for n, mark in enumerate(marks)
            ]
        )
    return [[line[n] for line in lines] for n in range(len(ledger.followed))]


def is_too_little_viable(baseline_mm: Decimal | None) -> bool:
    """By mRECIST such a lesion is no target, but a non-target."""
    return baseline_mm is not None and _um(baseline_mm) < LEAST_VIABLE_UM


def _um(mm: Decimal | None) -> float:
    return nan if mm is None else float(round(mm * UM_PER_MM))


def _new_targets(ledger: Ledger) -> set[Hashable]:
    sights = [
        (n, lesion.number or NOT_NUMBERED, lesion)
        for lesion in ledger.measured
        if lesion.kind.startswith("NEW") and (n := _first_seen(ledger, lesion)) is not None
    ]
    return new_targets(
        FirstSight(
            lesion.key,
            lesion.organ,
            lesion.is_node,
            _um(ledger.followed[n].marks[lesion.key].mm),
        )
        for n, _number, lesion in sorted(sights, key=itemgetter(0, 1))
    )


def _first_seen(ledger: Ledger, lesion: FollowedLesion) -> int | None:
    """Position of the first scan after baseline that shows the lesion."""
    for n, scan in enumerate(ledger.followed):
        mark = scan.marks.get(lesion.key)
        if mark is not None and mark.state not in ("ABSENT", "NOT EVALUABLE"):
            return n
    return None


def _confirmed_later(ledger: Ledger) -> set[int]:
    """Equivocal lesions that a scan must mean when it calls its new lesions unequivocal.

    It lists new lesions, none of which was called unequivocal when it was first seen.
    """
    found: set[int] = set()
    for scan in ledger.followed:
        if not scan.is_new_unequivocal:
            continue
        new = [
            lesion
            for lesion in ledger.lesions
            if lesion.kind.startswith("NEW")
            and lesion.key in scan.marks
            and scan.marks[lesion.key].state not in ("ABSENT", "NOT EVALUABLE")
        ]
        if not any(lesion.is_unequivocal for lesion in new):
            found.update(lesion.key for lesion in new)
    return found


def _nadir_on(ledger: Ledger, proposals: list[Proposal], n: int) -> date | None:
    """The day of the smallest sum before the scan, baseline included."""
    nadir = proposals[n].nadir_mm
    if nadir is None or not ledger.baselines:
        return None
    for earlier in range(n):
        if proposals[earlier].sum_mm == nadir and nadir != proposals[n].baseline_mm:
            return ledger.followed[earlier].day
    return ledger.baselines[-1].day


def earlier_sizes(
    ledger: Ledger, lesion_key: int, before: Scan, rules: EndpointRules, *, is_viable: bool = False
) -> Earlier:
    """What was measured of a lesion before the scan; nothing for the baseline scan itself."""
    if before.is_baseline:
        return Earlier(None, None, None)
    baseline = (
        _value(ledger.baselines[-1], lesion_key, rules, is_viable) if ledger.baselines else None
    )
    values = [
        _value(scan, lesion_key, rules, is_viable)
        for scan in ledger.followed
        if scan.key != before.key and _in_time(scan) < _in_time(before)
    ]
    known = [value for value in (baseline, *values) if value is not None]
    return Earlier(
        baseline=baseline,
        smallest=min(known, key=lambda value: value.mm, default=None),
        last=known[-1] if known else None,
    )


def _value(scan: Scan, lesion_key: int, rules: EndpointRules, is_viable: bool) -> Value | None:
    mark = scan.marks.get(lesion_key)
    if mark is None or mark.is_merged:
        return None
    size = mark.size_mm(rules, is_viable=is_viable)
    return None if size is None else Value(size, scan.day)
