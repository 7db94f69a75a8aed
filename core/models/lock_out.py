"""Accounts that are closed for a while because somebody guesses at their passwords."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.models.user import User

if TYPE_CHECKING:
    from datetime import datetime


class LockOutQuerySet(models.QuerySet["LockOut"]):
    def in_force_at(self, moment: "datetime") -> Self:
        return self.filter(lifted_at__isnull=True, until__gt=moment)


class LockOut(models.Model):
    """From `at` to `until` the account neither signs in nor signs, unless somebody lifts it."""

    user = models.ForeignKey(User, models.PROTECT, related_name="lock_outs")
    at = models.DateTimeField(_("locked"))
    until = models.DateTimeField(_("locked until"))
    lifted_at = models.DateTimeField(_("unlocked"), null=True)
    lifted_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True)

    objects = LockOutQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until__gt=F("at")),
                name="lock_out_ends_after_start",
                violation_error_message=_("A lock-out ends after it starts."),
            ),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True, lifted_by__isnull=True)
                | Q(lifted_at__isnull=False, lifted_by__isnull=False),
                name="lock_out_lifted_by_and_at",
                violation_error_message=_("Say who unlocked the account and when."),
            ),
        ]
        verbose_name = _("lock-out")
        verbose_name_plural = _("lock-outs")

    def __str__(self) -> str:
        return f"{self.user_id} {self.at:%Y-%m-%d %H:%M}"
