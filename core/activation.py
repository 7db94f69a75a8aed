"""The link by which a person chooses a password: works once and for a few days.

Made of the account's own state (Django's token of a password reset), so nothing is stored, and a
password that was chosen ends it.
"""

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import send_mail
from django.urls import reverse
from django.utils import translation
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _

from core.models import User


def activation_path(user: User) -> str:
    pk = urlsafe_base64_encode(force_bytes(user.pk))
    return reverse("account_activate", args=[pk, default_token_generator.make_token(user)])


def send_activation(user: User, *, base: str) -> bool:
    """Writes to the person; `base` is how people reach the site. False without an address."""
    if not user.email or not user.is_active:
        return False
    with translation.override(user.language):
        text = _(
            "%(name)s,\n\nan account was opened for you, or its password is to be chosen anew."
            " Your user name is %(username)s. Choose a password on this page within %(days)d"
            " days; the link works once:\n\n%(link)s\n\nIf you expect no such letter, tell the"
            " administrator of your site."
        ) % {
            "name": user.full_name,
            "username": user.username,
            "days": settings.PASSWORD_RESET_TIMEOUT // 86400,
            "link": f"{base}{activation_path(user)}",
        }
        send_mail(_("Your account of Trialsite"), text, None, [user.email])
    return True
