"""Kits of the demo: received, dispensed as the course forms say, returned, one excursion.

Every move goes through the one writer of the ledger, many kits at a time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from core import audit
from core.models import Site, User
from dosing.actions.kit_list import PackedLot
from dosing.actions.kits import issue_kits
from dosing.actions.ledger import record_moves, record_temperature
from dosing.actions.stock import decide_excursion, receive_kits
from dosing.calc.ledger import Kind, Move
from dosing.models import CapsuleCourse, Kit, KitArm, Lot
from dosing.models.capsules import product_of
from enrollment.models import TrialVersion
from enrollment.queries.arms import slot_arm_subquery
from oversight.models import RecordState
from reports.demo.history.chance import seeded

SPARE = 8
"""Kits of each arm beyond what the courses took."""
WEEKS = 10
EXCURSION_WEEK = 4


@dataclass(frozen=True)
class Given:
    """A kit and the course that it was dispensed for."""

    kit: Kit
    course: CapsuleCourse

    @property
    def on(self) -> date:
        return self.course.started_on or self.course.visit.target_date


def supply_population(version: TrialVersion, people: Mapping[str, User], *, today: date) -> None:
    """Does nothing where the trial has kits already."""
    trial = version.trial
    if Lot.objects.filter(trial=trial).exists():
        return
    with audit.writing(by=people["pharmacist"], reason="demo"):
        for site in Site.objects.filter(trial=trial).order_by("code"):
            courses = list(
                CapsuleCourse.objects.filter(patient__site=site, started_on__isnull=False)
                .select_related("patient__version", "visit")
                .order_by("started_on", "pk")
            )
            _stock(version, site, len(courses), people, today=today, first=_first(courses, today))
            given = _given(site, courses)
            _dispense(site, given, by=people["dispenser"])
            _take_back(site, given, by=people["dispenser"], today=today)
            _read_temperatures(site, by=people["dispenser"], today=today)


def _first(courses: list[CapsuleCourse], today: date) -> date:
    """The day on which the first shipment came."""
    begun = courses[0].started_on if courses else None
    return (begun or today) - timedelta(days=14)


def _stock(
    version: TrialVersion,
    site: Site,
    courses: int,
    people: Mapping[str, User],
    *,
    today: date,
    first: date,
) -> None:
    """A lot that bears a warm day, and a small one that expires soon and does not."""
    arms = [arm.id for arm in version.definition.arms]
    large = PackedLot(f"P{site.code}-1", today + timedelta(days=320), Decimal(2), Decimal(25))
    small = PackedLot(f"P{site.code}-2", today + timedelta(days=45), Decimal(2), Decimal(8))
    for lot, count, on in (
        (
            large,
            courses * 3 // (2 * len(arms)) + SPARE if len(arms) > 1 else courses + SPARE,
            first,
        ),
        (small, SPARE, today - timedelta(days=75)),
    ):
        kits = issue_kits(
            version.trial,
            version.definition,
            lot,
            by=people["pharmacist"],
            site=site.code,
            counts=dict.fromkeys(arms, count),
            seed=int(site.code),
        )
        # The last few are still on the way.
        arrived = kits[:-2] if lot is large else kits
        receive_kits(site, [kit.number for kit in arrived], by=people["dispenser"], on=on)


def _given(site: Site, courses: list[CapsuleCourse]) -> list[Given]:
    """A kit of the large lot for each course, of the patient's own arm."""
    lot = Lot.objects.get(trial=site.trial, number=f"P{site.code}-1")
    kits = {
        kit.pk: kit
        for kit in Kit.objects.filter(lot=lot, entries__isnull=False).select_related("lot")
    }
    is_mapped = KitArm.objects.filter(kit__lot=lot).exists()
    rng = seeded(site.trial.slug, site.code, "kits")
    free = set(kits)
    fitting: dict[int, list[int]] = {}
    given = []
    for course in courses:
        patient = course.patient_id
        if patient not in fitting:
            of_arm = KitArm.objects.filter(kit__lot=lot, arm=slot_arm_subquery(patient))
            fitting[patient] = sorted(of_arm.values_list("kit_id", flat=True)) if is_mapped else []
        left = [pk for pk in (fitting[patient] if is_mapped else sorted(free)) if pk in free]
        if not left:
            continue  # not randomized
        # In the order of numbers, the kits passed over would be those of the other arm.
        choice = rng.choice(left)
        free.remove(choice)
        given.append(Given(kits[choice], course))
    return given


