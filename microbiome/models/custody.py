"""What happened to tubes: events, shipments, and the cells that are taken."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from core.models import SiteScopedManager, SiteScopedQuerySet, Trial, User
from microbiome.calc.custody import Kind, State, Where
from microbiome.models.specimens import Specimen
from microbiome.models.storage import Box, Laboratory

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class Cell(models.Model):
    """A cell that is taken. The database lets one tube into it, and a tube into one cell."""

    SITE_PATH = "specimen__site"

    box = models.ForeignKey(Box, models.PROTECT, related_name="taken_cells")
    name = models.CharField(_("cell"), max_length=3)
    specimen = models.OneToOneField(Specimen, models.PROTECT, related_name="cell")

    objects = SiteScopedManager()

    class Meta:
        ordering = ["box", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["box", "name"],
                name="cell_one_occupant",
                violation_error_message=_("There is a tube in this cell already."),
            )
        ]
        verbose_name = _("taken cell")
        verbose_name_plural = _("taken cells")

    def __str__(self) -> str:
        return self.name


class ShipmentQuerySet(models.QuerySet["Shipment"]):
    def visible_to(self, user: "User | AnonymousUser") -> Self:
        mine = Laboratory.objects.visible_to(user)
        return self.filter(Q(sender__in=mine) & Q(receiver__in=mine))


class Shipment(models.Model):
    """Tubes on the way between two laboratories: one person sends, another one receives.

    It is closed when each tube has arrived or was declared missing, in one go.
    """

    APPEND_ONLY = True
    FILLED_ONCE = ("received_at", "received_by", "arrival_c", "differences")

    trial = models.ForeignKey(Trial, models.PROTECT, related_name="shipments")
    sender = models.ForeignKey(Laboratory, models.PROTECT, related_name="sent")
    receiver = models.ForeignKey(Laboratory, models.PROTECT, related_name="received")
    carrier = models.CharField(_("carrier and waybill"), max_length=80)
    packed_c = models.DecimalField(_("packed at"), max_digits=4, decimal_places=1)
    sent_at = models.DateTimeField(_("sent"))
    sent_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    received_at = models.DateTimeField(_("received"), null=True)
    received_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True)
    arrival_c = models.DecimalField(
        _("temperature on arrival"), max_digits=4, decimal_places=1, null=True
    )
    differences = models.CharField(_("differences"), max_length=500, blank=True, default="")

    objects = ShipmentQuerySet.as_manager()

    class Meta:
        ordering = ["-sent_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(sender=F("receiver")),
                name="shipment_goes_elsewhere",
                violation_error_message=_("Choose another laboratory as receiver."),
            ),
            models.CheckConstraint(
                condition=Q(received_by__isnull=True) | ~Q(received_by=F("sent_by")),
                name="shipment_two_persons",
                violation_error_message=_("Whoever sent a shipment cannot receive it."),
            ),
            models.CheckConstraint(
                condition=Q(received_at__isnull=True, received_by__isnull=True)
                | Q(received_at__isnull=False, received_by__isnull=False),
                name="shipment_received_pair",
            ),
            models.CheckConstraint(
                condition=Q(received_at__isnull=True) | Q(received_at__gte=F("sent_at")),
                name="shipment_received_after_sent",
                violation_error_message=_("Enter a time after the shipment was sent."),
            ),
        ]
        verbose_name = _("shipment")
        verbose_name_plural = _("shipments")

    def __str__(self) -> str:
        return f"#{self.pk}"


class CustodyQuerySet(SiteScopedQuerySet["CustodyEvent"]):
    def latest(self) -> Self:  # type: ignore[override]
        """The last event of each tube, which holds its state."""
        later = CustodyEvent.objects.filter(
            specimen=OuterRef("specimen"), sequence__gt=OuterRef("sequence")
        )
        return self.filter(~Exists(later))


class CustodyEvent(models.Model):
    """One event of one tube and the tube's state after it. Written by `actions.custody` only.

    The sequence counts within the tube and is taken once: of two people who handle the same tube
    at the same time, the database lets one win.
    """

    SITE_PATH = "specimen__site"
    APPEND_ONLY = True

    class Kinds(models.TextChoices):
        COLLECT = Kind.COLLECT, _("collected")
        MAKE = Kind.MAKE, _("filled from another tube")
        RECEIVE = Kind.RECEIVE, _("received in the laboratory")
        STORE = Kind.STORE, _("stored")
        MOVE = Kind.MOVE, _("moved to another cell")
        REMOVE = Kind.REMOVE, _("taken out of the freezer")
        THAW = Kind.THAW, _("thawed")
        ALIQUOT = Kind.ALIQUOT, _("divided into aliquots")
        DERIVE = Kind.DERIVE, _("made into a derivative")
        USE = Kind.USE, _("used")
        SHIP = Kind.SHIP, _("sent")
        ARRIVE = Kind.ARRIVE, _("arrived")
        MISS = Kind.MISS, _("did not arrive")
        HOLD = Kind.HOLD, _("put on hold")
        RELEASE = Kind.RELEASE, _("released")
        DISCARD = Kind.DISCARD, _("discarded")
        REMARK = Kind.REMARK, _("remark")

    class Places(models.TextChoices):
        COLLECTED = Where.COLLECTED, _("not in a laboratory yet")
        BENCH = Where.BENCH, _("on the bench")
        STORED = Where.STORED, _("stored")
        ON_THE_WAY = Where.ON_THE_WAY, _("on the way")
        MISSING = Where.MISSING, _("missing")
        USED_UP = Where.USED_UP, _("used up")
        DISCARDED = Where.DISCARDED, _("discarded")

    WITH_REASON = ("miss", "hold", "release", "discard", "remark")

    specimen = models.ForeignKey(Specimen, models.PROTECT, related_name="events")
    sequence = models.PositiveIntegerField(_("event"))
    kind = models.CharField(_("what"), max_length=10, choices=Kinds.choices)
    at = models.DateTimeField(_("when"))
    taken = models.DecimalField(_("taken out"), max_digits=9, decimal_places=3, null=True)
    temperature_c = models.DecimalField(_("temperature"), max_digits=4, decimal_places=1, null=True)
    shipment = models.ForeignKey(Shipment, models.PROTECT, related_name="events", null=True)
    reason = models.CharField(_("reason or method"), max_length=500, blank=True, default="")
    recorded_at = models.DateTimeField(_("recorded"), auto_now_add=True)
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    # The state after the event.
    place = models.CharField(_("place"), max_length=10, choices=Places.choices)
    laboratory = models.ForeignKey(Laboratory, models.PROTECT, related_name="+", null=True)
    box = models.ForeignKey(Box, models.PROTECT, related_name="+", null=True)
    cell = models.CharField(_("cell"), max_length=3, blank=True, default="")
    left = models.DecimalField(_("left"), max_digits=9, decimal_places=3)
    is_frozen = models.BooleanField(_("frozen"))
    freeze_thaws = models.PositiveSmallIntegerField(_("freeze–thaw cycles"))
    is_held = models.BooleanField(_("on hold"))

    objects = CustodyQuerySet.as_manager()

    class Meta:
        ordering = ["specimen", "sequence"]
        constraints = [
            models.UniqueConstraint(fields=["specimen", "sequence"], name="custody_sequence_once"),
            models.CheckConstraint(condition=Q(left__gte=0), name="custody_volume_not_negative"),
            models.CheckConstraint(
                condition=Q(place="stored", box__isnull=False, laboratory__isnull=False)
                | (~Q(place="stored") & Q(box__isnull=True, cell="")),
                name="custody_stored_in_a_cell",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=("miss", "hold", "release", "discard", "remark"), reason=""),
                name="custody_reason_where_asked",
                violation_error_message=_("Enter a reason."),
            ),
        ]
        indexes = [models.Index(fields=["place", "specimen"], name="custody_by_place")]
        verbose_name = _("custody event")
        verbose_name_plural = _("custody events")

    def __str__(self) -> str:
        return f"{self.specimen_id}.{self.sequence} {self.kind}"

    @property
    def state(self) -> State:
        return State(
            where=Where(self.place),
            left=self.left,
            laboratory=self.laboratory_id,
            box=self.box_id,
            is_frozen=self.is_frozen,
            freeze_thaws=self.freeze_thaws,
            is_held=self.is_held,
        )
