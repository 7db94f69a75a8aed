"""What a reviewer of the trail looks for, each a filter of entries.

Whatever is found is a reason to look, not a fault. Changes are those of the clinical forms; what
the system writes (a night's run) is nobody's and is left out of the hours.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import ExtractHour, TruncMinute
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from core.models import AuditEntry, Site, Trial
from enrollment.models import Visit
from enrollment.registry import all_specs, independent_specs, stores

Entries = QuerySet[AuditEntry]

LATE_DAYS = 14
"""An entry on a later day than this many days after its visit is late."""
MASS_ROWS = 100
"""So many rows changed by one person within a minute are a mass edit."""
MOST_MASSES = 50


@dataclass(frozen=True)
class Finding:
    label: str | Promise
    hint: str | Promise
    of: Callable[[Entries, Trial], Entries]


@cache
def form_tables() -> frozenset[str]:
    return frozenset(
        [
            *(store.table for store in stores()),
            *(s.model._meta.db_table for s in independent_specs()),
        ]
    )


@cache
def row_tables() -> frozenset[str]:
    specs = (*all_specs(), *independent_specs())
    return frozenset(spec.rows.model._meta.db_table for spec in specs if spec.rows)


def late_entries(entries: Entries, trial: Trial) -> Entries:
    """Entered or changed more than so many days after the visit's date."""
    limit = OuterRef("at") - timedelta(days=LATE_DAYS + 1)
    long_ago = Visit.objects.filter(pk=OuterRef("visit_id"), actual_date__lte=limit)
    return _of_forms(entries).filter(Exists(long_ago), visit_id__isnull=False)


def after_completion(entries: Entries, trial: Trial) -> Entries:
    return _changes(entries).filter(_had_state("complete"))


def after_signature(entries: Entries, trial: Trial) -> Entries:
    return _changes(entries).filter(_had_state("signed"))


def night_edits(entries: Entries, trial: Trial) -> Entries:
    """By a person, between the hours of `AUDIT_NIGHT_HOURS` in the zone of the site."""
    begin, end = settings.AUDIT_NIGHT_HOURS
    at_night = Q()
    zones: dict[str, list[int]] = {}
    for pk, zone in Site.objects.filter(trial=trial).values_list("pk", "time_zone"):
        zones.setdefault(zone, []).append(pk)
    for number, (zone, sites) in enumerate(zones.items()):
        hour = f"hour_{number}"
        entries = entries.alias(**{hour: ExtractHour("at", tzinfo=ZoneInfo(zone))})
        is_late, is_early = Q(**{f"{hour}__gte": begin}), Q(**{f"{hour}__lt": end})
        is_night = is_late | is_early if begin > end else is_late & is_early
        at_night |= Q(site_id__in=sites) & is_night
    return _of_forms(entries).filter(at_night, actor_id__isnull=False)


def mass_edits(entries: Entries, trial: Trial) -> Entries:
    """Entries of a person within a minute in which that person changed very many rows."""
    edits = _of_forms(entries).filter(action__in=["update", "delete"])
    found = Q(pk__in=[])
    for mass in masses(edits):
        begin = mass["minute"]
        in_minute = Q(at__gte=begin, at__lt=begin + timedelta(minutes=1))
        found |= in_minute & Q(actor_id=mass["actor_id"], source=mass["source"])
    return edits.filter(found)


def masses(edits: Entries) -> list[dict[str, Any]]:
    """Person (or none), page and minute of the largest ones."""
    by_minute = edits.annotate(minute=TruncMinute("at")).values("minute", "actor_id", "source")
    counted = by_minute.annotate(rows=Count("pk")).filter(rows__gte=MASS_ROWS)
    return [dict(row) for row in counted.order_by("-rows", "minute")[:MOST_MASSES]]


def _of_forms(entries: Entries) -> Entries:
    """What was written; that somebody printed a form is in the trail, too, and is no entry."""
    return entries.filter(table_name__in=form_tables() | row_tables()).exclude(action="event")


def _changes(entries: Entries) -> Entries:
    """Changes of values, by the entry page or past it; a verification or signature is none."""
    past_the_page = Q(source="direct") | Q(action="delete")
    of_form = Q(table_name__in=form_tables()) & (Q(changes__has_key="revision") | past_the_page)
    # The page asks for a reason as soon as the form is complete, and not before.
    of_row = Q(table_name__in=row_tables()) & (~Q(reason="") | past_the_page)
    return entries.filter(of_form & Q(action__in=["update", "delete"]) | of_row)


def _had_state(state: str) -> Q:
    """The form was in this state at some time before. A row of a form is in its form's save."""
    before = AuditEntry.objects.filter(
        table_name=OuterRef("table_name"),
        row_pk=OuterRef("row_pk"),
        pk__lt=OuterRef("pk"),
        changes__state__1=state,
    )
    if state == "complete":
        return Q(Exists(before)) | Q(table_name__in=row_tables())
    return Q(Exists(before))


FINDINGS = {
    "late": Finding(
        _("late entries"),
        format_lazy(_("Entered or changed more than {days} days after the visit."), days=LATE_DAYS),
        late_entries,
    ),
    "after-completion": Finding(
        _("changes after completion"),
        _("Values changed in a form that was complete."),
        after_completion,
    ),
    "after-signature": Finding(
        _("changes after signature"),
        _("Values changed in a form that had been signed."),
        after_signature,
    ),
    "night": Finding(
        _("night edits"),
        _("Entered by a person at night, by the clock of the site."),
        night_edits,
    ),
    "mass": Finding(
        _("mass edits"),
        format_lazy(
            _("{rows} rows or more changed by one person within a minute."), rows=MASS_ROWS
        ),
        mass_edits,
    ),
}


@dataclass(frozen=True)
class Tally:
    actor_id: int | None
    actor_name: str
    count: int


@dataclass(frozen=True)
class Review:
    changes: int
    """Entries and changes of forms in the period."""
    counts: dict[str, int]
    by_person: dict[str, list[Tally]]
    by_hour: dict[int, int]
    """By the clock of the trial."""


def review_of(entries: Entries, trial: Trial, *, zone: ZoneInfo) -> Review:
    """One query for each finding, one for the hours, whatever the number of entries."""
    by_person = {name: _by_person(finding.of(entries, trial)) for name, finding in FINDINGS.items()}
    hours = (
        _of_forms(entries)
        .annotate(hour=ExtractHour("at", tzinfo=zone))
        .values("hour")
        .annotate(count=Count("pk"))
    )
    by_hour = {row["hour"]: row["count"] for row in hours.order_by("hour")}
    return Review(
        changes=sum(by_hour.values()),
        counts={name: sum(tally.count for tally in found) for name, found in by_person.items()},
        by_person=by_person,
        by_hour=by_hour,
    )


def _by_person(entries: Entries) -> list[Tally]:
    counted = entries.values("actor_id", "actor_name").annotate(count=Count("pk"))
    return [Tally(**row) for row in counted.order_by("-count", "actor_name")]
