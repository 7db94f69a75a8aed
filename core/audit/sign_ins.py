"""Sign-ins, sign-outs and failed sign-ins, from Django's own signals."""

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.http import HttpRequest

from core.audit.events import record
from core.models import User


def connect() -> None:
    user_logged_in.connect(_signed_in, dispatch_uid="audit sign-in")
    user_logged_out.connect(_signed_out, dispatch_uid="audit sign-out")
    user_login_failed.connect(_failed, dispatch_uid="audit failed sign-in")


def _signed_in(request: HttpRequest, user: User, **kwargs: Any) -> None:
    record("sign-in", by=user, target=user, address=_address(request))


def _signed_out(request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    if user is not None:
        record("sign-out", by=user, target=user, address=_address(request))


def _failed(credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any) -> None:
    # A password typed into the name field must not end up in the trail: only known names do.
    name = str(credentials.get("username", ""))
    known = User.objects.filter(username=name).first()
    record("failed sign-in", by=None, target=known, address=_address(request))


def _address(request: HttpRequest | None) -> str:
    return request.META.get("REMOTE_ADDR", "") if request is not None else ""
