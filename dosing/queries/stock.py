"""Kits as a site has them, without any arm."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.db.models import Count, Q

from core.models import Site, Trial
from dosing.calc.ledger import State, Status, packed
from dosing.models import CapsuleCourse, Kit, LedgerEntry, StorageReading
from dosing.policies import COURSE_FORM
from enrollment.calc.definition import Definition
from enrollment.models import EndOfStudy, EndOfTreatment, Patient, Visit
from oversight.models import RecordState

SOON_DAYS = 60
"""A kit that expires within so many days is shown first."""
USABLE_DAYS = 21
"""A kit that expires earlier does not last through a course."""
WAITING_DAYS = 21
"""A course that began longer ago without a kit is past; it shows in the reconciliation."""


@dataclass(frozen=True)
class KitLine:
    """A kit with its state; `entry` is none before the first move."""

    kit: Kit
    state: State
    entry: LedgerEntry | None

    @property
    def shown_state(self) -> str:
        return "quarantined" if self.state.is_quarantined else self.state.status.value

    def expires_within(self, today: date, days: int = SOON_DAYS) -> bool:
        holds = self.state.on_hand and self.state.status is not Status.SENT
        return bool(holds) and self.kit.lot.expires_on < today + timedelta(days=days)


@dataclass(frozen=True)
class WaitingCourse:
    """`need` is choose, confirm, release or rest."""

    visit: Visit
    need: str
    kit: Kit | None = None


def kits_at(site: Site) -> list[KitLine]:
    """Every kit that the site has, had last, or waits for; earliest expiry first."""
    entries = (
        LedgerEntry.objects.latest()
        .filter(Q(status="sent", bound_for=site) | (Q(site=site) & ~Q(status="sent")))
        .select_related("kit__lot", "patient", "visit")
    )
    lines = [KitLine(entry.kit, entry.state, entry) for entry in entries]
    unmoved = Kit.objects.filter(site=site, entries__isnull=True).select_related("lot")
    lines += [KitLine(kit, packed(kit.lot.capsules, bound_for=site.pk), None) for kit in unmoved]
    return sorted(lines, key=lambda line: (line.kit.lot.expires_on, line.kit.number))


@dataclass(frozen=True)
class SiteStock:
    """Kits that can be given to patients, of whatever arm; fewer than `wanted` are too few."""

    site: Site
    free: int
    wanted: int

    @property
    def is_low(self) -> bool:
        return self.free < self.wanted


def stock_by_site(trial: Trial, definition: Definition, *, today: date) -> list[SiteStock]:
    """Sites that have received kits; two queries. All arms together, so that the number may be
    shown to the blinded.
    """
    lasts = LedgerEntry.objects.latest().filter(site__trial=trial)
    usable = Q(
        status=Status.AVAILABLE.value,
        is_quarantined=False,
        kit__lot__expires_on__gte=today + timedelta(days=USABLE_DAYS),
    )
    free = dict(lasts.order_by().values_list("site_id").annotate(free=Count("pk", filter=usable)))
    wanted = settings.KITS_LOW_STOCK * len(definition.arms)
    sites = Site.objects.filter(pk__in=free).order_by("code")
    return [SiteStock(site, free[site.pk], wanted) for site in sites]


def counts_by_state(lines: Iterable[KitLine]) -> Counter[str]:
    return Counter(line.shown_state for line in lines)


def courses_waiting(site: Site, *, today: date) -> list[WaitingCourse]:
    """Courses of enrolled patients whose capsules are to be handed out, in order of date."""
    off_treatment = EndOfTreatment.objects.exclude(state=RecordState.DRAFT)
    off_study = EndOfStudy.objects.exclude(state=RecordState.DRAFT)
    patients = (
        Patient.objects.filter(site=site)
        .enrolled()
        .exclude(pk__in=off_treatment.values("patient_id"))
        .exclude(pk__in=off_study.values("patient_id"))
    )
    begun = Q(outcome="took-place", actual_date__gte=today - timedelta(days=WAITING_DAYS))
    near = Visit.objects.filter(patient__in=patients, day=1, cycle__isnull=False).filter(
        begun | Q(outcome="planned", window_opens__lte=today)
    )
    visits = [
        visit
        for visit in near.select_related("patient").order_by("target_date", "pk")
        if COURSE_FORM in visit.forms
    ]
    held = {
        entry.visit_id: entry
        for entry in LedgerEntry.objects.latest()
        .filter(visit__in=visits)
        .exclude(status="lost")
        .select_related("kit")
    }
    released = set(
        CapsuleCourse.objects.filter(visit__in=visits, is_rest_released="Y").values_list(
            "visit_id", flat=True
        )
    )
    found = []
    for visit in visits:
        entry = held.get(visit.pk)
        if entry is None:
            found.append(WaitingCourse(visit, "choose"))
        elif entry.status == "reserved":
            found.append(WaitingCourse(visit, "confirm", entry.kit))
        elif entry.status == "started":
            need = "rest" if visit.pk in released else "release"
            found.append(WaitingCourse(visit, need, entry.kit))
    return found


def open_excursions(sites: Iterable[Site]) -> list[StorageReading]:
    """Readings for which kits are still in quarantine, newest first."""
    held = LedgerEntry.objects.latest().filter(is_quarantined=True).values("kit")
    moved = LedgerEntry.objects.filter(kind="quarantine", kit__in=held, reading__isnull=False)
    readings = StorageReading.objects.filter(site__in=sites, pk__in=moved.values("reading"))
    return list(readings.select_related("site"))


def ledger_of(kit: Kit) -> list[LedgerEntry]:
    entries = LedgerEntry.objects.filter(kit=kit).order_by("sequence")
    return list(
        entries.select_related(
            "recorded_by", "site", "bound_for", "patient", "visit", "corrects", "corrected_by"
        )
    )
