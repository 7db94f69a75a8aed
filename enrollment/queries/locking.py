"""What a freeze or lock would cover, and what stands in the way of a lock."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.models import Site, Trial
from core.refusals import Refused
from enrollment.models import Patient, Visit
from enrollment.queries.progress import with_open_forms
from enrollment.queries.records import PlacedRecord, RecordLine, placed, record_lines
from enrollment.queries.signatures import signature_lines
from oversight.models import Lock, RecordState, lock_key
from oversight.policies import check_can_lock
from oversight.queries import open_queries_by_record
from oversight.queries.locks import covering_keys, open_locks_of_trial


@dataclass(frozen=True)
class Target:
    """A trial, a site of it, a patient of that, or one form of that: as far as is named."""

    trial: Trial
    site: Site | None = None
    patient: Patient | None = None
    record: PlacedRecord | None = None

    @property
    def scope(self) -> Lock.Scope:
        if self.record is not None:
            return Lock.Scope.FORM
        if self.patient is not None:
            return Lock.Scope.PATIENT
        return Lock.Scope.SITE if self.site is not None else Lock.Scope.TRIAL

    @property
    def key(self) -> str:
        if self.record is not None:
            return lock_key(Lock.Scope.FORM, *self.record.line.key)
        narrowest = self.patient or self.site or self.trial
        return lock_key(self.scope, narrowest.pk)

    @property
    def title(self) -> str:
        if self.record is not None:
            return f"{self.record.title}, {self.record.patient}"
        if self.patient is not None:
            return str(self.patient)
        if self.site is not None:
            return f"{self.site.code} {self.site.name}"
        return self.trial.short_title

    def patients(self) -> "Iterable[int]":
        people = Patient.objects.filter(trial=self.trial)
        if self.site is not None:
            people = people.filter(site=self.site)
        if self.patient is not None:
            people = people.filter(pk=self.patient.pk)
        return people.values_list("pk", flat=True)

    def lines(self) -> list[RecordLine]:
        if self.record is not None:
            found = record_lines(patients=[self.record.patient.pk])
            return [line for line in found if line.key == self.record.line.key]
        if self.patient is not None:
            return record_lines(patients=[self.patient.pk])
        sites = [self.site.pk] if self.site else list(self.trial.sites.values_list("pk", flat=True))
        return record_lines(sites=sites)


@dataclass(frozen=True)
class Obstacle:
    """One form or visit that stands in the way of a lock, and why."""

    title: str
    place: str
    patient: Patient
    url: str
    sentence: str


ObstacleSource = Callable[[Target], Iterable[Obstacle]]
_sources: list[ObstacleSource] = []


def register_obstacles(source: ObstacleSource) -> None:
    """What of an upper app stands in the way of locking more than one form."""
    if source not in _sources:
        _sources.append(source)


def obstacles(target: Target) -> list[Obstacle]:
    """Drafts, forms that were not begun, missing or broken signatures, open queries, and what the
    upper apps add.

    A handful of queries for each form, whatever the number of patients.
    """
    lines = target.lines()
    asked = open_queries_by_record(line.key for line in lines)
    signed = [line.key for line in lines if line.state == RecordState.SIGNED]
    signatures = signature_lines(signed)
    found = []
    for item in placed(lines):
        if item.line.state == RecordState.LOCKED:
            continue
        sentence = _why_not(item)
        latest = signatures.get(item.line.key)
        if not sentence and latest and latest[0].is_broken:
            sentence = _("The signature is broken.")
        if sentence:
            found.append(_obstacle(item, sentence))
        if item.line.key in asked:
            found.append(_obstacle(item, _("A query is open.")))
    if target.record is None:
        found += _not_begun(target)
        for source in _sources:
            found += source(target)
    return found


def state_counts(lines: Iterable[RecordLine]) -> dict[str, int]:
    """State to the number of forms, in the order of the life cycle."""
    counted = Counter(line.state for line in lines)
    return {state: counted[state] for state in RecordState.values if counted[state]}


@dataclass(frozen=True)
class SiteLocks:
    """How far a site is: forms in all, locked ones and frozen ones."""

    site: Site
    forms: int
    locked: int
    frozen: int
    locks: list[str]
    """Kinds of the open locks of the site as a whole."""


def locks_by_site(trial: Trial, sites: Iterable[Site]) -> list[SiteLocks]:
    sites = list(sites)
    covered = open_locks_of_trial(trial.pk)
    site_of = dict(Patient.objects.filter(trial=trial).values_list("pk", "site_id"))
    forms, locked, frozen = Counter[int](), Counter[int](), Counter[int]()
    for line in record_lines(sites=[site.pk for site in sites]):
        site_id = site_of[line.patient_id]
        forms[site_id] += 1
        if line.state == RecordState.LOCKED:
            locked[site_id] += 1
        elif is_covered(line, covered[Lock.Kind.FREEZE], trial_id=trial.pk, site_id=site_id):
            frozen[site_id] += 1
    return [
        SiteLocks(
            site,
            forms[site.pk],
            locked[site.pk],
            frozen[site.pk],
            [kind for kind, keys in covered.items() if lock_key("site", site.pk) in keys],
        )
        for site in sites
    ]


def is_covered(line: RecordLine, keys: set[str], *, trial_id: int, site_id: int) -> bool:
    own = covering_keys(
        trial_id=trial_id,
        site_id=site_id,
        patient_id=line.patient_id,
        form=line.form,
        record_id=line.pk,
    )
    return not keys.isdisjoint(own)


def _why_not(item: PlacedRecord) -> str:
    try:
        check_can_lock(item.line.state, asks_for_signature=item.asks_for_signature)
    except Refused as refused:
        return str(refused)
    return ""


def _obstacle(item: PlacedRecord, sentence: str) -> Obstacle:
    place = item.visit.label if item.visit else ""
    return Obstacle(item.title, place, item.patient, item.url, sentence)


def _not_begun(target: Target) -> list[Obstacle]:
    """Visits that took place and lack a form, and those that are overdue."""
    visits = Visit.objects.filter(patient__in=list(target.patients()))
    lacking = with_open_forms(visits) | visits.overdue(timezone.localdate())
    return [
        Obstacle(
            visit.label,
            "",
            visit.patient,
            reverse("enrollment:visit-detail", args=[visit.pk]),
            _("A form of this visit is not complete.")
            if visit.is_open
            else _("This visit is overdue: enter its date, or that it was missed."),
        )
        for visit in lacking.select_related("patient").order_by("patient_id", "position")
    ]