def _dispense(site: Site, given: list[Given], *, by: User) -> None:
    by_kit = {item.kit.pk: item for item in given}

    def on(kit: Kit) -> date:
        return by_kit[kit.pk].on

    def move(kind: Kind, kit: Kit, capsules: int | None = None) -> Move:
        course = by_kit[kit.pk].course
        return Move(kind, site.pk, capsules, course.patient_id, course.visit_id)

    kits = [item.kit for item in given]
    record_moves(kits, lambda kit: move(Kind.RESERVE, kit), by=by, on=on)
    if not given:
        return
    product = product_of(given[0].course.patient)
    first = product.capsules_per_day if product.day_one_gate else None
    record_moves(kits, lambda kit: move(Kind.DISPENSE, kit, first), by=by, on=on)
    if first is not None:
        released = [item.kit for item in given if item.course.is_rest_released == "Y"]
        record_moves(released, lambda kit: move(Kind.DISPENSE, kit), by=by, on=on)


def _take_back(site: Site, given: list[Given], *, by: User, today: date) -> None:
    """Three weeks after day 1; what came back more than a season ago is destroyed."""
    returned = [
        item
        for item in given
        if item.course.returned_capsules is not None
        and item.course.state != RecordState.DRAFT
        and item.on + timedelta(days=21) <= today
    ]
    by_kit = {item.kit.pk: item for item in returned}

    def on(kit: Kit) -> date:
        return by_kit[kit.pk].on + timedelta(days=21)

    def back(kit: Kit) -> Move:
        course = by_kit[kit.pk].course
        count = course.returned_capsules or 0
        if course.is_rest_released == "N":
            count = 0
        return Move(Kind.TAKE_BACK, site.pk, count, course.patient_id)

    def lost(kit: Kit) -> Move:
        course = by_kit[kit.pk].course
        return Move(Kind.LOSE_BY_PATIENT, site.pk, course.lost_capsules, course.patient_id)

    record_moves([item.kit for item in returned], back, by=by, on=on)
    losers = [
        item.kit
        for item in returned
        if item.course.lost_capsules and item.course.is_rest_released != "N"
    ]
    record_moves(losers, lost, by=by, on=on, reason="not brought back")
    old = [
        item.kit
        for item in returned
        if item.course.returned_capsules
        and item.course.is_rest_released != "N"
        and item.on + timedelta(days=120) <= today
    ]
    if old:
        record_moves(
            old,
            Move(Kind.DESTROY, site.pk),
            by=by,
            on=today - timedelta(days=30),
            reason="returned capsules, destroyed by the hospital pharmacy",
        )


def _read_temperatures(site: Site, *, by: User, today: date) -> None:
    """Once a week. On one day the door stood open and the small lot was held; in one trial the
    decision is still to be made.
    """
    for week in range(WEEKS, 0, -1):
        day = today - timedelta(days=7 * week - 5)
        is_warm = week == EXCURSION_WEEK
        reading = record_temperature(
            site,
            by=by,
            on=day,
            lowest_c=Decimal("2.9") + Decimal(week % 3) / 10,
            highest_c=Decimal("11.4") if is_warm else Decimal("6.1") + Decimal(week % 4) / 10,
            comment="Door of the refrigerator left open for two hours" if is_warm else "",
        )
        if is_warm and site.trial.slug != "hcc-single-arm":
            decide_excursion(
                reading,
                release=True,
                by=by,
                on=day + timedelta(days=2),
                reason="Sponsor's letter: stable for 24 h up to 25 °C",
            )
