"""Imported feature tables, which tube each of their samples is, and what was computed of them."""

from typing import TYPE_CHECKING, Self, TypeVar

from django.db import models
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.models import BackgroundWork, Trial, User
from microbiome.models.specimens import Specimen

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


MOST_MEGABYTES = 64
"""A longer file is refused before it is read."""

M = TypeVar("M", bound=models.Model)


class TrialQuerySet(models.QuerySet[M]):
    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """Of the person's trials; whether the results may be seen is `policies.may_see_results`."""
        path: str = self.model.TRIAL_PATH  # type: ignore[attr-defined]
        return self.filter(**{f"{path}__in": Trial.objects.visible_to(user)})


TrialManager = models.Manager.from_queryset(TrialQuerySet)


class ImportedTable(models.Model):
    """A file as it came, and the counts in it. Until it is confirmed it is a preview.

    In a blinded trial what grows in the gut tells who took live bacteria.
    """

    TRIAL_PATH = "trial"
    APPEND_ONLY = True
    FILLED_ONCE = ("confirmed_at", "confirmed_by")
    REVEALS_ARM = True
    AUDIT_HIDDEN = ("content", "cells", "features", "taxa", "names")

    trial = models.ForeignKey(Trial, models.PROTECT, related_name="imported_tables")
    name = models.CharField(_("name"), max_length=80)
    file_name = models.CharField(_("file"), max_length=120)
    sha256 = models.CharField("SHA-256", max_length=64)
    size = models.PositiveBigIntegerField(_("bytes"))
    layout = models.CharField(_("layout"), max_length=20)
    content = models.BinaryField(_("content"))
    cells = models.BinaryField(_("counts"))
    digest = models.CharField(_("SHA-256 of the counts"), max_length=64)
    names = models.JSONField(_("samples"))
    features = models.JSONField(_("features"))
    taxa = models.JSONField(_("taxa"))
    uploaded_at = models.DateTimeField(_("uploaded"), auto_now_add=True)
    uploaded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(_("confirmed"), null=True)
    confirmed_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True)

    objects = TrialManager()

    class Meta:
        ordering = ["-uploaded_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["trial", "sha256"],
                condition=Q(confirmed_at__isnull=False),
                name="imported_table_once",
                violation_error_message=_("This file was imported already."),
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True, confirmed_by__isnull=True)
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False),
                name="imported_table_confirmed_pair",
            ),
        ]
        verbose_name = _("feature table")
        verbose_name_plural = _("feature tables")

    def __str__(self) -> str:
        return self.name


class TableSample(models.Model):
    """A sample of a table is exactly one tube, and a tube one sample of a table."""

    TRIAL_PATH = "table__trial"
    APPEND_ONLY = True
    REVEALS_ARM = True

    table = models.ForeignKey(ImportedTable, models.PROTECT, related_name="samples")
    name = models.CharField(_("sample"), max_length=200)
    specimen = models.ForeignKey(Specimen, models.PROTECT, related_name="table_samples")

    objects = TrialManager()

    class Meta:
        ordering = ["table", "name"]
        constraints = [
            models.UniqueConstraint(fields=["table", "name"], name="table_sample_once"),
            models.UniqueConstraint(fields=["table", "specimen"], name="table_tube_once"),
        ]
        verbose_name = _("sample of a feature table")
        verbose_name_plural = _("samples of feature tables")

    def __str__(self) -> str:
        return self.name


class Analysis(BackgroundWork):
    """One run over a table: what was asked for, and what came of it. Kept as it was."""

    TRIAL_PATH = "table__trial"
    NOT_AUDITED = "it is progress; who asked for it and its end are audit events"
    REVEALS_ARM = True

    class Note(models.TextChoices):
        """Why it ended without a result, as the sentence that a person reads."""

        NONE = "", ""
        NO_BROKER = "no-broker", _("The task queue does not answer. Try again later.")
        NO_PROCESS = "no-process", _("The server could not start the work. Its log says why.")
        CANCELLED = "cancelled", _("The analysis was cancelled.")
        TOO_FEW = "too-few", _("Fewer than three samples are left: there is nothing to compare.")
        IDENTICAL = "identical", _("All samples are identical: there is nothing to compare.")
        ERROR = "error", _("An error stopped the work; the log says where.")

    class Metric(models.TextChoices):
        BRAY_CURTIS = "braycurtis", _("Bray–Curtis on proportions")
        BRAY_CURTIS_COUNTS = "braycurtis-counts", _("Bray–Curtis on counts")
        JACCARD = "jaccard", _("Jaccard (presence/absence)")
        AITCHISON = "aitchison", "Aitchison"

    STEPS = 6

    table = models.ForeignKey(ImportedTable, models.PROTECT, related_name="analyses")
    metric = models.CharField(_("distance"), max_length=20, choices=Metric.choices)
    least_reads = models.PositiveIntegerField(_("least reads"), default=0)
    permutations = models.PositiveIntegerField(_("permutations"), default=999)
    seed = models.PositiveBigIntegerField(_("seed"), default=1)
    requested_at = models.DateTimeField(_("asked for"))
    requested_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    done = models.PositiveSmallIntegerField(_("steps done"), default=0)
    is_cancelled = models.BooleanField(_("cancelled"), default=False)
    note = models.CharField(_("note"), max_length=20, choices=Note.choices, default=Note.NONE)
    versions = models.JSONField(_("versions"), default=dict)
    result = models.JSONField(_("result"), default=dict)

    objects = TrialManager()

    class Meta:
        ordering = ["-requested_at", "-pk"]
        verbose_name = _("analysis")
        verbose_name_plural = _("analyses")

    def __str__(self) -> str:
        return f"{self.pk} {self.state}"

    @property
    def message(self) -> str | Promise:
        return self.get_note_display() if self.note else ""
