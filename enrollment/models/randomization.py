"""Randomization lists and their places. A place that was given to a patient is the allocation."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import SiteScopedQuerySet, Trial
from enrollment.models.patient import Patient
from enrollment.models.version import TrialVersion

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from core.models import User


class RandomizationListQuerySet(models.QuerySet["RandomizationList"]):
    def visible_to(self, user: "User | AnonymousUser") -> Self:
        return self.filter(trial__in=Trial.objects.visible_to(user))

    def active(self) -> Self:
        return self.filter(activated_at__isnull=False, retired_at__isnull=True)

    def drafts(self) -> Self:
        return self.filter(activated_at__isnull=True, retired_at__isnull=True)


class RandomizationList(models.Model):
    """One list of a trial. Whoever has the seed has the list, and a file can be guessed from its
    SHA-256: both are for those who may see the list.
    """

    REVEALS_ARM = True
    AUDIT_HIDDEN = ("seed", "sha256")
    APPEND_ONLY = True
    FILLED_ONCE = ("activated_at", "activated_by", "retired_at")

    class Source(models.TextChoices):
        GENERATED = "generated", _("made from a seed")
        UPLOADED = "uploaded", _("uploaded")

    trial = models.ForeignKey(Trial, models.PROTECT, related_name="randomization_lists")
    number = models.PositiveSmallIntegerField(_("list"))
    version = models.ForeignKey(TrialVersion, models.PROTECT, related_name="+")
    source = models.CharField(_("made"), max_length=10, choices=Source.choices)
    algorithm = models.CharField(_("algorithm"), max_length=40, blank=True, default="")
    seed = models.CharField(_("seed"), max_length=32, blank=True, default="")
    sha256 = models.CharField("SHA-256", max_length=64)
    made_at = models.DateTimeField(_("made"), auto_now_add=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    activated_at = models.DateTimeField(_("activated"), null=True)
    activated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True
    )
    retired_at = models.DateTimeField(_("retired"), null=True)

    objects = RandomizationListQuerySet.as_manager()

    class Meta:
        ordering = ["trial", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["trial", "number"], name="randomization_list_once"),
            models.UniqueConstraint(
                fields=["trial"],
                condition=Q(activated_at__isnull=False, retired_at__isnull=True),
                name="one_active_randomization_list",
                violation_error_message=_("The trial has an active list already."),
            ),
            models.CheckConstraint(
                condition=Q(activated_at__isnull=True, activated_by__isnull=True)
                | Q(activated_at__isnull=False, activated_by__isnull=False),
                name="randomization_list_activated_pair",
            ),
            models.CheckConstraint(
                condition=Q(source="uploaded", seed="", algorithm="")
                | Q(Q(source="generated"), ~Q(seed=""), ~Q(algorithm="")),
                name="randomization_list_seed_when_generated",
            ),
        ]
        verbose_name = _("randomization list")
        verbose_name_plural = _("randomization lists")

    def __str__(self) -> str:
        return f"{self.trial} {self.number}"

    @property
    def is_draft(self) -> bool:
        return self.activated_at is None and self.retired_at is None

    @property
    def is_active(self) -> bool:
        return self.activated_at is not None and self.retired_at is None


class Allocation(models.Model):
    """A place on a list: the one home of the arm, read through `enrollment.queries.arms` alone.

    The stratum is the one in which the patient was randomized, even if it turns out wrong later.
    """

    SITE_PATH = "patient__site"
    REVEALS_ARM = True
    AUDIT_HIDDEN = ("arm",)
    APPEND_ONLY = True
    FILLED_ONCE = ("patient", "number", "allocated_on", "allocated_at", "allocated_by")

    trial = models.ForeignKey(Trial, models.PROTECT, related_name="+")
    list = models.ForeignKey(RandomizationList, models.PROTECT, related_name="+")
    stratum = models.CharField(_("stratum"), max_length=200)
    sequence = models.PositiveIntegerField(_("place"))
    arm = models.CharField(_("arm"), max_length=80)
    patient = models.OneToOneField(Patient, models.PROTECT, related_name="+", null=True)
    number = models.CharField(_("randomization number"), max_length=12, null=True)  # noqa: DJ001
    allocated_on = models.DateField(_("randomized"), null=True)
    allocated_at = models.DateTimeField(_("randomized at"), null=True)
    allocated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True
    )

    # Without related names: nothing reaches an arm from a patient or a list.
    objects = models.Manager.from_queryset(SiteScopedQuerySet)()

    class Meta:
        ordering = ["list", "stratum", "sequence"]
        constraints = [
            models.UniqueConstraint(
                fields=["list", "stratum", "sequence"], name="allocation_place_once"
            ),
            models.UniqueConstraint(fields=["trial", "number"], name="allocation_number_once"),
            models.CheckConstraint(
                condition=Q(
                    patient__isnull=True,
                    number__isnull=True,
                    allocated_on__isnull=True,
                    allocated_at__isnull=True,
                    allocated_by__isnull=True,
                )
                | Q(
                    patient__isnull=False,
                    number__isnull=False,
                    allocated_on__isnull=False,
                    allocated_at__isnull=False,
                    allocated_by__isnull=False,
                ),
                name="allocation_whole_or_free",
            ),
        ]
        verbose_name = _("allocation")
        verbose_name_plural = _("allocations")

    def __str__(self) -> str:
        return self.number or f"{self.stratum} {self.sequence}"
