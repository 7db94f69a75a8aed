"""Sessions that ran out: nobody signs out of them, so the trail is told here."""

from datetime import datetime

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction

from core.audit.events import record
from core.models import User
from core.sessions import TIME_OUT


def note_time_outs(*, now: datetime, session_key: str = "") -> int:
    """Removes sessions that ran out, or the one with this key, with an event for each person's.

    Returns how many events that made. Noted once, whoever comes first: the removal decides.
    """
    expired = Session.objects.filter(expire_date__lte=now)
    if session_key:
        expired = expired.filter(session_key=session_key)
    return sum(_note(session) for session in expired.order_by("expire_date")[:1000])


@transaction.atomic
def _note(session: Session) -> bool:
    removed, _by_model = Session.objects.filter(pk=session.pk).delete()
    held = session.get_decoded().get(SESSION_KEY, "")
    person = User.objects.filter(pk=held).first() if str(held).isdecimal() else None
    if not removed or person is None:
        return False
    record(TIME_OUT, by=None, target=person, ran_out_at=session.expire_date.isoformat())
    return True
