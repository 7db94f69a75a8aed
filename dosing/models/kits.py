"""Kits as they are packed. Where a kit is, and what is left of it, is in its ledger."""

from typing import TYPE_CHECKING, Self

from django.apps import apps
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from core.models import Site, Trial, User

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class Lot(models.Model):
    """What is printed on the label of every kit of one packaging run, whatever is in it.

    In a blinded trial one lot holds kits of every arm: number, expiry and storage are the same.
    """

    trial = models.ForeignKey(Trial, models.PROTECT, related_name="lots")
    number = models.CharField(_("lot"), max_length=20)
    product = models.SlugField(_("product"))
    expires_on = models.DateField(_("expires"))
    lowest_c = models.DecimalField(_("stored at no less than"), max_digits=4, decimal_places=1)
    highest_c = models.DecimalField(_("stored at no more than"), max_digits=4, decimal_places=1)
    capsules = models.PositiveSmallIntegerField(_("capsules in a kit"))
    registered_at = models.DateTimeField(_("registered"), auto_now_add=True)
    registered_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["trial", "expires_on", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["trial", "number"],
                name="lot_number_once",
                violation_error_message=_("This lot is registered already."),
            ),
            models.CheckConstraint(
                condition=Q(lowest_c__lt=F("highest_c")),
                name="lot_storage_range",
                violation_error_message=_("Enter a storage range from low to high."),
            ),
            models.CheckConstraint(
                condition=Q(capsules__gt=0),
                name="lot_kit_holds_capsules",
                violation_error_message=_("A kit holds at least one capsule."),
            ),
        ]
        verbose_name = _("lot")
        verbose_name_plural = _("lots")

    def __str__(self) -> str:
        return self.number


class KitQuerySet(models.QuerySet["Kit"]):
    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """Kits that were packed for a site of the person, or have been at one."""
        sites = Site.objects.visible_to(user)
        # The ledger points at kits, so that this module cannot import it.
        ledger = apps.get_model("dosing", "LedgerEntry").objects
        been_there = ledger.filter(Q(site__in=sites) | Q(bound_for__in=sites), kit=OuterRef("pk"))
        return self.filter(Q(site__in=sites) | Exists(been_there))


class Kit(models.Model):
    """One container with the capsules of one course. Its number says nothing about its content."""

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="kits")
    trial = models.ForeignKey(Trial, models.PROTECT, related_name="kits")
    number = models.CharField(_("kit number"), max_length=12)
    site = models.ForeignKey(
        Site, models.PROTECT, related_name="kits", verbose_name=_("packed for site")
    )

    objects = KitQuerySet.as_manager()

    class Meta:
        ordering = ["trial", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["trial", "number"],
                name="kit_number_once",
                violation_error_message=_("This kit is registered already."),
            )
        ]
        verbose_name = _("kit")
        verbose_name_plural = _("kits")

    def __str__(self) -> str:
        return self.number


class KitArm(models.Model):
    """What is in the kit, for a blinded trial. The only place that says so."""

    REVEALS_ARM = True
    APPEND_ONLY = True
    AUDIT_HIDDEN = ("arm",)

    kit = models.OneToOneField(Kit, models.PROTECT, related_name="+")
    arm = models.SlugField(_("arm"))

    class Meta:
        verbose_name = _("content of a kit")
        verbose_name_plural = _("contents of kits")

    def __str__(self) -> str:
        return f"kit {self.kit_id}"
