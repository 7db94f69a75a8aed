"""Who was trained for which role, and reviews of who has access."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.models.membership import Role
from core.models.trial import Trial
from core.models.user import User


class TrainingRecordQuerySet(models.QuerySet["TrainingRecord"]):
    def valid_on(self, day: date) -> Self:
        no_end = Q(valid_until__isnull=True) | Q(valid_until__gte=day)
        return self.filter(no_end, taken_on__lte=day)


class TrainingRecord(models.Model):
    """A training that a person took for a role of a trial. Another one is added, none is changed.

    Where the trial requires training, a role counts from the first to the last day of it.
    Source: 21 CFR 11.10(i); ICH E6(R3) Annex 1 section 4.
    """

    APPEND_ONLY = True

    user = models.ForeignKey(User, models.PROTECT, related_name="training_records")
    trial = models.ForeignKey(Trial, models.PROTECT, related_name="training_records")
    role = models.CharField(_("role"), max_length=30, choices=Role.choices)
    what = models.CharField(_("training"), max_length=200)
    taken_on = models.DateField(_("taken on"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)
    recorded_at = models.DateTimeField(_("recorded"), auto_now_add=True)

    objects = TrainingRecordQuerySet.as_manager()

    class Meta:
        ordering = ["-taken_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("taken_on")),
                name="training_ends_after_start",
                violation_error_message=_("The training ends before it was taken."),
            )
        ]
        verbose_name = _("training record")
        verbose_name_plural = _("training records")

    def __str__(self) -> str:
        return self.what


class AccessReview(models.Model):
    """Somebody looked through who has access to a trial, and what came of it."""

    APPEND_ONLY = True

    trial = models.ForeignKey(Trial, models.PROTECT, related_name="access_reviews")
    reviewed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    reviewed_at = models.DateTimeField(_("reviewed"))
    people = models.PositiveIntegerField(_("people"))
    conclusion = models.TextField(_("conclusion"))

    class Meta:
        ordering = ["-reviewed_at"]
        verbose_name = _("access review")
        verbose_name_plural = _("access reviews")

    def __str__(self) -> str:
        return f"{self.reviewed_at:%Y-%m-%d}"
