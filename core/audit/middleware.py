"""Names the page behind each write of a request, without ids: the route, not the address."""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from core.actions.sessions import note_time_outs
from core.audit.context import set_source
from core.audit.sealing import seal_entries

logger = logging.getLogger(__name__)

SEAL_EVERY_SECONDS = 60


class AuditSourceMiddleware:
    """Also notes a session that ran out, when its owner comes back, and seals the trail where no
    worker does: after a write, once a minute and process.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._sealed_at = float("-inf")

    def __call__(self, request: HttpRequest) -> HttpResponse:
        set_source("web")
        try:
            response = self.get_response(request)
        finally:
            set_source("")
        self._note_time_out(request)
        if settings.AUDIT_SEALED_BY_REQUESTS and request.method == "POST":
            self._seal()
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        if request.resolver_match is not None:
            set_source(f"web {request.resolver_match.view_name}")

    def _note_time_out(self, request: HttpRequest) -> None:
        """Somebody came back after the session ran out and was taken for nobody."""
        key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
        user = getattr(request, "_cached_user", None)  # none where the page asked for nobody
        if key and user is not None and not user.is_authenticated:
            with suppress(DatabaseError):  # the task of every five minutes does it then
                note_time_outs(now=timezone.now(), session_key=key)

    def _seal(self) -> None:
        if time.monotonic() - self._sealed_at < SEAL_EVERY_SECONDS:
            return
        self._sealed_at = time.monotonic()
        try:
            note_time_outs(now=timezone.now())
            seal_entries(at=timezone.now())
        except DatabaseError:
            logger.exception("the audit trail could not be sealed; a later request will do it")
