"""Tables that were asked for as files: how far each archive is, and itself until it expires."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.models import BackgroundWork, Trial, User
from outcomes.models import Snapshot


class TableExportQuerySet(models.QuerySet["TableExport"]):
    def of(self, user: User) -> Self:
        """An archive is fetched by the person who asked for it, and by nobody else."""
        return self.filter(requested_by=user)

    def kept_at(self, now: datetime) -> Self:
        return self.filter(expires_at__gt=now)


class TableExport(BackgroundWork):
    """One archive of tables. `snapshot` is the data cut; without one the tables are of the moment
    in which the archive is made."""

    NOT_AUDITED = "it is progress; who asked, what was made and each download are audit events"

    class Note(models.TextChoices):
        """Why it ended without an archive, as the sentence that a person reads."""

        NONE = "", ""
        NO_BROKER = "no-broker", _("The task queue does not answer. Try again later.")
        NO_PROCESS = "no-process", _("The server could not start the work. Its log says why.")
        NOT_ALLOWED = "not-allowed", _("Your role does not allow this export any more.")
        ERROR = "error", _("An error stopped the work; the log says where.")

    class Form(models.TextChoices):
        CSV = "csv", _("CSV, with loaders for R and Python")
        PARQUET = "parquet", "Parquet"
        XPT = "xpt", _("SAS transport file, version 5 (.xpt)")
        SAV = "sav", "SPSS (.sav)"
        DTA = "dta", "Stata (.dta)"
        DATASET_JSON = "dataset-json", "Dataset-JSON 1.1"
        ODM = "odm", _("ODM-XML 1.3.2, with audit records and signatures")
        SPREADSHEET = "spreadsheet", _("CSV for spreadsheets, without formulas; not for analysis")

    trial = models.ForeignKey(Trial, models.PROTECT, related_name="+")
    snapshot = models.ForeignKey(Snapshot, models.PROTECT, related_name="+", null=True)
    tables = models.JSONField(_("tables"))
    """Names, in the order of the catalog."""
    form = models.CharField(_("format"), max_length=20, choices=Form.choices)
    is_unblinded = models.BooleanField(_("with arms"), default=False)
    """Of a blinded trial, for a person who may export them."""
    reason = models.CharField(_("reason"), max_length=500)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(_("asked for"))
    note = models.CharField(_("note"), max_length=20, choices=Note.choices, default=Note.NONE)
    done = models.PositiveIntegerField(_("tables done"), default=0)
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=0)
    expires_at = models.DateTimeField(_("kept until"))
    file_name = models.CharField(_("file"), max_length=120, blank=True, default="")
    sha256 = models.CharField("SHA-256", max_length=64, blank=True, default="")
    size = models.PositiveBigIntegerField(_("bytes"), default=0)
    content = models.BinaryField(_("content"), null=True)
    objects = TableExportQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="table_export_has_reason"),
            models.CheckConstraint(
                condition=~Q(state="done") | ~Q(sha256=""), name="table_export_done_has_file"
            ),
        ]
        verbose_name = _("export of tables")
        verbose_name_plural = _("exports of tables")

    def __str__(self) -> str:
        return f"{self.pk} {self.state}"

    @property
    def total(self) -> int:
        return len(self.tables)

    @property
    def message(self) -> str | Promise:
        return self.get_note_display() if self.note else ""
