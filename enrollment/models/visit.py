from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from core.models import SiteScopedQuerySet
from enrollment.models.patient import Patient

if TYPE_CHECKING:
    from datetime import date


class VisitQuerySet(SiteScopedQuerySet["Visit"]):
    def open_on(self, day: "date") -> Self:
        """Planned visits whose window has begun."""
        return self.filter(outcome=Visit.Outcome.PLANNED, window_opens__lte=day)

    def overdue(self, day: "date") -> Self:
        return self.filter(outcome=Visit.Outcome.PLANNED, window_closes__lt=day)


class Visit(models.Model):
    """A visit on a patient's schedule: what the protocol plans and what took place."""

    SITE_PATH = "patient__site"

    class Outcome(models.TextChoices):
        PLANNED = "planned", _("planned")
        TOOK_PLACE = "took-place", _("took place")
        MISSED = "missed", _("missed")
        ON_HOLD = "on-hold", _("on hold")
        SKIPPED = "skipped", _("skipped")

    AHEAD = (Outcome.PLANNED, Outcome.ON_HOLD, Outcome.SKIPPED)
    """The plan still decides on these: they move with it and leave with it."""
    UNSCHEDULED = "unscheduled"
    """The track of visits that the protocol does not plan."""

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="visits")
    key = models.CharField(_("visit"), max_length=20)
    label_en = models.CharField(_("label (English)"), max_length=120)
    label_zh = models.CharField(_("label (Chinese)"), max_length=120)
    track = models.SlugField(_("track"))
    cycle = models.PositiveSmallIntegerField(_("course"), null=True)
    day = models.SmallIntegerField(_("day"), null=True)
    position = models.PositiveSmallIntegerField(_("order"))
    forms = models.JSONField(_("forms"), default=list)
    target_date = models.DateField(_("protocol date"))
    window_opens = models.DateField(_("window opens"))
    window_closes = models.DateField(_("window closes"))
    outcome = models.CharField(
        _("outcome"), max_length=10, choices=Outcome.choices, default=Outcome.PLANNED
    )
    actual_date = models.DateField(_("visit date"), null=True)
    deviation_reason = models.TextField(_("reason"), blank=True, default="")

    objects = VisitQuerySet.as_manager()

    class Meta:
        ordering = ["patient", "position"]
        constraints = [
            models.UniqueConstraint(fields=["patient", "key"], name="visit_key_once"),
            models.CheckConstraint(
                condition=Q(
                    window_opens__lte=F("target_date"), window_closes__gte=F("target_date")
                ),
                name="visit_target_in_window",
            ),
            models.CheckConstraint(
                condition=Q(outcome="took-place", actual_date__isnull=False)
                | Q(~Q(outcome="took-place"), actual_date__isnull=True),
                name="visit_date_when_took_place",
            ),
            models.CheckConstraint(
                condition=~Q(outcome__in=["missed", "on-hold", "skipped"], deviation_reason=""),
                name="visit_not_held_has_reason",
            ),
        ]
        verbose_name = _("visit")
        verbose_name_plural = _("visits")

    def __str__(self) -> str:
        return self.key

    @property
    def label(self) -> str:
        return self.label_zh if (get_language() or "").startswith("zh") else self.label_en

    @property
    def is_open(self) -> bool:
        """Forms can be filled: the visit took place."""
        return self.outcome == self.Outcome.TOOK_PLACE

    @property
    def is_unscheduled(self) -> bool:
        return self.track == self.UNSCHEDULED

    @property
    def is_outside_window(self) -> bool:
        day = self.actual_date
        return day is not None and not self.window_opens <= day <= self.window_closes
