"""Stray personal data leave the trail: one person proposes it, another one confirms."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from core import audit
from core.audit.chain import digest_of, sealed_digest_of
from core.audit.redaction import overwrite
from core.models import AuditEntry, AuditRedaction, Trial, User
from core.refusals import Refused


def propose_redaction(
    entry: AuditEntry, field: str, *, trial: Trial, by: User, reason: str, now: datetime
) -> AuditRedaction:
    """
    Raises:
        Refused: it is proposed already.
    """
    with audit.writing(by=by, reason=reason):
        redaction, is_new = AuditRedaction.objects.get_or_create(
            entry_id=entry.pk,
            field=field,
            defaults={"trial": trial, "reason": reason, "proposed_by": by, "proposed_at": now},
        )
    if not is_new:
        raise Refused(_("This is proposed already. Somebody else must confirm it."))
    return redaction


def confirm_redaction(redaction: AuditRedaction, *, by: User, now: datetime) -> None:
    """Call `check_fresh` before.

    Raises:
        Refused: the same person proposed it, it was done already, or the entry is not sealed or
            not what was sealed.
    """
    check_second_person(redaction, by=by)
    with transaction.atomic(), audit.writing(by=by, reason=redaction.reason):
        held = AuditRedaction.objects.select_for_update().get(pk=redaction.pk)
        if held.confirmed_at is not None:
            raise Refused(_("Somebody confirmed this redaction already."))
        held.confirmed_by, held.confirmed_at = by, now
        held.entry_digest_before = _unaltered_digest(held)
        held.save(update_fields=["confirmed_by", "confirmed_at", "entry_digest_before"])
        overwrite(held)
        held.entry_digest_after = digest_of(held.entry_id)
        held.save(update_fields=["entry_digest_after"])
        audit.record(
            "redaction",
            by=by,
            target=held,
            reason=held.reason,
            entry=held.entry_id,
            field=held.field,
            proposed_by=str(held.proposed_by),
        )


def check_second_person(redaction: AuditRedaction, *, by: User) -> None:
    """
    Raises:
        Refused: nobody confirms what they proposed.
    """
    if by.pk == redaction.proposed_by_id:
        raise Refused(_("You proposed this redaction. Somebody else must confirm it."))


def _unaltered_digest(redaction: AuditRedaction) -> str:
    """The hash of the entry as it is, which must be the sealed one or an earlier redaction's."""
    others = AuditRedaction.objects.filter(entry_id=redaction.entry_id)
    earlier = others.exclude(entry_digest_after="").order_by("-confirmed_at", "-pk").first()
    sealed = sealed_digest_of(redaction.entry_id)
    if not sealed:
        raise Refused(_("This entry is not sealed yet. Try again in a minute."))
    found = digest_of(redaction.entry_id)
    if found != (earlier.entry_digest_after if earlier else sealed):
        raise Refused(
            _("This entry is not what was sealed. Verify the trail before anything is redacted.")
        )
    return found
