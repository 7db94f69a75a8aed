"""Casebooks that were asked for: how far each is, and its files until they expire."""

from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.models import BackgroundWork, Site, SiteScopedQuerySet, User
from enrollment.models import Patient

KEPT_FOR = timedelta(hours=24)


class CasebookExportQuerySet(SiteScopedQuerySet["CasebookExport"]):
    def of(self, user: User) -> Self:
        """A casebook is fetched by the person who asked for it, and by nobody else."""
        return self.filter(requested_by=user)

    def expired(self, now: datetime) -> Self:
        return self.filter(expires_at__lte=now)


class CasebookExport(BackgroundWork):
    """One patient's casebook, or without a patient those of a whole site.

    `requested_at` is the time that the casebook names; files are made once and then only read.
    """

    SITE_PATH = "site"
    NOT_AUDITED = "it is progress; who asked, what was made and each download are audit events"

    class Note(models.TextChoices):
        """Why it ended without files, as the sentence that a person reads."""

        NONE = "", ""
        NO_BROKER = "no-broker", _("The task queue does not answer. Try again later.")
        NO_PROCESS = "no-process", _("The server could not start the work. Its log says why.")
        ERROR = "error", _("An error stopped the work; the log says where.")

    site = models.ForeignKey(Site, models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="+", null=True)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(_("asked for"))
    language = models.CharField(_("language"), max_length=10)
    note = models.CharField(_("note"), max_length=20, choices=Note.choices, default=Note.NONE)
    done = models.PositiveIntegerField(_("patients done"), default=0)
    total = models.PositiveIntegerField(_("patients"), default=1)
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=0)
    expires_at = models.DateTimeField(_("kept until"))

    objects = CasebookExportQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(done__lte=models.F("total")), name="casebook_done_within_total"
            ),
            models.CheckConstraint(
                condition=Q(note="") | Q(state="failed"), name="casebook_note_of_failure"
            ),
        ]
        verbose_name = _("casebook")
        verbose_name_plural = _("casebooks")

    def __str__(self) -> str:
        return f"{self.pk} {self.state}"

    @property
    def message(self) -> str | Promise:
        return self.get_note_display() if self.note else ""


class CasebookFile(models.Model):
    """In the database and not on a disk: any web process can hand it out."""

    NOT_AUDITED = "it is a copy of what is recorded elsewhere, and expires"

    export = models.ForeignKey(CasebookExport, models.CASCADE, related_name="files")
    name = models.CharField(_("file"), max_length=120)
    content_type = models.CharField(_("type"), max_length=40)
    sha256 = models.CharField("SHA-256", max_length=64)
    size = models.PositiveBigIntegerField(_("bytes"))
    content = models.BinaryField(_("content"))

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["export", "name"], name="casebook_file_once")
        ]
        verbose_name = _("file of a casebook")
        verbose_name_plural = _("files of casebooks")

    def __str__(self) -> str:
        return self.name
