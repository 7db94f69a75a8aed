"""Five failed attempts in a quarter of an hour close an account for a quarter of an hour.

Counted in the database, over all processes: from the audit's own entries of failed attempts.
Source: NIST SP 800-63B section 5.2.2 (rate limiting); 21 CFR 11.300(d).
"""

from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core import audit
from core.actions.notices import store_notices
from core.models import AuditEntry, LockOut, NoticeKind, Trial, User
from core.refusals import Refused

FAILED_SIGN_IN = "failed sign-in"
FAILED_SECOND_FACTOR = "failed second factor"
FAILED_SIGNATURE = "failed signature authentication"
FAILURES = (FAILED_SIGN_IN, FAILED_SECOND_FACTOR, FAILED_SIGNATURE)


def lock_out_of(user: User, *, now: datetime) -> LockOut | None:
    return LockOut.objects.in_force_at(now).filter(user_id=user.pk).first()


@transaction.atomic
def note_failure(
    user: User, event: str, *, by: User | None, now: datetime, address: str = ""
) -> list[int]:
    """Records one failed attempt and locks the account when it is one too many.

    Returns the ids of the notices that tell of a lock-out; the caller sends them on commit. What
    happens while the account is locked is recorded, but makes the lock-out no longer.
    """
    # Attempts that arrive together wait for each other here, or none of them would be the fifth.
    User.objects.select_for_update().get(pk=user.pk)
    audit.record(event, by=by, target=user, address=address)
    if lock_out_of(user, now=now) or _failures(user, now) < settings.LOCK_OUT_FAILURES:
        return []
    with audit.writing(by=None, reason="too many failed attempts"):
        LockOut.objects.create(user=user, at=now, until=now + _duration())
        return _tell(user, now)


def lift_lock_out(user: User, *, by: User, reason: str, now: datetime) -> None:
    """
    Raises:
        Refused: the account is not locked, or is the person's own.
    """
    if by.pk == user.pk:
        raise Refused(_("Ask another administrator to unlock your account."))
    with audit.writing(by=by, reason=reason):
        current = LockOut.objects.in_force_at(now).filter(user=user)
        if not current.update(lifted_at=now, lifted_by=by):
            raise Refused(_("This account is not locked."))


def _duration() -> timedelta:
    return timedelta(minutes=settings.LOCK_OUT_MINUTES)


def _failures(user: User, now: datetime) -> int:
    """Failed attempts within the window, since the last sign-in and the last lock-out."""
    since = [now - _duration()]
    if user.last_login is not None:
        since.append(user.last_login)
    if last := LockOut.objects.filter(user=user).first():
        since.append(last.lifted_at or last.until)
    entries = AuditEntry.objects.of_row(user).filter(event__in=FAILURES, at__gt=max(since))
    return entries.count()


def _tell(user: User, now: datetime) -> list[int]:
    """The person, and the named people of each trial in which the person has a role."""

    def subject() -> str:
        return _("Account locked: %(name)s") % {"name": user.username}

    def text() -> str:
        return _(
            "%(failures)d attempts to sign in or to sign as %(name)s failed within %(minutes)d"
            " minutes. The account is locked until %(until)s. If this was not the person, somebody"
            " is guessing the password: change it, and tell whoever is responsible for security."
        ) % {
            "failures": settings.LOCK_OUT_FAILURES,
            "name": user.username,
            "minutes": settings.LOCK_OUT_MINUTES,
            "until": f"{timezone.localtime(now + _duration()):%Y-%m-%d %H:%M %Z}",
        }

    store = partial(store_notices, NoticeKind.LOCK_OUT, subject=subject, text=text)
    pks = store(trial=None, people=[user])
    held = user.memberships.filter(revoked_at__isnull=True)
    for trial in Trial.objects.filter(pk__in=held.values("trial_id")):
        pks += store(trial=trial)
    return pks
