"""Tubes as lists and pages show them."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Q, QuerySet

from core.models import Trial, User
from core.queries.filters import AddressFilters
from microbiome.calc.barcodes import as_scanned
from microbiome.calc.custody import cold_after, frozen_after, time_frozen
from microbiome.models import CustodyEvent, Specimen, StoolSample
from microbiome.policies import withdrawn


@dataclass(frozen=True)
class Line:
    """A tube with its last event."""

    tube: Specimen
    last: CustodyEvent
    is_withdrawn: bool

    @property
    def shown_state(self) -> str:
        is_held = self.last.is_held or self.is_withdrawn
        return "held" if is_held and self.last.place in AT_HAND else self.last.place


AT_HAND = ("collected", "bench", "stored", "on-the-way")


@dataclass(frozen=True)
class SpecimenFilters(AddressFilters):
    q: str = ""
    """Part of a barcode or of a patient's number."""
    material: str = ""
    place: str = ""

    @property
    def link(self) -> str:
        """For the links of the pagination."""
        return f"{self.query}&" if self.query else ""

    def take(self, tubes: "QuerySet[Specimen]", *, sees_patients: bool) -> "QuerySet[Specimen]":
        if self.material:
            tubes = tubes.filter(material=self.material)
        if self.place:
            at = CustodyEvent.objects.latest().filter(place=self.place)
            tubes = tubes.filter(pk__in=at.values("specimen"))
        if self.q:
            named = Q(barcode__startswith=as_scanned(self.q))
            if sees_patients:
                named |= Q(patient__number__istartswith=self.q.strip())
                named |= Q(patient__screening_number__istartswith=self.q.strip())
            tubes = tubes.filter(named)
        return tubes


def tubes_of(trial: Trial, user: User) -> "QuerySet[Specimen]":
    return Specimen.objects.visible_to(user).filter(trial=trial)


def lines_of(tubes: Iterable[Specimen]) -> list[Line]:
    """Two queries for all of them."""
    tubes = list(tubes)
    events = CustodyEvent.objects.latest().filter(specimen__in=[tube.pk for tube in tubes])
    last = {row.specimen_id: row for row in events.select_related("laboratory", "box")}
    gone = withdrawn({tube.patient_id for tube in tubes if tube.patient_id})
    return [Line(tube, last[tube.pk], tube.patient_id in gone) for tube in tubes]


def counts_by_place(tubes: "QuerySet[Specimen]") -> Counter[str]:
    last = CustodyEvent.objects.latest().filter(specimen__in=tubes)
    return Counter(last.values_list("place", flat=True))


def timeline(tube: Specimen) -> list[CustodyEvent]:
    """Everything that happened to it, the last first."""
    events = CustodyEvent.objects.filter(specimen=tube).order_by("-sequence")
    related = ("recorded_by", "laboratory", "box", "shipment__sender", "shipment__receiver")
    return list(events.select_related(*related))


@dataclass(frozen=True)
class Times:
    """Computed from the events of the specimen and, for a part of it, of the tube itself."""

    age: timedelta
    to_cold: timedelta | None
    to_frozen: timedelta | None
    frozen: timedelta


def times_of(tube: Specimen, events: Iterable[CustodyEvent], *, now: datetime) -> Times:
    """`events` are those of the tube, in any order. From collection to the freezer is counted on
    the specimen from which the tube came.
    """
    own = sorted(events, key=lambda row: row.sequence)
    root = root_of(tube)
    first = own if root.pk == tube.pk else sorted(timeline(root), key=lambda row: row.sequence)
    temperatures = [(row.at, row.temperature_c) for row in first]
    end = own[-1].at if own[-1].place in ("used-up", "discarded") else now
    return Times(
        age=now - tube.collected_at,
        to_cold=cold_after(tube.collected_at, temperatures),
        to_frozen=frozen_after(tube.collected_at, temperatures),
        frozen=time_frozen([(row.at, row.is_frozen) for row in own], end),
    )


def root_of(tube: Specimen) -> Specimen:
    """The specimen as it was collected."""
    while tube.parent is not None:
        tube = tube.parent
    return tube


@dataclass(frozen=True)
class Branch:
    """A tube in the tree of its family; the root has depth 0."""

    line: Line
    depth: int


def family_of(tube: Specimen) -> list[Branch]:
    """The specimen and all that came of it, each tube followed by its own."""
    root = root_of(tube)
    members, generation = [root], [root]
    while generation := list(Specimen.objects.filter(parent__in=generation).order_by("barcode")):
        members += generation
    children: dict[int | None, list[Line]] = defaultdict(list)
    for line in lines_of(members):
        children[line.tube.parent_id].append(line)

    def walk(lines: list[Line], depth: int) -> Iterable[Branch]:
        for line in lines:
            yield Branch(line, depth)
            yield from walk(children[line.tube.pk], depth + 1)

    return list(walk(children[None], 0))


def stool_facts(tube: Specimen) -> StoolSample | None:
    """What the form of the visit says about the stool."""
    if tube.visit_id is None:
        return None
    return StoolSample.objects.filter(visit_id=tube.visit_id).first()


def taken_out(events: Iterable[CustodyEvent]) -> Decimal:
    return sum((row.taken for row in events if row.taken is not None), Decimal(0))
