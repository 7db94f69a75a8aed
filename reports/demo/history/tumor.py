"""Lesions, how they grow and shrink, and what a scan shows of them.

Size over time is that at baseline × (e^(-decay·t) + e^(growth·t) - 1).
Source of the curve: Stein 2008, Oncologist 13:1046.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from math import exp
from random import Random

from reports.demo.history.chance import DAYS_PER_MONTH, days_until, happens, varied, weighted
from reports.demo.history.records import Row
from reports.demo.population import Disease, Growth, Population

TARGET_ORGANS: dict[Disease, tuple[tuple[str, float], ...]] = {
    "hcc": (("liver", 0.62), ("lung", 0.20), ("lymph-node", 0.12), ("adrenal", 0.06)),
    "crc": (("liver", 0.48), ("lung", 0.27), ("lymph-node", 0.15), ("peritoneum", 0.10)),
}
OTHER_ORGANS: dict[Disease, tuple[tuple[str, float], ...]] = {
    "hcc": (("liver", 0.5), ("lung", 0.25), ("bone", 0.15), ("lymph-node", 0.1)),
    "crc": (("liver", 0.35), ("lung", 0.35), ("peritoneum", 0.2), ("ascites", 0.1)),
}
PLACES = {
    "liver": ("segment II", "segment IV", "segment V", "segment VI", "segment VIII"),
    "lung": ("right upper lobe", "right lower lobe", "left upper lobe", "left lower lobe"),
    "lymph-node": ("porta hepatis", "retroperitoneal", "mediastinal"),
    "portal-vein": ("right branch", "left branch", "main trunk"),
}
NODE_FLOOR_MM = 5.0
"""A node does not vanish: its short axis shrinks towards that of a normal node."""


@dataclass(frozen=True, slots=True)
class Lesion:
    number: int
    kind: str
    organ: str
    description: str
    baseline_mm: float = 0.0
    pace: float = 1.0
    """How fast it grows, against the patient's other lesions."""
    is_unequivocal: bool = True

    @property
    def is_node(self) -> bool:
        return self.organ == "lymph-node"


@dataclass(frozen=True, slots=True)
class Tumor:
    """Days count from enrollment."""

    lesions: tuple[Lesion, ...]
    decay: float
    growth: float
    new_lesion_day: int
    new_organ: str
    non_target_day: int
    equivocal_day: int | None

    def relative_size(self, day: int, pace: float = 1.0) -> float:
        """Against baseline, 1 on day 0 and before."""
        months = max(day, 0) / DAYS_PER_MONTH
        return max(exp(-self.decay * months) + exp(self.growth * pace * months) - 1, 0.0)

    def progression_day(self) -> int:
        """The first day on which a scan would show progression; at most ten years."""
        smallest = 1.0
        other = min(self.new_lesion_day, self.non_target_day)
        for day in range(7, 3650, 7):
            size = self.relative_size(day)
            if size >= 1.2 * smallest or day >= other:
                return day
            smallest = min(smallest, size)
        return 3650


def deal_behaviors(rng: Random, population: Population) -> list[Growth]:
    """One for each enrolled patient, in random order but in the shares of the population."""
    dealt: list[Growth] = []
    reached = 0.0
    for behavior in population.behaviors:
        reached += behavior.share
        dealt += [behavior] * (round(reached * population.enrolled) - len(dealt))
    rng.shuffle(dealt)
    return dealt


def draw_tumor(rng: Random, disease: Disease, behavior: Growth) -> Tumor:
    equivocal = happens(rng, 0.06)
    return Tumor(
        lesions=tuple(_draw_lesions(rng, disease)),
        decay=varied(rng, behavior.decay, 0.3),
        growth=varied(rng, behavior.growth, 0.35),
        new_lesion_day=days_until(rng, behavior.new_lesions),
        new_organ=weighted(rng, OTHER_ORGANS[disease]),
        non_target_day=days_until(rng, behavior.new_lesions / 3),
        equivocal_day=rng.randint(50, 120) if equivocal else None,
    )


def _draw_lesions(rng: Random, disease: Disease) -> list[Lesion]:
    """One to five targets, at most two of an organ, and up to two others."""
    lesions: list[Lesion] = []
    first = "liver" if disease == "hcc" else weighted(rng, TARGET_ORGANS[disease])
    for i in range(weighted(rng, ((1, 0.25), (2, 0.4), (3, 0.2), (4, 0.1), (5, 0.05)))):
        organ = first if i == 0 else weighted(rng, TARGET_ORGANS[disease])
        if sum(lesion.organ == organ for lesion in lesions) == 2:
            continue
        size = 16 + rng.expovariate(1 / 6) if organ == "lymph-node" else varied(rng, 34, 0.5)
        lesions.append(
            Lesion(
                number=len(lesions) + 1,
                kind="target",
                organ=organ,
                description=_place(rng, organ),
                baseline_mm=float(round(min(max(size, 15), 160))),
                pace=varied(rng, 1.0, 0.15),
            )
        )
    others = [weighted(rng, OTHER_ORGANS[disease])] if happens(rng, 0.55) else []
    if disease == "hcc" and happens(rng, 0.35):
        others.append("portal-vein")
    for organ in others:
        number = len(lesions) + 1
        lesions.append(Lesion(number, "non-target", organ, _place(rng, organ)))
    return lesions


def _place(rng: Random, organ: str) -> str:
    return rng.choice(PLACES.get(organ, ("",)))


@dataclass(frozen=True, slots=True)
class Reading:
    """One scan as read. `response` is the investigator's; empty at baseline."""

    rows: tuple[Row, ...]
    response: str = ""
    new_lesion: str = ""


