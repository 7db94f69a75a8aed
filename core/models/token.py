"""Personal tokens for the REST API."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models.trial import Trial
from core.models.user import User

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import AnonymousUser


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """A token is its owner's alone."""
        return self.filter(user_id=user.pk)

    def usable_at(self, moment: "datetime") -> Self:
        return self.filter(revoked_at__isnull=True, expires_at__gt=moment)


class ApiToken(models.Model):
    """A secret that stands for one person in one trial. Only its SHA-256 is stored."""

    AUDIT_HIDDEN = ("digest",)
    AUDIT_IGNORED = ("last_used_at",)

    user = models.ForeignKey(User, models.PROTECT, related_name="api_tokens")
    trial = models.ForeignKey(Trial, models.PROTECT, related_name="api_tokens")
    name = models.CharField(_("name"), max_length=80)
    tables = models.JSONField(
        _("tables"),
        default=list,
        blank=True,
        help_text=_("Names of the tables that the token reads; all of them when empty."),
    )
    is_unblinded = models.BooleanField(_("reads arms"), default=False)
    """Of a blinded trial. It is the token's alone: the same person's other tokens do not."""
    reason = models.CharField(_("reason"), max_length=500, blank=True, default="")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"))
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=models.F("created_at")),
                name="token_expires_after_creation",
                violation_error_message=_("Choose an expiry in the future."),
            ),
            models.CheckConstraint(
                condition=Q(is_unblinded=False) | ~Q(reason=""),
                name="unblinded_token_has_reason",
                violation_error_message=_("Enter the reason."),
            ),
        ]
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")

    def __str__(self) -> str:
        return self.name

    def reads(self, table: str) -> bool:
        return not self.tables or table in self.tables
