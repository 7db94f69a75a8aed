"""What happened to kits, and how warm the store was. Rows are added, never changed or removed."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from core.models import Site, SiteScopedManager, User
from dosing.calc.ledger import Kind as MoveKind
from dosing.calc.ledger import State, Status
from dosing.models.kits import Kit
from enrollment.models import Patient, Visit

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class StorageReading(models.Model):
    """The lowest and highest temperature of a site's store since the reading before."""

    SITE_PATH = "site"
    APPEND_ONLY = True

    site = models.ForeignKey(Site, models.PROTECT, related_name="storage_readings")
    read_on = models.DateField(_("read on"))
    lowest_c = models.DecimalField(_("lowest"), max_digits=4, decimal_places=1)
    highest_c = models.DecimalField(_("highest"), max_digits=4, decimal_places=1)
    is_excursion = models.BooleanField(_("outside the range"))
    comment = models.CharField(_("comment"), max_length=500, blank=True, default="")
    recorded_at = models.DateTimeField(_("recorded"), auto_now_add=True)
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    objects = SiteScopedManager()

    class Meta:
        ordering = ["site", "-read_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(lowest_c__lte=F("highest_c")),
                name="storage_reading_range",
                violation_error_message=_("Enter a highest temperature that is not below it."),
            )
        ]
        verbose_name = _("storage temperature")
        verbose_name_plural = _("storage temperatures")

    def __str__(self) -> str:
        return f"{self.read_on} {self.lowest_c} to {self.highest_c} °C"


class LedgerQuerySet(models.QuerySet["LedgerEntry"]):
    def visible_to(self, user: "User | AnonymousUser") -> Self:
        return self.filter(kit__in=Kit.objects.visible_to(user))

    def latest(self) -> Self:  # type: ignore[override]
        """The last entry of each kit, which holds its state."""
        later = LedgerEntry.objects.filter(kit=OuterRef("kit"), sequence__gt=OuterRef("sequence"))
        return self.filter(~Exists(later))


_WITH_REASON = ("lose", "lose-by-patient", "quarantine", "release", "destroy", "correct")


class LedgerEntry(models.Model):
    """One move of one kit and the kit's state after it. Written by `dosing.actions.ledger` only.

    The sequence counts within the kit and is taken once: of two people who move the same kit at
    the same time, the database lets one win.
    """

    APPEND_ONLY = True

    class Kind(models.TextChoices):
        RECEIVE = MoveKind.RECEIVE, _("received")
        RESERVE = MoveKind.RESERVE, _("chosen for a patient")
        DISPENSE = MoveKind.DISPENSE, _("dispensed")
        TAKE_BACK = MoveKind.TAKE_BACK, _("returned")
        COUNT = MoveKind.COUNT, _("counted")
        LOSE = MoveKind.LOSE, _("lost or damaged")
        LOSE_BY_PATIENT = MoveKind.LOSE_BY_PATIENT, _("lost by the patient")
        QUARANTINE = MoveKind.QUARANTINE, _("put in quarantine")
        RELEASE = MoveKind.RELEASE, _("released from quarantine")
        SEND = MoveKind.SEND, _("sent to another site")
        DESTROY = MoveKind.DESTROY, _("destroyed")
        CORRECT = MoveKind.CORRECT, _("correction")

    WITH_REASON = _WITH_REASON

    kit = models.ForeignKey(Kit, models.PROTECT, related_name="entries")
    sequence = models.PositiveIntegerField(_("entry"))
    kind = models.CharField(_("what"), max_length=20, choices=Kind.choices)
    capsules = models.PositiveSmallIntegerField(_("capsules"), null=True)
    happened_on = models.DateField(_("on"))
    reason = models.CharField(_("reason"), max_length=500, blank=True, default="")
    reading = models.ForeignKey(
        StorageReading, models.PROTECT, related_name="entries", null=True, blank=True
    )
    corrects = models.OneToOneField(
        "self", models.PROTECT, related_name="corrected_by", null=True, blank=True
    )
    recorded_at = models.DateTimeField(_("recorded"), auto_now_add=True)
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    # The state after the move.
    status = models.CharField(_("state"), max_length=20)
    is_quarantined = models.BooleanField(_("in quarantine"))
    site = models.ForeignKey(Site, models.PROTECT, related_name="+", null=True)
    bound_for = models.ForeignKey(Site, models.PROTECT, related_name="+", null=True)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="+", null=True)
    visit = models.ForeignKey(Visit, models.PROTECT, related_name="+", null=True)
    packed = models.PositiveSmallIntegerField(_("packed"))
    on_the_way = models.PositiveSmallIntegerField(_("on the way"))
    on_hand = models.PositiveSmallIntegerField(_("on hand"))
    with_patient = models.PositiveSmallIntegerField(_("with the patient"))
    returned = models.PositiveSmallIntegerField(_("returned"))
    lost = models.PositiveSmallIntegerField(_("lost"))
    destroyed = models.PositiveSmallIntegerField(_("destroyed"))

    objects = LedgerQuerySet.as_manager()

    class Meta:
        ordering = ["kit", "sequence"]
        constraints = [
            models.UniqueConstraint(fields=["kit", "sequence"], name="ledger_sequence_once"),
            models.CheckConstraint(
                condition=Q(
                    packed=F("on_the_way")
                    + F("on_hand")
                    + F("with_patient")
                    + F("returned")
                    + F("lost")
                    + F("destroyed")
                ),
                name="ledger_keeps_every_capsule",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=_WITH_REASON, reason=""),
                name="ledger_reason_where_asked",
                violation_error_message=_("Enter a reason."),
            ),
            models.CheckConstraint(
                condition=Q(kind="correct", corrects__isnull=False)
                | (~Q(kind="correct") & Q(corrects__isnull=True)),
                name="ledger_correction_names_entry",
            ),
        ]
        indexes = [models.Index(fields=["patient", "kit"], name="ledger_by_patient")]
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")

    def __str__(self) -> str:
        return f"{self.kit_id}.{self.sequence} {self.kind}"

    @property
    def state(self) -> State:
        return State(
            status=Status(self.status),
            site=self.site_id,
            bound_for=self.bound_for_id,
            patient=self.patient_id,
            visit=self.visit_id,
            is_quarantined=self.is_quarantined,
            on_the_way=self.on_the_way,
            on_hand=self.on_hand,
            with_patient=self.with_patient,
            returned=self.returned,
            lost=self.lost,
            destroyed=self.destroyed,
        )
