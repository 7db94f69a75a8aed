"""Which entries of the audit trail a person reads: of a trial, of a patient, of the people."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from core.audit.blinding import independent_tables, may_see_arm, revealing_tables
from core.audit.reading import model_of
from core.models import AuditEntry, Membership, Site, Trial, User
from core.permissions import Permission, has_permission, roles_with, sites_where
from enrollment import registry
from enrollment.models import Patient
from reports.queries.review import FINDINGS

Entries = QuerySet[AuditEntry]
LINES_A_PAGE = 50
SYSTEM = "system"
DIRECT = "direct"


@dataclass(frozen=True)
class Wanted:
    """What of the trail is asked for; everything where nothing is said."""

    first_day: date | None = None
    last_day: date | None = None
    person: str = ""
    """A user's id, `system` or `direct` (a database client)."""
    table: str = ""
    """A form's slug, or the name of another table."""
    patient: str = ""
    """The patient's number or screening number."""
    what: str = ""
    """An action, or the name of an event."""
    finding: str = ""
    """One of the kinds of the review report."""


def trail_of_trial(trial: Trial, reader: User) -> Entries:
    """All of the trial, or of the sites whose trail the person reviews."""
    entries = AuditEntry.objects.filter(trial_id=trial.pk)
    if not _reviews_all(trial, reader, Permission.AUDIT_REVIEW):
        entries = entries.filter(site_id__in=_sites(trial, reader, Permission.AUDIT_REVIEW))
    return seen_by(reader, trial, entries)


def trail_of_patient(patient: Patient, reader: User) -> Entries:
    entries = AuditEntry.objects.filter(patient_id=patient.pk)
    if not has_permission(reader, Permission.READINGS_COMPARE, site=patient.site):
        entries = entries.exclude(table_name__in=independent_tables())
    return seen_by(reader, patient.trial, entries)


def trail_of_people(trial: Trial, reader: User) -> Entries:
    """Accounts, roles, tokens, sign-ins and their failures of the people of the trial."""
    people = Membership.objects.filter(trial=trial)
    here = Q(trial_id=trial.pk)
    if not any(_reviews_all(trial, reader, each) for each in SECURITY):
        sites = {pk for each in SECURITY for pk in _sites(trial, reader, each)}
        people = people.filter(site_id__in=sites)
        here &= Q(site_id__in=sites)
    of_people = Q(person_id__in=list(people.values_list("user_id", flat=True).distinct()))
    nobody_known = Q(person_id=None, trial_id=None, event="failed sign-in")
    return seen_by(
        reader,
        trial,
        AuditEntry.objects.filter((of_people & (here | Q(trial_id=None))) | nobody_known),
    )


SECURITY = (Permission.AUDIT_REVIEW, Permission.MEMBER_MANAGE)


def seen_by(reader: User, trial: Trial, entries: Entries) -> Entries:
    """Without the tables that tell the arm, for whoever may not know it."""
    if may_see_arm(reader, trial):
        return entries
    return entries.exclude(table_name__in=revealing_tables())


def shows_arm(reader: User, trial: Trial) -> bool:
    """Whether columns that tell the arm are shown; in an open trial they tell nothing new."""
    return not trial.is_blinded or may_see_arm(reader, trial)


def narrowed(entries: Entries, wanted: Wanted, *, trial: Trial) -> Entries:
    zone = zone_of(trial)
    if wanted.first_day:
        entries = entries.filter(at__gte=_midnight(wanted.first_day, zone))
    if wanted.last_day:
        entries = entries.filter(at__lt=_midnight(wanted.last_day + timedelta(days=1), zone))
    entries = _by(entries, wanted.person)
    if wanted.table:
        entries = entries.filter(_of_table(wanted.table))
    if wanted.patient:
        named = Q(number=wanted.patient) | Q(screening_number=wanted.patient)
        found = Patient.objects.filter(named, trial=trial).values_list("pk", flat=True)
        entries = entries.filter(patient_id__in=list(found))
    if wanted.what in AuditEntry.Action.values:
        entries = entries.filter(action=wanted.what)
    elif wanted.what:
        entries = entries.filter(action=AuditEntry.Action.EVENT, event=wanted.what)
    if wanted.finding:
        entries = FINDINGS[wanted.finding].of(entries, trial)
    return entries


def _by(entries: Entries, person: str) -> Entries:
    if person == SYSTEM:
        return entries.filter(actor_id=None).exclude(source=DIRECT)
    if person == DIRECT:
        return entries.filter(actor_id=None, source=DIRECT)
    return entries.filter(actor_id=person) if person else entries


def people_of(trial: Trial) -> list[User]:
    """Everybody who ever held a role in the trial."""
    held = Membership.objects.filter(trial=trial)
    return list(User.objects.filter(pk__in=held.values("user_id")).order_by("full_name"))


def other_tables() -> dict[str, Any]:
    """Tables of a trial that are no form, with what they are called."""
    names = ("enrollment_patient", "enrollment_visit", "enrollment_consent", "core_membership")
    more = ("enrollment_criterionanswer", "enrollment_trialversion", "oversight_query")
    models = {name: model_of(name) for name in (*names, *more)}
    return {name: model._meta.verbose_name for name, model in models.items() if model}


def zone_of(trial: Trial) -> ZoneInfo:
    """The zone of its sites; UTC where they lie in several."""
    zones = set(Site.objects.filter(trial=trial).values_list("time_zone", flat=True))
    return ZoneInfo(zones.pop() if len(zones) == 1 else "UTC")


@dataclass(frozen=True)
class Page:
    """Entries, newest first, by id and not by number: as quick at a million as at ten."""

    entries: list[AuditEntry]
    older: int | None
    """Where the next page starts; None at the end."""


def page_of(entries: Entries, *, before: int | None) -> Page:
    if before is not None:
        entries = entries.filter(pk__lt=before)
    found = list(entries.order_by("-pk")[: LINES_A_PAGE + 1])
    shown = found[:LINES_A_PAGE]
    return Page(shown, shown[-1].pk if len(found) > LINES_A_PAGE else None)


def _of_table(name: str) -> Q:
    """In the tables of a form with its rows, or in the one table."""
    spec = registry.find(name)
    if spec is None:
        return Q(table_name=name)
    models = [spec.model, *([spec.rows.model] if spec.rows else [])]
    found = Q(table_name__in=[model._meta.db_table for model in models])
    # Forms that trials add share a table; each entry says which of them it is about.
    return found & Q(changes__form__1=name) if spec.trial else found


def _reviews_all(trial: Trial, reader: User, permission: Permission) -> bool:
    held = Membership.objects.current_for(reader).filter(trial=trial, site=None)
    return held.filter(role__in=roles_with(permission)).exists()


def _sites(trial: Trial, reader: User, permission: Permission) -> list[int]:
    sites = sites_where(reader, permission).filter(trial=trial)
    return list(sites.values_list("pk", flat=True))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)
