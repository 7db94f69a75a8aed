"""What a view is given: `LoginRequiredMiddleware` lets nobody in who has not signed in."""

from django.conf import settings
from django.http import HttpRequest

from core.models import Trial, User


class Request(HttpRequest):
    """For annotations only: the request of a signed-in person."""

    user: User
    trial: Trial
    """The trial of the page, where it has one; set by `core.scope.enter`."""


def address_of(request: HttpRequest | None) -> str:
    """Where the request came from, for the audit; empty outside of one."""
    if request is None:
        return ""
    if settings.ALLAUTH_TRUSTED_PROXY_COUNT:
        # The last one was added by our own proxy; what stands before it, anybody can write.
        forwarded = request.headers.get("X-Forwarded-For", "").split(",")[-1].strip()
        if forwarded:
            return forwarded[:45]
    return request.META.get("REMOTE_ADDR", "")
