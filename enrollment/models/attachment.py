"""Files beside the forms of a patient: reports of scans and laboratories."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from core.models import SiteScopedQuerySet
from enrollment.models.patient import Patient
from enrollment.models.visit import Visit

if TYPE_CHECKING:
    from core.models import User


class AttachmentQuerySet(SiteScopedQuerySet["Attachment"]):
    def shown_to(self, user: "User", *, may_see_arm: bool) -> Self:
        """Of the person's sites; without those that could tell the arm of a blinded trial."""
        found = self.visible_to(user)
        return (
            found
            if may_see_arm
            else found.filter(Q(patient__trial__is_blinded=False) | ~self._tells())
        )

    def telling_nothing(self) -> Self:
        """Without those that could tell an arm, whatever the trial."""
        return self.filter(~self._tells())

    @staticmethod
    def _tells() -> Exists:
        """A file can be attached again to say that it could tell the arm: then no row shows it."""
        same = {"patient": OuterRef("patient"), "sha256": OuterRef("sha256")}
        return Exists(Attachment.objects.filter(could_unblind=True, **same))


class Attachment(models.Model):
    """One stored file. Its content lies under RECORDS_DIR by its SHA-256; the row is added and
    never removed, only withdrawn, with a reason."""

    SITE_PATH = "patient__site"
    APPEND_ONLY = True
    FILLED_ONCE = ("withdrawn_at", "withdrawn_by", "withdrawn_because")
    # What a file is called may say what it shows, and its hash is looked up elsewhere.
    AUDIT_REVEALS = ("name", "sha256", "size_bytes")

    class Kind(models.TextChoices):
        SCAN = "scan", _("report of a scan")
        LABORATORY = "laboratory", _("laboratory report")
        LETTER = "letter", _("letter or discharge summary")
        MICROBIOME = "microbiome", _("microbiome result")
        OTHER = "other", _("other")

    UNBLINDING: tuple[str, ...] = (Kind.MICROBIOME.value,)
    """Kinds that could tell the arm of a blinded trial, whatever else is said."""

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="+")
    visit = models.ForeignKey(Visit, models.PROTECT, related_name="+", null=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=120)
    content_type = models.CharField(_("type"), max_length=40)
    size_bytes = models.PositiveIntegerField(_("size"))
    sha256 = models.CharField("SHA-256", max_length=64)
    could_unblind = models.BooleanField(_("could tell the arm"), default=False)
    added_at = models.DateTimeField(_("added"), auto_now_add=True)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True
    )
    withdrawn_because = models.TextField(_("reason"), blank=True, default="")

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    withdrawn_at__isnull=True, withdrawn_by__isnull=True, withdrawn_because=""
                )
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False)
                & ~Q(withdrawn_because=""),
                name="attachment_withdrawn_whole",
            ),
            models.CheckConstraint(
                condition=~Q(kind="microbiome") | Q(could_unblind=True),
                name="attachment_microbiome_unblinds",
            ),
        ]
        verbose_name = _("attached file")
        verbose_name_plural = _("attached files")

    def __str__(self) -> str:
        return self.name

    @property
    def is_withdrawn(self) -> bool:
        return self.withdrawn_at is not None
