"""Entries of the trail in words: which form of which patient, what changed, who, when, why."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.text import capfirst

from core.audit.event_names import event_name
from core.audit.reading import FieldChange, details_of, field_changes, model_of, name_of_row
from core.models import AuditEntry, Site, User
from core.models.membership import Role
from enrollment import registry
from enrollment.models import Patient, Visit


@dataclass(frozen=True)
class TrailLine:
    entry: AuditEntry
    title: str
    """What was changed: the form, or what the table holds."""
    patient: Patient | None
    visit: Visit | None
    site: Site | None
    about: User | None
    """The person whom an account's entry is about."""
    fields: list[FieldChange]
    details: str
    """Of an event."""
    roles: str
    local: datetime
    """When, by the clock of the site."""
    is_redactable: bool = False
    """Whether the reader may propose that a value leaves the trail."""
    proposed: int | None = None
    """A redaction that waits for a second person."""

    @property
    def event_name(self) -> str:
        return event_name(self.entry.event)

    # As text: a template would turn both into the zone of the page.
    @property
    def local_text(self) -> str:
        return f"{self.local:%Y-%m-%d %H:%M:%S}"

    @property
    def utc_text(self) -> str:
        return f"{self.utc:%Y-%m-%d %H:%M:%S}"

    @property
    def utc(self) -> datetime:
        return self.entry.at.astimezone(UTC)

    @property
    def zone(self) -> str:
        return str(self.local.tzinfo)


def trail_lines(
    entries: Iterable[AuditEntry], *, shows_arm: bool, zone: ZoneInfo
) -> list[TrailLine]:
    """`zone` is the clock for what belongs to no site. Five queries for any number of entries."""
    entries = list(entries)
    patients = Patient.objects.in_bulk(_ids(entries, lambda entry: entry.patient_id))
    visits = Visit.objects.in_bulk(_ids(entries, lambda entry: entry.visit_id))
    sites = Site.objects.in_bulk(_ids(entries, lambda entry: entry.site_id))
    people = User.objects.in_bulk(_ids(entries, lambda entry: entry.person_id))
    lines = []
    for entry in entries:
        site = sites.get(entry.site_id or 0)
        lines.append(
            TrailLine(
                entry=entry,
                title=title_of_entry(entry),
                patient=patients.get(entry.patient_id or 0),
                visit=visits.get(entry.visit_id or 0),
                site=site,
                about=people.get(entry.person_id or 0),
                fields=field_changes(entry, shows_arm=shows_arm),
                details=details_of(entry),
                roles=_role_labels(entry.actor_role),
                local=entry.at.astimezone(ZoneInfo(site.time_zone) if site else zone),
            )
        )
    return lines


def title_of_entry(entry: AuditEntry) -> str:
    """The form's own title, where its table holds several forms."""
    spec = registry.find(name_of_row(entry))
    return capfirst(str(spec.title)) if spec is not None else title_of(entry.table_name)


def title_of(table: str) -> str:
    known = _titles().get(table)
    if known is None:
        model = model_of(table)
        known = model._meta.verbose_name if model else table
    return capfirst(str(known or table))


@cache
def _titles() -> dict[str, str | Promise]:
    titles: dict[str, str | Promise] = {}
    for spec in (*registry.all_specs(), *registry.independent_specs()):
        titles[spec.model._meta.db_table] = spec.title
        if spec.rows is not None:
            titles[spec.rows.model._meta.db_table] = spec.rows.title
    return titles


def _role_labels(stored: str) -> str:
    labels = {role.value: str(role.label) for role in Role}
    return ", ".join(labels.get(name, name) for name in stored.split(", ") if name)


def _ids(entries: list[AuditEntry], of: Callable[[AuditEntry], int | None]) -> set[int]:
    return {found for entry in entries if (found := of(entry)) is not None}
