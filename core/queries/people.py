"""Who has access to a trial: the list, the review, and its CSV."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from allauth.mfa.models import Authenticator
from django.db.models import Count, Exists, OuterRef
from django.utils.translation import gettext as _

from core.models import AuditEntry, LockOut, Membership, TrainingRecord, Trial, User

IDLE_AFTER = timedelta(days=90)


@dataclass(frozen=True)
class RoleLine:
    membership: Membership
    training: TrainingRecord | None
    """The one that is valid longest, today."""
    counts: bool
    """False where the trial asks for a training that is missing."""


@dataclass(frozen=True)
class PersonLine:
    user: User
    roles: tuple[RoleLine, ...]
    has_second_factor: bool
    is_locked: bool
    is_idle: bool
    exports: int
    """How often data left the system by this person, in the last 90 days."""

    @property
    def state(self) -> str:
        if not self.user.is_active:
            return "deactivated"
        if self.is_locked:
            return "locked"
        return "active" if self.user.has_usable_password() else "invited"

    @property
    def state_label(self) -> str:
        return {
            "deactivated": _("deactivated"),
            "invited": _("invited"),
            "locked": _("locked"),
            "active": _("active"),
        }[self.state]


def people_of(
    trial: Trial, *, now: datetime, today: date, user: User | None = None
) -> list[PersonLine]:
    """Everybody who holds a role in the trial, by name; or one of them. Five queries."""
    held = trial.memberships.held().select_related("site__trial", "granted_by")
    if user is not None:
        held = held.filter(user=user)
    by_person: dict[int, list[Membership]] = {}
    for membership in held.order_by("role", "site__code"):
        by_person.setdefault(membership.user_id, []).append(membership)
    people = _annotated(list(by_person), now)
    trained = _training(trial, list(by_person), today)
    exported = _exports(trial, list(by_person), now)
    return [_line(person, by_person[person.pk], trained, exported, now) for person in people]


def _annotated(pks: list[int], now: datetime) -> list[User]:
    factors = Authenticator.objects.exclude(type=Authenticator.Type.RECOVERY_CODES)
    return list(
        User.objects.filter(pk__in=pks)
        .annotate(
            has_factor=Exists(factors.filter(user=OuterRef("pk"))),
            is_locked=Exists(LockOut.objects.in_force_at(now).filter(user=OuterRef("pk"))),
        )
        .order_by("full_name", "username")
    )


def _training(trial: Trial, pks: list[int], today: date) -> dict[tuple[int, str], TrainingRecord]:
    """The record that lasts longest, by person and role; one without an end lasts for ever."""
    records = TrainingRecord.objects.valid_on(today).filter(trial=trial, user_id__in=pks)
    found: dict[tuple[int, str], TrainingRecord] = {}
    for record in sorted(records, key=lambda item: item.valid_until or date.max):
        found[record.user_id, record.role] = record
    return found


def _exports(trial: Trial, pks: list[int], now: datetime) -> dict[int, int]:
    entries = AuditEntry.objects.filter(
        event="export",
        table_name=Trial._meta.db_table,
        row_pk=str(trial.pk),
        actor_id__in=pks,
        at__gte=now - IDLE_AFTER,
    )
    counted = entries.values_list("actor_id").annotate(Count("pk")).order_by()
    return {int(pk): number for pk, number in counted}


def _line(
    person: User,
    held: list[Membership],
    trained: dict[tuple[int, str], TrainingRecord],
    exported: dict[int, int],
    now: datetime,
) -> PersonLine:
    roles = []
    for membership in held:
        training = trained.get((person.pk, membership.role))
        counts = person.is_active and (
            training is not None or not membership.trial.requires_training
        )
        roles.append(RoleLine(membership, training, counts))
    return PersonLine(
        user=person,
        roles=tuple(roles),
        has_second_factor=person.has_factor,  # type: ignore[attr-defined]
        is_locked=person.is_locked,  # type: ignore[attr-defined]
        is_idle=(person.last_login or person.date_joined) < now - IDLE_AFTER,
        exports=exported.get(person.pk, 0),
    )


REVIEW_COLUMNS = (
    "trial",
    "username",
    "full_name",
    "email",
    "state",
    "role",
    "site",
    "granted_at",
    "granted_by",
    "last_sign_in",
    "second_factor",
    "training",
    "training_valid_until",
    "idle_90_days",
    "exports_90_days",
)


def review_rows(trial: Trial, people: list[PersonLine]) -> Iterator[list[str]]:
    """One row for each role of each person, in the keys and codes of every export: English."""
    for line in people:
        for role in line.roles:
            held, training = role.membership, role.training
            yield [
                trial.slug,
                line.user.username,
                line.user.full_name,
                line.user.email,
                line.state,
                held.role,
                held.site.code if held.site else "",
                held.granted_at.isoformat(timespec="seconds"),
                held.granted_by.username if held.granted_by else "",
                line.user.last_login.isoformat(timespec="seconds") if line.user.last_login else "",
                "yes" if line.has_second_factor else "no",
                training.what if training else "",
                str(training.valid_until or "") if training else "",
                "yes" if line.is_idle else "no",
                str(line.exports),
            ]
