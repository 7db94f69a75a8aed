"""Data cuts and the tables derived at them. Rows are added, never changed."""

from typing import Self

from django.db import models
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from core.models import Trial
from enrollment.models import TrialVersion


class SnapshotQuerySet(models.QuerySet["Snapshot"]):
    def of(self, trial: Trial) -> Self:
        """The trial's snapshots, the one to show first: the latest cut, then the latest run.

        A run that finds the data as an earlier one had it confirms that one's snapshot, so the
        newest row is not always the one to show.
        """
        confirmed = self.filter(trial=trial).annotate(last_run=Max("runs"))
        return confirmed.order_by("-cut_on", "-last_run", "-pk")

    def current(self, trial: Trial) -> "Snapshot | None":
        """The snapshot that pages show; none before the first night."""
        return self.of(trial).first()


class Snapshot(models.Model):
    """The result of a night: what the records said up to a day, and what follows from it.

    The same input under the same rules makes the same snapshot, byte for byte, so a second row
    with the same `input_sha256` cannot exist.
    """

    NOT_AUDITED = "derived from audited rows; the run leaves one event with the hashes"
    APPEND_ONLY = True

    trial = models.ForeignKey(Trial, models.PROTECT, related_name="snapshots")
    version = models.ForeignKey(TrialVersion, models.PROTECT, related_name="snapshots")
    cut_on = models.DateField(_("data cut"))
    cut_at = models.DateTimeField(_("read at"))
    last_audit_id = models.BigIntegerField(_("last audit number"))
    rule_version = models.CharField(_("version of the rules"), max_length=20)
    input_sha256 = models.CharField(_("SHA-256 of the input"), max_length=64)
    summary = models.JSONField(_("summary"))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = SnapshotQuerySet.as_manager()

    class Meta:
        ordering = ["trial", "-cut_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["trial", "cut_on", "input_sha256", "rule_version"],
                name="snapshot_of_same_input_once",
            )
        ]
        verbose_name = _("snapshot")
        verbose_name_plural = _("snapshots")

    def __str__(self) -> str:
        return f"{self.trial} {self.cut_on} #{self.pk}"


class SnapshotTable(models.Model):
    """One derived table of a snapshot, as the CSV text itself (UTF-8, line ends `\\n`)."""

    NOT_AUDITED = "derived from audited rows; the run leaves one event with the hashes"
    APPEND_ONLY = True

    snapshot = models.ForeignKey(Snapshot, models.PROTECT, related_name="tables")
    name = models.CharField(_("table"), max_length=32)
    content = models.TextField(_("content"))
    rows = models.PositiveIntegerField(_("rows"))
    sha256 = models.CharField("SHA-256", max_length=64)

    class Meta:
        ordering = ["snapshot", "name"]
        constraints = [
            models.UniqueConstraint(fields=["snapshot", "name"], name="snapshot_table_once")
        ]
        verbose_name = _("derived table")
        verbose_name_plural = _("derived tables")

    def __str__(self) -> str:
        return f"{self.snapshot_id} {self.name}"


class SnapshotPart(models.Model):
    """Results that a page asks for by themselves, such as those of one population.

    The shapes are in `outcomes.calc.snapshot.summary`, the names in `outcomes.queries.results`.
    """

    NOT_AUDITED = "derived from audited rows; the run leaves one event with the hashes"
    APPEND_ONLY = True

    snapshot = models.ForeignKey(Snapshot, models.PROTECT, related_name="parts")
    name = models.CharField(_("part"), max_length=80)
    content = models.JSONField(_("content"))

    class Meta:
        ordering = ["snapshot", "name"]
        constraints = [
            models.UniqueConstraint(fields=["snapshot", "name"], name="snapshot_part_once")
        ]
        verbose_name = _("part of a snapshot")
        verbose_name_plural = _("parts of snapshots")

    def __str__(self) -> str:
        return f"{self.snapshot_id} {self.name}"
