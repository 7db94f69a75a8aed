"""Personal API tokens. The triggers write the audit of what is created and revoked."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from core import audit
from core.calc.token import digest_of
from core.models import ApiToken, Trial, User
from core.permissions import Permission, has_permission
from core.refusals import Refused

MOST_DAYS = 365
_USE_IS_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class IssuedToken:
    """`secret` exists here and nowhere else: show it once, store it never."""

    token: ApiToken
    secret: str


def create_token(
    *,
    by: User | None,
    user: User,
    trial: Trial,
    name: str,
    days: int,
    now: datetime,
    tables: Sequence[str] = (),
    is_unblinded: bool = False,
    reason: str = "",
) -> IssuedToken:
    """Makes a token that lets scripts do in the trial what the person may do there.

    `tables` names those that it reads; all of the trial's when empty. An unblinded
    one reads arms too.

    Raises:
        Refused: the person has no role in the trial, or may not export arms, or gives no reason for
            it, or the days are not from 1 to 365.
    """
    if not 1 <= days <= MOST_DAYS:
        raise Refused(_("Enter a number of days from 1 to %(most)d.") % {"most": MOST_DAYS})
    if not Trial.objects.visible_to(user).filter(pk=trial.pk).exists():
        raise Refused(_("This person has no role in this trial."))
    if is_unblinded and not has_permission(user, Permission.EXPORT_UNBLINDED, trial=trial):
        raise Refused(_("This person may not export the arms of this trial."))
    if is_unblinded and not reason.strip():
        raise Refused(_("Enter the reason."))
    # 32 hexadecimal characters: the only shape that REDCap's clients for R and Python accept.
    secret = secrets.token_hex(16)
    with audit.writing(by=by):
        token = ApiToken.objects.create(
            user=user,
            trial=trial,
            name=name,
            tables=sorted(set(tables)),
            is_unblinded=is_unblinded,
            reason=reason.strip() if is_unblinded else "",
            digest=digest_of(secret),
            expires_at=now + timedelta(days=days),
        )
    return IssuedToken(token, secret)


def revoke_token(token: ApiToken, *, by: User, now: datetime) -> None:
    """Ends the token for good; revoking it again changes nothing."""
    with audit.writing(by=by):
        ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=now)


def note_use(token: ApiToken, *, now: datetime) -> None:
    """Remembers that the token was used, at most once a minute and never waiting for a lock."""
    before = now - _USE_IS_NOTED_EVERY
    if token.last_used_at is not None and token.last_used_at > before:
        return
    with transaction.atomic():
        # PostgreSQL skips a row that another request of the same script holds. SQLite has no
        # such lock and leaves the clause out.
        stale = ApiToken.objects.select_for_update(skip_locked=True).filter(
            Q(last_used_at__isnull=True) | Q(last_used_at__lte=before), pk=token.pk
        )
        if stale.exists():
            ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
