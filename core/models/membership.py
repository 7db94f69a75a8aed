"""Who holds which role where, and since when."""

from typing import TYPE_CHECKING, Self

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.models.trial import Site, Trial
from core.models.user import User

if TYPE_CHECKING:
    from datetime import date

    from django.contrib.auth.models import AnonymousUser


class Role(models.TextChoices):
    COORDINATOR = "coordinator", _("Research coordinator")
    INVESTIGATOR = "investigator", _("Investigator")
    STATISTICIAN = "statistician", _("Statistician")
    MONITOR = "monitor", _("Monitor")
    DISPENSER = "dispenser", _("Dispenser")
    UNBLINDED_PHARMACIST = "unblinded-pharmacist", _("Unblinded pharmacist")
    UNBLINDED_STATISTICIAN = "unblinded-statistician", _("Unblinded statistician")
    DATA_MANAGER = "data-manager", _("Data manager")
    ADMINISTRATOR = "administrator", _("Administrator")
    CENTRAL_READER = "central-reader", _("Central reader")
    ADJUDICATOR = "adjudicator", _("Adjudicator")
    LABORATORY = "laboratory", _("Laboratory")


class MembershipQuerySet(models.QuerySet["Membership"]):
    def current_for(self, user: "User | AnonymousUser") -> Self:
        """The memberships that count now: granted, and trained for where the trial requires it.

        None for an inactive or unknown person.
        """
        if not user.is_active or user.pk is None:
            return self.none()
        return (
            self.held()
            .filter(user_id=user.pk)
            .filter(Q(trial__requires_training=False) | self.trained(timezone.localdate()))
        )

    def held(self) -> Self:
        """Granted and not revoked, whether or not they count today."""
        return self.filter(revoked_at__isnull=True)

    @staticmethod
    def trained(day: "date") -> Exists:
        """Is a training for the role of this membership valid on the day?"""
        # A training record names a role, so this module cannot import it.
        records = apps.get_model("core", "TrainingRecord").objects.valid_on(day)
        same = {name: OuterRef(name) for name in ("user_id", "trial_id", "role")}
        return Exists(records.filter(**same))


class Membership(models.Model):
    """One role of one person in one trial, at one site or (site empty) at all of its sites."""

    user = models.ForeignKey(User, models.PROTECT, related_name="memberships")
    trial = models.ForeignKey(Trial, models.PROTECT, related_name="memberships")
    site = models.ForeignKey(
        Site, models.PROTECT, related_name="memberships", null=True, blank=True
    )
    role = models.CharField(_("role"), max_length=30, choices=Role.choices)
    granted_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)
    granted_at = models.DateTimeField(_("granted"), auto_now_add=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "trial", "role", "site"],
                condition=Q(revoked_at__isnull=True, site__isnull=False),
                name="site_membership_held_once",
                violation_error_message=_("This person holds this role at this site already."),
            ),
            models.UniqueConstraint(
                fields=["user", "trial", "role"],
                condition=Q(revoked_at__isnull=True, site__isnull=True),
                name="trial_membership_held_once",
                violation_error_message=_("This person holds this role in this trial already."),
            ),
        ]
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")

    def __str__(self) -> str:
        return f"{self.user_id} {self.role}"

    def clean(self) -> None:
        if self.site is not None and self.site.trial_id != self.trial_id:
            raise ValidationError({"site": _("Choose a site of this trial.")})
