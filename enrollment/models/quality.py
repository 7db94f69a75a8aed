"""Runs of the data-quality checks, and what the last one found."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from core.models import BackgroundWork, Trial
from oversight.calc.place import Place
from oversight.models import AboutField


class QualityRun(BackgroundWork):
    """The checks of one trial, as asked for by the night or by a person."""

    NOT_AUDITED = "it is progress; who asked for it and what came out are audit events"

    trial = models.ForeignKey(Trial, models.PROTECT, related_name="quality_runs")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True
    )
    queued_at = models.DateTimeField(_("asked for"))
    finished_at = models.DateTimeField(_("finished"), null=True)
    percent = models.PositiveSmallIntegerField(_("percent"), default=0)
    findings = models.PositiveIntegerField(_("findings"), default=0)
    raised = models.PositiveIntegerField(_("queries raised"), default=0)
    closed = models.PositiveIntegerField(_("queries closed"), default=0)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["trial"],
                condition=Q(state__in=["queued", "running"]),
                name="quality_one_active_run",
                violation_error_message=_("The checks of this trial are under way."),
            ),
            models.CheckConstraint(
                condition=Q(state__in=["queued", "running"], finished_at__isnull=True)
                | Q(state__in=["done", "failed"], finished_at__isnull=False),
                name="quality_run_end_has_time",
            ),
        ]
        verbose_name = _("run of the checks")
        verbose_name_plural = _("runs of the checks")

    def __str__(self) -> str:
        return f"{self.trial_id} {self.state}"


class QualityFinding(AboutField):
    """What a check found in the last run. `form` is empty where it is about a visit's plan."""

    NOT_AUDITED = "it is computed from audited data, anew each night"

    check_code = models.CharField(_("check"), max_length=10)
    details = models.JSONField(_("details"), default=dict)
    since = models.DateTimeField(_("found since"))

    KEY: ClassVar = ("check_code", "form", "record_id", "row_number", "field")

    class Meta(AboutField.Meta):
        ordering = ["check_code", "pk"]
        indexes = [models.Index(fields=["site", "check_code"], name="finding_by_site")]
        constraints = [
            models.UniqueConstraint(
                F("check_code"),
                F("form"),
                F("record_id"),
                Coalesce("row_number", 0),
                F("field"),
                name="quality_finding_once",
            )
        ]
        verbose_name = _("finding of a check")
        verbose_name_plural = _("findings of the checks")

    def __str__(self) -> str:
        return f"{self.check_code} {self.form} {self.record_id} {self.field}"

    @property
    def place(self) -> Place:
        return Place(
            self.site_id,
            self.patient_id,
            self.visit_id,
            self.form,
            self.record_id,
            self.row_number,
            self.field,
        )
