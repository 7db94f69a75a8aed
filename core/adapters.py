"""Where django-allauth asks the project: no public sign-up, no letters, secrets encrypted."""

import base64
import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.encoding import force_bytes
from django.utils.translation import gettext_lazy as _

from core.second_factor import is_required


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        # The same for a wrong password, an unknown name and a locked account.
        "username_password_mismatch": _(
            "The user name or the password is not right, or the account is locked for a while."
            " Five failed attempts lock it for a quarter of an hour."
        ),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Administrators invite people."""
        return False

    def respond_user_inactive(self, request: HttpRequest, user: Any) -> HttpResponse:
        return redirect("account_login")

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Not within five minutes of signing in: the second factor is set up right after it."""
        records = get_authentication_records(context.request, context.request.user)
        last = records[-1]["at"] if records else 0
        return time.time() - last >= settings.ACCOUNT_REAUTHENTICATION_TIMEOUT

    def add_message(self, *args: Any, message: str | None = None, **kwargs: Any) -> None:
        """Refusals only: our pages say themselves what was done."""
        if message:
            super().add_message(*args, message=message, **kwargs)


class SecondFactorAdapter(DefaultMFAAdapter):
    """Whoever reads the database, or a backup of it, cannot make codes from it."""

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _cipher().decrypt(encrypted_text.encode()).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """The last one stays where the role asks for one."""
        user = authenticator.user
        others = Authenticator.objects.filter(user=user).exclude(pk=authenticator.pk)
        counted = others.exclude(type=Authenticator.Type.RECOVERY_CODES)
        return counted.exists() or not is_required(user)

    def get_totp_label(self, user: Any) -> str:
        """The user name, which stays; an address may change."""
        return str(user.get_username())

    def get_public_key_credential_user_entity(self, user: Any) -> dict[str, Any]:
        return super().get_public_key_credential_user_entity(user) | {"name": user.get_username()}


def _cipher() -> MultiFernet:
    """Keys derived from SECRET_KEY, and from earlier ones for what they encrypted."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_derived(key)) for key in keys])


def _derived(secret: str | bytes) -> bytes:
    derivation = HKDF(hashes.SHA256(), length=32, salt=None, info=b"trialsite second factor")
    return base64.urlsafe_b64encode(derivation.derive(force_bytes(secret)))
