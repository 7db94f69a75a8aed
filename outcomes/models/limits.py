"""Limits of normal of each site's laboratory, by test, sex, age and day."""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.fields import CapturedField, NumberField, captured_fields
from core.models import Site, SiteScopedManager, User
from enrollment.models.patient import Sex
from outcomes.calc.normal_limits import OLDEST, NormalRange
from outcomes.models.laboratory import Laboratory


def tests_with_limits() -> dict[str, CapturedField]:
    """Every number of the laboratory form, by its name."""
    fields = captured_fields(Laboratory)
    return {field.name: field for field in fields if isinstance(field, NumberField)}


def plain_number(number: Decimal | None) -> str:
    """Without the zeros that only the column adds; a dash for none."""
    return "–" if number is None else f"{number.normalize():f}"


class NormalLimits(models.Model):
    """One range of one test, from a day on until the site has a newer one for the test.

    A row is corrected or withdrawn, never removed; the audit trail keeps what it said before.
    """

    SITE_PATH = "site"

    site = models.ForeignKey(Site, models.PROTECT, related_name="normal_limits")
    test = models.CharField(_("test"), max_length=40)
    sex = models.CharField(_("sex"), max_length=1, choices=Sex.choices, blank=True, default="")
    from_age = models.PositiveSmallIntegerField(_("from age"), default=0)
    to_age = models.PositiveSmallIntegerField(_("to age"), default=OLDEST)
    valid_from = models.DateField(_("valid from"))
    low = models.DecimalField(_("lower limit"), max_digits=12, decimal_places=4, null=True)
    high = models.DecimalField(_("upper limit"), max_digits=12, decimal_places=4, null=True)
    entered_at = models.DateTimeField(_("entered"), auto_now_add=True)
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True)
    withdrawn_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True)

    objects = SiteScopedManager()

    class Meta:
        ordering = ["site", "test", "-valid_from", "sex", "from_age"]
        constraints = [
            models.UniqueConstraint(
                fields=["site", "test", "valid_from", "sex", "from_age"],
                condition=Q(withdrawn_at__isnull=True),
                name="normal_limits_once",
                violation_error_message=_("The site has limits for this test, group and day."),
            ),
            models.CheckConstraint(
                condition=Q(low__isnull=False) | Q(high__isnull=False),
                name="normal_limits_say_something",
                violation_error_message=_("Enter a lower limit, an upper limit or both."),
            ),
            models.CheckConstraint(
                condition=Q(low__isnull=True) | Q(high__isnull=True) | Q(low__lt=F("high")),
                name="normal_limits_in_order",
                violation_error_message=_("Enter an upper limit above the lower one."),
            ),
            models.CheckConstraint(
                condition=Q(from_age__lte=F("to_age")),
                name="normal_limits_ages_in_order",
                violation_error_message=_("Enter a highest age that is not below the lowest."),
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="normal_limits_withdrawn_pair",
            ),
        ]
        verbose_name = _("limits of normal")
        verbose_name_plural = _("limits of normal")

    def __str__(self) -> str:
        return f"{self.site_id} {self.test} {self.valid_from}"

    @property
    def ages(self) -> str:
        """`0–17`, or `18+` for no end."""
        return f"{self.from_age}+" if self.to_age == OLDEST else f"{self.from_age}–{self.to_age}"

    @property
    def low_text(self) -> str:
        return plain_number(self.low)

    @property
    def high_text(self) -> str:
        return plain_number(self.high)

    @property
    def as_range(self) -> NormalRange:
        return NormalRange(
            test=self.test,
            valid_from=self.valid_from,
            low=self.low,
            high=self.high,
            sex=self.sex,
            from_age=self.from_age,
            to_age=self.to_age,
        )
