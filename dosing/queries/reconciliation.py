"""What was received against what is there, by lot, and the ledger against the course forms."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from core.models import Site
from dosing.models import CapsuleCourse, LedgerEntry, Lot
from enrollment.models import Visit

CSV_COLUMNS = (
    "site",
    "lot",
    "expires_on",
    "kits",
    "received",
    "sent_on",
    "dispensed",
    "returned",
    "lost_at_site",
    "lost_by_patients",
    "destroyed",
    "on_hand",
    "with_patients",
    "unexplained",
    "count_difference",
    "courses_that_differ",
)


@dataclass
class LotLine:
    """Capsules of one lot at one site; `on_hand` holds returned ones that are not destroyed yet."""

    site: Site
    lot: Lot
    kits: int = 0
    received: int = 0
    sent_on: int = 0
    dispensed: int = 0
    returned: int = 0
    lost_at_site: int = 0
    lost_by_patients: int = 0
    destroyed: int = 0
    on_hand: int = 0
    with_patients: int = 0
    count_difference: int = 0
    """Counted less booked, by the last count of each kit."""
    courses_that_differ: int = 0

    @property
    def unexplained(self) -> int:
        """What the moves leave less what the kits hold; 0 unless rows were written by force."""
        left = self.received - self.sent_on - self.dispensed + self.returned
        return left - self.lost_at_site - self.destroyed - self.on_hand

    @property
    def is_even(self) -> bool:
        return not (self.unexplained or self.count_difference or self.courses_that_differ)

    def cells(self) -> list[str | int]:
        values = {
            "site": self.site.code,
            "lot": self.lot.number,
            "expires_on": self.lot.expires_on.isoformat(),
        }
        return [values.get(name) or getattr(self, name) for name in CSV_COLUMNS]


@dataclass(frozen=True)
class CourseLine:
    """Dispensed, returned and lost capsules of a course: as booked and as the form has them."""

    visit: Visit
    lot: Lot
    booked: tuple[int, int, int]
    entered: tuple[int, int, int] | None

    @property
    def differs(self) -> bool:
        return self.entered is not None and self.entered != self.booked


_SUMS = {
    "receive": "received",
    "send": "sent_on",
    "dispense": "dispensed",
    "take-back": "returned",
    "lose": "lost_at_site",
    "lose-by-patient": "lost_by_patients",
    "destroy": "destroyed",
}
_OF_COURSE = {"dispense": 0, "take-back": 1, "lose-by-patient": 2}


def reconciliation(sites: Iterable[Site]) -> tuple[list[LotLine], list[CourseLine]]:
    """Lots by site, and the courses of which a kit was dispensed; in two queries."""
    sums = _Sums({site.pk: site for site in sites})
    entries = list(
        LedgerEntry.objects.filter(kit__trial__in={site.trial_id for site in sums.sites.values()})
        .select_related("kit__lot", "visit__patient")
        .order_by("kit", "sequence")
    )
    corrected = {entry.corrects_id for entry in entries}
    for entry in entries:
        if entry.kind != "correct" and entry.pk not in corrected:
            sums.add(entry)
    for entry in {entry.kit_id: entry for entry in entries}.values():
        sums.add_balance(entry)
    return sums.finish()


class _Sums:
    """Adds up entries that stand, in the order of each kit's ledger."""

    def __init__(self, sites: dict[int, Site]) -> None:
        self.sites = sites
        self.lines: dict[tuple[int, int], LotLine] = {}
        self.booked: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0])
        self.visits: dict[int, tuple[Visit, LotLine]] = {}
        self.counted: dict[int, tuple[LotLine, int]] = {}

    def add(self, entry: LedgerEntry) -> None:
        line = self._line_of(entry)
        if line is None:
            return
        moved = entry.capsules or 0
        if name := _SUMS.get(entry.kind):
            setattr(line, name, getattr(line, name) + moved)
        if entry.kind == "count":
            self.counted[entry.kit_id] = (line, moved - entry.on_hand - entry.returned)
        if entry.kind in _OF_COURSE and entry.visit is not None:
            self.booked[entry.visit.pk][_OF_COURSE[entry.kind]] += moved
            self.visits[entry.visit.pk] = (entry.visit, line)

    def add_balance(self, last: LedgerEntry) -> None:
        line = self._line_of(last)
        if line is not None and last.status != "sent":
            line.kits += 1
            line.on_hand += last.on_hand + last.returned
            line.with_patients += last.with_patient

    def finish(self) -> tuple[list[LotLine], list[CourseLine]]:
        for line, difference in self.counted.values():
            line.count_difference += difference
        courses = _courses(self.visits, self.booked)
        for course in courses:
            self.visits[course.visit.pk][1].courses_that_differ += course.differs
        ordered = sorted(self.lines.values(), key=lambda each: (each.site.code, each.lot.number))
        return ordered, courses

    def _line_of(self, entry: LedgerEntry) -> LotLine | None:
        site = self.sites.get(entry.site_id or entry.kit.site_id)
        if site is None:
            return None
        key = (site.pk, entry.kit.lot_id)
        if key not in self.lines:
            self.lines[key] = LotLine(site, entry.kit.lot)
        return self.lines[key]


def _courses(
    visits: dict[int, tuple[Visit, LotLine]], booked: dict[int, list[int]]
) -> list[CourseLine]:
    forms = {form.visit_id: form for form in CapsuleCourse.objects.filter(visit__in=visits)}
    found = []
    for pk, (visit, line) in visits.items():
        dispensed, returned, lost = booked[pk]
        found.append(
            CourseLine(visit, line.lot, (dispensed, returned, lost), _entered(forms.get(pk)))
        )
    return sorted(found, key=lambda course: (str(course.visit.patient), course.visit.target_date))


def _entered(form: CapsuleCourse | None) -> tuple[int, int, int] | None:
    """None while the form is not complete."""
    if form is None or not form.is_complete:
        return None
    return (
        form.dispensed_capsules or 0,
        form.returned_capsules or 0,
        form.lost_capsules or 0,
    )
