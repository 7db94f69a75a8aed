"""Kits, and the tubes that hold specimens, aliquots and derivatives."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import Site, SiteScopedManager, Trial, User
from enrollment.models import Patient, Visit


class Material(models.TextChoices):
    STOOL = "stool", _("stool")
    BLOOD = "blood", _("whole blood")
    SERUM = "serum", _("serum")
    PLASMA = "plasma", _("plasma")
    CELLS = "cells", _("mononuclear cells")
    DNA = "dna", _("DNA")
    BLANK = "blank", _("extraction blank")
    MOCK = "mock", _("mock community")
    CAPSULES = "capsules", _("capsule lot")


COLLECTED = (Material.STOOL, Material.BLOOD, Material.SERUM, Material.PLASMA)
"""What is taken from a patient."""
CONTROLS = (Material.BLANK, Material.MOCK, Material.CAPSULES)
"""Of no patient, treated like the rest."""
UNITS = {Material.STOOL: "g", Material.CAPSULES: "g", Material.DNA: "µL"}
"""In which a tube's content is measured; others in mL."""


class Fixative(models.TextChoices):
    NONE = "none", _("none")
    ETHANOL = "ethanol", _("ethanol")
    RNALATER = "rnalater", _("RNAlater")
    OMNIGENE = "omnigene", _("OMNIgene")


class KitBatch(models.Model):
    """Kits that were labeled together: containers of one lot for one site."""

    SITE_PATH = "site"
    APPEND_ONLY = True

    trial = models.ForeignKey(Trial, models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, models.PROTECT, related_name="kit_batches")
    material = models.CharField(_("material"), max_length=10, choices=Material.choices)
    lot = models.CharField(_("lot"), max_length=40)
    expires_on = models.DateField(_("expires"))
    made_at = models.DateTimeField(_("made"), auto_now_add=True)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    objects = SiteScopedManager()

    class Meta:
        ordering = ["-made_at", "-pk"]
        verbose_name = _("batch of collection kits")
        verbose_name_plural = _("batches of collection kits")

    def __str__(self) -> str:
        return self.lot


class CollectionKit(models.Model):
    """A labeled container before anything is in it. Its barcode becomes that of the specimen."""

    SITE_PATH = "batch__site"
    APPEND_ONLY = True

    batch = models.ForeignKey(KitBatch, models.PROTECT, related_name="kits")
    barcode = models.CharField(_("barcode"), max_length=12, unique=True)

    objects = SiteScopedManager()

    class Meta:
        ordering = ["barcode"]
        verbose_name = _("collection kit")
        verbose_name_plural = _("collection kits")

    def __str__(self) -> str:
        return self.barcode


class Specimen(models.Model):
    """One tube: a specimen as collected or (with a parent) an aliquot or derivative of one.

    What never changes about it. Where it is and what is left is in its custody events.
    """

    SITE_PATH = "site"
    APPEND_ONLY = True
    NOT_LOCKED = "Tubes are divided and measured long after the data are locked."

    trial = models.ForeignKey(Trial, models.PROTECT, related_name="specimens")
    site = models.ForeignKey(Site, models.PROTECT, related_name="specimens")
    patient = models.ForeignKey(
        Patient, models.PROTECT, related_name="specimens", null=True, blank=True
    )
    visit = models.ForeignKey(
        Visit, models.PROTECT, related_name="specimens", null=True, blank=True
    )
    parent = models.ForeignKey(
        "self", models.PROTECT, related_name="children", null=True, blank=True
    )
    kit = models.OneToOneField(
        CollectionKit, models.PROTECT, related_name="specimen", null=True, blank=True
    )
    barcode = models.CharField(_("barcode"), max_length=12, unique=True)
    material = models.CharField(_("material"), max_length=10, choices=Material.choices)
    fixative = models.CharField(
        _("fixative"), max_length=10, choices=Fixative.choices, default=Fixative.NONE
    )
    amount = models.DecimalField(_("amount at first"), max_digits=9, decimal_places=3)
    collected_at = models.DateTimeField(_("collected"))
    registered_at = models.DateTimeField(_("registered"), auto_now_add=True)
    registered_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    objects = SiteScopedManager()

    class Meta:
        ordering = ["trial", "barcode"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="specimen_holds_something"),
            models.CheckConstraint(
                condition=Q(visit__isnull=True) | Q(patient__isnull=False),
                name="specimen_visit_of_patient",
            ),
            models.CheckConstraint(
                condition=Q(parent__isnull=False)
                | (Q(patient__isnull=True) & Q(material__in=["blank", "mock", "capsules"]))
                | (Q(visit__isnull=False) & ~Q(material__in=["blank", "mock", "capsules"])),
                name="specimen_has_origin",
                violation_error_message=_("A specimen is of a patient's visit, or a control."),
            ),
        ]
        verbose_name = _("specimen")
        verbose_name_plural = _("specimens")

    def __str__(self) -> str:
        return self.barcode

    @property
    def unit(self) -> str:
        return UNITS.get(Material(self.material), "mL")
