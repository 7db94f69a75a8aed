"""What happens around every request: an id, one line in the log, no copies, the time-outs."""

import logging
import re
import time
import uuid
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from core.logs import request_id
from core.remembered import remember_memberships
from core.sessions import STEP_SECONDS, end_timed_out

logger = logging.getLogger(__name__)

Handler = Callable[[HttpRequest], HttpResponse]

# Any other word in the place of the method is text that somebody sent.
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")

# What a proxy may hand us as an id; anything else is replaced, so that no text gets in this way.
_ID = re.compile(r"[0-9a-zA-Z-]{8,64}")


class RequestLogMiddleware:
    """Logs the URL pattern, never the path: paths hold patients' numbers. Goes first."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # The page that this thread answered before may have been in the zone of its trial.
        timezone.deactivate()
        given = request.headers.get("X-Request-ID", "")
        token = request_id.set(given if _ID.fullmatch(given) else uuid.uuid4().hex)
        start = time.perf_counter()
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = request_id.get()
            match = request.resolver_match
            logger.log(
                logging.ERROR if response.status_code >= 500 else logging.INFO,
                "answered",
                extra={
                    "user": _user_id(request),
                    "method": request.method if request.method in _METHODS else "other",
                    "route": match.route if match else None,
                    "status": response.status_code,
                    "duration_ms": round(1000 * (time.perf_counter() - start), 1),
                },
            )
            return response
        finally:
            request_id.reset(token)


def _user_id(request: HttpRequest) -> int | None:
    """The person's id if the request has looked the person up; never a query for the log's sake."""
    user = getattr(request, "user", None)
    if isinstance(user, SimpleLazyObject):
        user = getattr(request, "_cached_user", None)
    return getattr(user, "pk", None)


class NoStoreMiddleware:
    """Keeps pages out of the browser's memory and of proxies, unless the answer says otherwise.

    Without it, Back shows the last patient to whoever comes after a sign-out.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response


class Utf8Middleware:
    """Refuses a form in another encoding: no browser sends one, and some make text of half signs
    that can be neither stored nor shown again.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        encoding = (request.content_params or {}).get("charset", "utf-8")
        if encoding.lower() not in ("utf-8", "utf8"):
            raise BadRequest("not in UTF-8")
        return self.get_response(request)


class PermissionMiddleware:
    """A page that only reads asks once what the person may do, however often the answer counts."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            return self.get_response(request)
        with remember_memberships():
            return self.get_response(request)


class SignInMiddleware(LoginRequiredMiddleware):
    """Asks who somebody is only where it matters: /healthz answers while the database is away."""

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        if not getattr(view, "login_required", True):
            return None
        return super().process_view(request, view, args, kwargs)


class TimeoutMiddleware:
    """Ends a session that nobody used for a while, and any session after some hours."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        session = request.session
        if response.status_code >= 500:  # the session is perhaps what could not be read
            return response
        if session.accessed and SESSION_KEY in session:
            now = int(time.time())
            session.setdefault("begun_at", now)
            if now - session.get("used_at", 0) >= STEP_SECONDS:
                session["used_at"] = now
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], args: Any, kwargs: Any
    ) -> None:
        """Before anybody asks who is signed in; pages for everybody do not ask."""
        if not asks_for_sign_in(view) or SESSION_KEY not in request.session:
            return
        now, session = time.time(), request.session
        if now - session.get("begun_at", now) > settings.SESSION_COOKIE_AGE:
            end_timed_out(request, "absolute")
        elif now - session.get("used_at", now) > settings.SESSION_IDLE_SECONDS:
            end_timed_out(request, "idle")


def asks_for_sign_in(view: Callable[..., HttpResponseBase]) -> bool:
    """Views of the API say no and judge the session themselves; they are told by their class."""
    return getattr(view, "login_required", True) or hasattr(view, "cls")
