"""The people who sign in."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """One person, one account. Accounts are deactivated, never removed: the audit names them."""

    AUDIT_HIDDEN = ("password",)
    AUDIT_IGNORED = ("last_login",)

    full_name = models.CharField(_("name"), max_length=150)
    language = models.CharField(
        _("language"),
        max_length=10,
        default="en",
        choices=[("en", "English"), ("zh-hans", "简体中文")],
    )
    is_demo = models.BooleanField(
        _("demo account"),
        default=False,
        help_text=_("Has a published password. Refused everywhere but in the demo."),
    )

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")

    def __str__(self) -> str:
        return self.full_name or self.username

    def get_full_name(self) -> str:
        return str(self)
