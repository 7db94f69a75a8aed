"""Electronic signatures. Rows are only ever added: the database refuses all else."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import SiteScopedManager
from oversight.models.about import AboutRecord


class Meaning(models.TextChoices):
    """What a signature says. Source: 21 CFR 11.50(a)(3), review, approval, responsibility."""

    APPROVED = "approved", _("reviewed and approved")
    AUTHOR = "author", _("author of these data")
    RESPONSIBLE = "responsible", _("responsible for these data")


class Signature(AboutRecord):
    """One person's signature under one filled form, bound to what the form held.

    `content` is what was signed, so that what changed since can be named; `sha256` is its hash.
    Name and role are copied as they were at signing.
    """

    APPEND_ONLY = True
    AUDIT_HIDDEN = ("content",)

    batch = models.UUIDField(_("signed together"))
    signer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="signatures")
    printed_name = models.CharField(_("name"), max_length=150)
    role = models.CharField(_("role"), max_length=120)
    meaning = models.CharField(_("meaning"), max_length=20, choices=Meaning.choices)
    signed_at = models.DateTimeField(_("signed"))
    revision = models.PositiveIntegerField(_("revision"))
    sha256 = models.CharField("SHA-256", max_length=64)
    content = models.JSONField(_("content"))

    class Meta(AboutRecord.Meta):
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(printed_name=""), name="signature_has_name"),
        ]
        indexes = [
            models.Index(fields=["form", "record_id"], name="signature_by_record"),
            models.Index(fields=["signer", "site"], name="signature_by_signer"),
        ]
        verbose_name = _("signature")
        verbose_name_plural = _("signatures")

    def __str__(self) -> str:
        return f"{self.form} {self.record_id} {self.signed_at:%Y-%m-%d}"


class SignatureBreak(models.Model):
    """A signature holds no longer: what changed, by whom, when and why."""

    SITE_PATH: ClassVar[str] = "signature__site"
    APPEND_ONLY = True

    signature = models.OneToOneField(Signature, models.PROTECT, related_name="broken")
    broken_at = models.DateTimeField(_("broken"))
    broken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True
    )
    reason = models.TextField(_("reason"), blank=True, default="")
    changes = models.JSONField(_("changes"))
    """A list of [path, old, new]; see `oversight.calc.content`."""

    objects = SiteScopedManager()

    class Meta:
        verbose_name = _("broken signature")
        verbose_name_plural = _("broken signatures")

    def __str__(self) -> str:
        return f"{self.signature_id} {self.broken_at:%Y-%m-%d}"