@dataclass
class Reader:
    """Reads one patient's scans in their order and remembers what was seen."""

    tumor: Tumor
    rng: Random
    with_viable: bool
    found: list[Lesion] = field(default_factory=list)
    baseline_mm: Decimal = Decimal(0)
    nadir_mm: Decimal = Decimal(0)

    def read_baseline(self) -> Reading:
        self.found = list(self.tumor.lesions)
        rows = tuple(self._row(lesion, day=0, is_readable=True) for lesion in self.found)
        self.baseline_mm = self.nadir_mm = self._sum_mm(rows) or Decimal(0)
        return Reading(rows)

    def read(self, day: int) -> Reading:
        """A scan after baseline, so many days after enrollment."""
        is_readable = not happens(self.rng, 0.015)
        rows = [self._row(lesion, day=day, is_readable=is_readable) for lesion in self.found]
        new = self._new_lesion(day) if is_readable else None
        if new is not None:
            self.found.append(new)
            rows.append(self._row(new, day=day, is_readable=True))
        response = self._response(rows)
        total = self._sum_mm(rows)
        if total is not None:
            self.nadir_mm = min(self.nadir_mm, total)
        return Reading(tuple(rows), response, self._new_lesion_answer())

    def _new_lesion(self, day: int) -> Lesion | None:
        kinds = {lesion.is_unequivocal for lesion in self.found if lesion.kind == "new"}
        number, organ = len(self.found) + 1, self.tumor.new_organ
        if day >= self.tumor.new_lesion_day and True not in kinds:
            return Lesion(number, "new", organ, _place(self.rng, organ))
        equivocal_day = self.tumor.equivocal_day
        if equivocal_day is not None and day >= equivocal_day and not kinds:
            return Lesion(number, "new", "liver", "small focus", is_unequivocal=False)
        return None

    def _new_lesion_answer(self) -> str:
        new = [lesion.is_unequivocal for lesion in self.found if lesion.kind == "new"]
        return "unequivocal" if any(new) else "equivocal" if new else "none"

    def _row(self, lesion: Lesion, *, day: int, is_readable: bool) -> Row:
        values: dict[str, object] = {"lesion": lesion.number}
        if not is_readable:
            values["status"] = "not-evaluable"
        elif lesion.kind == "target":
            values |= self._target(lesion, day)
        elif lesion.kind == "new":
            values |= self._new(lesion, day)
        else:
            values["status"] = self._other_status(day)
        return Row(values)

    def _target(self, lesion: Lesion, day: int) -> dict[str, object]:
        relative = self.tumor.relative_size(day, lesion.pace)
        floor = NODE_FLOOR_MM if lesion.is_node else 0.0
        size = floor + (lesion.baseline_mm - floor) * relative
        if day > 0:
            size *= self.rng.gauss(1, 0.02)
        if size < 1.5:
            return {"status": "absent"}
        if size < 3.5:
            return {"status": "too-small"}
        values: dict[str, object] = {"status": "measured", "diameter_mm": Decimal(round(size))}
        if self.with_viable and lesion.organ == "liver":
            # Embolized and treated tumors keep their size longer than their blood supply.
            share = min(self.rng.gauss(0.94, 0.03), 1.0) * min(relative, 1.0) ** 0.5
            values["viable_mm"] = Decimal(int(share * round(size)))
        return values

    def _new(self, lesion: Lesion, day: int) -> dict[str, object]:
        """Measured from the first scan that shows it, two millimeters more every three weeks."""
        if not lesion.is_unequivocal:
            return {"status": "present"}
        since = max(day - self.tumor.new_lesion_day, 0)
        return {"status": "measured", "diameter_mm": Decimal(11 + 2 * (since // 21))}

    def _other_status(self, day: int) -> str:
        if day >= self.tumor.non_target_day:
            return "unequivocal-progression"
        if self.tumor.relative_size(day) < 0.08:
            return "absent"
        return "increased" if day and happens(self.rng, 0.05) else "present"

    def _response(self, rows: list[Row]) -> str:
        states = [row.values["status"] for row in rows]
        has_new = any(item.kind == "new" and item.is_unequivocal for item in self.found)
        if has_new or "unequivocal-progression" in states:
            return "PD"
        total = self._sum_mm(rows)
        if total is None:
            return "NE"
        if total >= self.nadir_mm * Decimal("1.2") and total - self.nadir_mm >= 5:
            return "PD"
        if self._targets_gone(rows):
            return "PR" if "present" in states or "increased" in states else "CR"
        return "PR" if total <= self.baseline_mm * Decimal("0.7") else "SD"

    def _targets_gone(self, rows: list[Row]) -> bool:
        nodes = {lesion.number for lesion in self.found if lesion.is_node}
        targets = {lesion.number for lesion in self.found if lesion.kind == "target"}
        return all(
            row.values["status"] == "absent"
            or (row.values["lesion"] in nodes and row.values.get("diameter_mm", 99) < 10)
            for row in rows
            if row.values["lesion"] in targets
        )

    def _sum_mm(self, rows: Sequence[Row]) -> Decimal | None:
        """The sum of the targets; none when one was not read. Too small to measure counts 5 mm."""
        if any(row.values["status"] == "not-evaluable" for row in rows):
            return None
        targets = {lesion.number for lesion in self.found if lesion.kind == "target"}
        sizes = [row.values for row in rows if row.values["lesion"] in targets]
        small = sum(values["status"] == "too-small" for values in sizes)
        return sum((values.get("diameter_mm", Decimal(0)) for values in sizes), Decimal(5 * small))
