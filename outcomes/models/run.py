"""The computations of snapshots, as they are asked for, run and end."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.models import BackgroundWork, Trial
from outcomes.models.snapshot import Snapshot


class NightlyRunQuerySet(models.QuerySet["NightlyRun"]):
    def active(self) -> Self:
        return self.filter(state__in=NightlyRun.ACTIVE)

    def latest_of(self, trial: Trial) -> "NightlyRun | None":
        return self.filter(trial=trial).order_by("-pk").first()

    def since_success(self, trial: Trial) -> "list[NightlyRun]":
        """The last run that ended well and all after it, the newest first; all where none did."""
        runs = self.filter(trial=trial).order_by("-pk")
        last = runs.filter(state=NightlyRun.State.DONE).values("pk")[:1]
        return list(runs.filter(pk__gte=Coalesce(Subquery(last), 0)))


class NightlyRun(BackgroundWork):
    """One computation of one trial's snapshot, asked for by the schedule or by a person."""

    NOT_AUDITED = "it is progress; who asked for it and what came out are audit events"

    class Step(models.TextChoices):
        WAIT = "wait", _("Waiting for a worker")
        READ = "read", _("Reading the records")
        RESPOND = "respond", _("Deriving responses")
        SURVIVE = "survive", _("Estimating survival")
        TABULATE = "tabulate", _("Writing the tables")
        STORE = "store", _("Storing the snapshot")
        END = "end", _("Finished")

    class Note(models.TextChoices):
        """Why it ended as it did, as the sentence that a person reads."""

        NONE = "", ""
        UNCHANGED = "unchanged", _("Nothing has changed since the snapshot that is shown.")
        STOPPED = "stopped", _("The run stopped before its end. A new one takes its place.")
        NO_BROKER = (
            "no-broker",
            _("The task queue does not answer, so the run did not start. Try again later."),
        )
        NO_PROCESS = "no-process", _("The server could not start the run. Its log says why.")
        ERROR = (
            "error",
            _("An error stopped the run; the log says where. The earlier snapshot stays."),
        )

    trial = models.ForeignKey(Trial, models.PROTECT, related_name="nightly_runs")
    cut_on = models.DateField(_("data cut"))
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        verbose_name=_("asked for by"),
    )
    queued_at = models.DateTimeField(_("asked for"))
    started_at = models.DateTimeField(_("started"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    step = models.CharField(_("step"), max_length=10, choices=Step.choices, default=Step.WAIT)
    percent = models.PositiveSmallIntegerField(_("percent"), default=0)
    note = models.CharField(_("note"), max_length=20, choices=Note.choices, default=Note.NONE)
    attempt = models.PositiveSmallIntegerField(
        _("attempt"), default=0, help_text=_("Counts the workers that took the run up.")
    )
    snapshot = models.ForeignKey(
        Snapshot,
        models.PROTECT,
        related_name="runs",
        null=True,
        verbose_name=_("snapshot made or found unchanged"),
    )

    objects = NightlyRunQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["trial"],
                condition=Q(state__in=["queued", "running"]),
                name="one_active_run_per_trial",
                violation_error_message=_("A run of this trial is under way."),
            ),
            models.CheckConstraint(
                condition=Q(state__in=["queued", "running"], finished_at__isnull=True)
                | Q(state__in=["done", "failed"], finished_at__isnull=False),
                name="run_end_has_time",
            ),
            models.CheckConstraint(
                condition=Q(state="done", snapshot__isnull=False)
                | Q(~Q(state="done"), snapshot__isnull=True),
                name="run_done_has_snapshot",
            ),
        ]
        verbose_name = _("nightly run")
        verbose_name_plural = _("nightly runs")

    def __str__(self) -> str:
        return f"{self.trial_id} {self.cut_on} {self.state}"

    @property
    def message(self) -> str | Promise:
        """The sentence that tells a person how it ended; empty when there is nothing to say."""
        return self.get_note_display() if self.note else ""
