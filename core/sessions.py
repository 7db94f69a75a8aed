"""Sessions of people: which are open, and ending them with a line in the audit trail."""

import time
from collections.abc import Iterable

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import SESSION_KEY, get_user_model
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils import timezone

from core import audit
from core.http import address_of
from core.models import User

TIME_OUT = "session time-out"
"""The event of the trail, also of a session that ran out while nobody used it."""

STEP_SECONDS = 60
"""The time of use is kept to the minute: saving it on every request would make every page a write,
and on SQLite a page would then wait for whoever is writing."""


def open_sessions(user: User) -> list[UserSession]:
    """Those that still hold, newest first. Those that ended meanwhile are forgotten."""
    known = UserSession.objects.filter(user=user)
    held = Session.objects.filter(expire_date__gt=timezone.now())
    known.exclude(session_key__in=held.values("session_key")).delete()
    return list(known.order_by("-created_at"))


def end_sessions(sessions: Iterable[UserSession], *, by: User | None, reason: str) -> int:
    """Ends them now, wherever they are open; how many there were."""
    ended = list(sessions)
    keys = [session.session_key for session in ended]
    with audit.writing(by=by, reason=reason):
        Session.objects.filter(session_key__in=keys).delete()
        UserSession.objects.filter(session_key__in=keys).delete()
        for session in ended:
            audit.record("session ended", by=by, target=session.user, address=session.ip)
    return len(ended)


def end_timed_out(request: HttpRequest, kind: str) -> None:
    """Records the time-out (`idle` or `absolute`) and signs the person out."""
    user = get_user_model().objects.filter(pk=request.session[SESSION_KEY]).first()
    key = request.session.session_key
    if user is not None:
        audit.record(TIME_OUT, by=user, target=user, kind=kind, address=address_of(request))
    UserSession.objects.filter(session_key=key).delete()
    request.session.flush()


def time_left(request: HttpRequest) -> dict[str, int] | None:
    """Seconds until the session ends unless it is used, and until it ends in any case; None for
    visitors. The middleware notes use to the minute, so the first may be a minute too long."""
    session = getattr(request, "session", None)
    if session is None or SESSION_KEY not in session:
        return None
    now = int(time.time())
    lasted = now - session.get("begun_at", now)
    return {
        "idle_seconds": max(settings.SESSION_IDLE_SECONDS - STEP_SECONDS, STEP_SECONDS // 2),
        "left_seconds": max(settings.SESSION_COOKIE_AGE - lasted, 0),
    }
