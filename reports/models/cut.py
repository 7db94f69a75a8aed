"""The tables of a data cut as files, so that an earlier cut can be fetched again."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from outcomes.models import Snapshot


class Cut(models.Model):
    """The files of a snapshot: all of them or none. They are read after the snapshot is stored, so
    they have a moment and a last audit number of their own; nearly always the same ones."""

    NOT_AUDITED = "a copy of audited rows; storing it leaves one event with the hashes"
    APPEND_ONLY = True

    snapshot = models.OneToOneField(Snapshot, models.PROTECT, related_name="cut")
    read_at = models.DateTimeField(_("read at"))
    last_audit_id = models.BigIntegerField(_("last audit number"))
    schema_version = models.PositiveIntegerField(_("version of the schema"))

    class Meta:
        verbose_name = _("data cut")
        verbose_name_plural = _("data cuts")

    def __str__(self) -> str:
        return f"{self.snapshot_id}"


class CutFile(models.Model):
    """One table of all sites: its CSV, compressed. The derived tables are those of the snapshot.

    Without what tells the arm, unless arms were no secret of the trial at the cut.
    """

    NOT_AUDITED = "a copy of audited rows; storing it leaves one event with the hashes"
    APPEND_ONLY = True

    cut = models.ForeignKey(Cut, models.PROTECT, related_name="files")
    name = models.CharField(_("table"), max_length=32)
    rows = models.PositiveIntegerField(_("rows"))
    sha256 = models.CharField("SHA-256", max_length=64)
    """Of the CSV."""
    content = models.BinaryField(_("content"))

    class Meta:
        ordering = ["cut", "name"]
        constraints = [models.UniqueConstraint(fields=["cut", "name"], name="cut_file_once")]
        verbose_name = _("file of a data cut")
        verbose_name_plural = _("files of data cuts")

    def __str__(self) -> str:
        return f"{self.cut_id} {self.name}"
