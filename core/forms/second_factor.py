"""allauth's forms for the second factor, closed while the account is locked."""

from typing import Any

from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import AuthenticateWebAuthnForm
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from core.actions.lock_outs import lock_out_of
from core.models import User


def _refuse_locked(user: User) -> None:
    if lock_out_of(user, now=timezone.now()):
        raise ValidationError(
            _("Too many attempts failed: the account is locked for a while. Try again later.")
        )


class _Code:
    user: User
    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs.pop("placeholder", None)
        self.fields["code"].widget.attrs["inputmode"] = "numeric"

    def clean_code(self) -> str:
        _refuse_locked(self.user)
        code: str = super().clean_code()  # type: ignore[misc]
        return code


class CodeForm(_Code, AuthenticateForm):
    pass


class CodeAgainForm(_Code, ReauthenticateForm):
    pass


class PasskeyForm(AuthenticateWebAuthnForm):
    def clean_credential(self) -> Authenticator:
        _refuse_locked(self.user)
        return super().clean_credential()
