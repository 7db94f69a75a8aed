"""Who must sign in with a second factor, and what happens until it is set up.

Roles that can sign, unblind, see an arm, lock or administer need one.
"""

from collections.abc import Callable
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from core.middleware import asks_for_sign_in
from core.models import Membership, User
from core.permissions import Permission, roles_with

PROTECTED = (
    Permission.RECORD_SIGN,
    Permission.RECORD_LOCK,
    Permission.EMERGENCY_UNBLIND,
    Permission.PLANNED_UNBLIND,
    Permission.ARM_VIEW,
    Permission.MEMBER_MANAGE,
)
PROTECTED_ROLES = frozenset(role for item in PROTECTED for role in roles_with(item))

# The ways to set it up, and out.
_OPEN = ("mfa_", "account_", "password_change", "set_language")


def is_required(user: User) -> bool:
    """Demo accounts sign in to the demo with their published password alone."""
    if not settings.MFA_REQUIRED or (settings.DEMO and user.is_demo):
        return False
    if user.is_superuser or user.is_staff:
        return True
    return Membership.objects.current_for(user).filter(role__in=PROTECTED_ROLES).exists()


def has_one(user: User) -> bool:
    """Recovery codes alone are no second factor."""
    kept = Authenticator.objects.filter(user_id=user.pk)
    return kept.exclude(type=Authenticator.Type.RECOVERY_CODES).exists()


class SecondFactorMiddleware:
    """Leads whoever needs a second factor and has none to where it is set up."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        if not settings.MFA_REQUIRED or _is_open(request, view):
            return None
        user = request.user
        if not isinstance(user, User) or _used_one(request, user) or not is_required(user):
            return None
        if has_one(user):  # set up a moment ago, in this session
            return None
        messages.warning(
            request,
            _("Your role asks for a second factor. Set up an authenticator app or a passkey."),
        )
        return redirect("mfa_index")


def _is_open(request: HttpRequest, view: Callable[..., HttpResponseBase]) -> bool:
    """Pages for everybody; views of the API judge tokens themselves and come here as well."""
    match = request.resolver_match
    return not asks_for_sign_in(view) or (
        match is not None and (match.view_name or "").startswith(_OPEN)
    )


def _used_one(request: HttpRequest, user: User) -> bool:
    return any(record["method"] == "mfa" for record in get_authentication_records(request, user))
