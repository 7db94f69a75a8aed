"""Sign-ins, sign-outs, failures and second factors, from the signals of Django and allauth."""

from typing import Any

from allauth.mfa import signals as second_factor
from allauth.mfa.models import Authenticator
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from core.actions.lock_outs import FAILED_SECOND_FACTOR, FAILED_SIGN_IN, note_failure
from core.audit.events import record
from core.http import address_of
from core.models import User
from core.tasks import send_notices


def connect() -> None:
    user_logged_in.connect(_signed_in, dispatch_uid="audit sign-in")
    user_logged_out.connect(_signed_out, dispatch_uid="audit sign-out")
    user_login_failed.connect(_failed, dispatch_uid="audit failed sign-in")
    second_factor.authenticator_added.connect(_factor_added, dispatch_uid="audit factor added")
    second_factor.authenticator_removed.connect(_factor_removed, dispatch_uid="audit removed")
    second_factor.authenticator_reset.connect(_factor_reset, dispatch_uid="audit factor reset")
    second_factor.authentication_failed.connect(_factor_failed, dispatch_uid="audit factor failed")


def _signed_in(request: HttpRequest, user: User, **kwargs: Any) -> None:
    record("sign-in", by=user, target=user, address=address_of(request))


def _signed_out(request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    if user is not None:
        record("sign-out", by=user, target=user, address=address_of(request))


def _failed(credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any) -> None:
    # A password typed into the name field must not end up in the trail: only known names do.
    name = str(credentials.get("username", ""))
    known = User.objects.filter(username=name).first()
    if known is None:
        record(FAILED_SIGN_IN, by=None, address=address_of(request))
        return
    _count(known, FAILED_SIGN_IN, request)


def _factor_added(
    request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any
) -> None:
    _note_factor("second factor added", request, user, authenticator)


def _factor_removed(
    request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any
) -> None:
    _note_factor("second factor removed", request, user, authenticator)


def _factor_reset(
    request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any
) -> None:
    _note_factor("recovery codes renewed", request, user, authenticator)


def _factor_failed(request: HttpRequest, user: User, **kwargs: Any) -> None:
    _count(user, FAILED_SECOND_FACTOR, request)


def _note_factor(
    event: str, request: HttpRequest, user: User, authenticator: Authenticator
) -> None:
    record(event, by=user, target=user, kind=authenticator.type, address=address_of(request))


def _count(user: User, event: str, request: HttpRequest | None) -> None:
    with transaction.atomic():
        address = address_of(request)
        told = note_failure(user, event, by=None, now=timezone.now(), address=address)
        if told:
            send_notices.delay_on_commit(told)
