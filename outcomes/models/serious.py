"""Reports of serious adverse events: one row for each report about an event.

The first report about an event has version 0, its follow-ups have 1, 2 and so on. A report that
was submitted stays as it is; what is learned later goes into a follow-up.

Source: ICH E2A (1994), II.B for what is serious; CIOMS form I for what a report says.
"""

import re
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from core.fields import (
    ChoiceField,
    DateField,
    IntegerField,
    MomentField,
    PartialDateField,
    TextField,
    YesNoField,
)
from core.fields.captured import YesNo
from enrollment.models import FormRow, LogForm
from enrollment.models.record import Problems
from outcomes.models.consistency import before_birth
from outcomes.models.safety import AdverseEvent

_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
RESOLVED = ("recovered", "recovered-with-sequelae")


class SeriousEvent(LogForm):
    class Expectedness(models.TextChoices):
        EXPECTED = "expected", _("expected")
        UNEXPECTED = "unexpected", _("unexpected")

    CRITERIA = (
        "is_death",
        "is_life_threatening",
        "is_hospitalization",
        "is_disability",
        "is_congenital_anomaly",
        "is_medically_important",
    )

    event_number = IntegerField(
        _("adverse event no."),
        may_be_missing=False,
        help_text=_("The row of the adverse event in the patient's log."),
    )
    aware_at = MomentField(
        _("site learned of it"),
        may_be_missing=False,
        help_text=_(
            "Date and time on the site's clock, such as 2026-11-21 14:05. The 24 hours run from"
            " here; in a follow-up from when you learned what is new."
        ),
    )

    is_death = YesNoField(_("death"), may_be_missing=False)
    is_life_threatening = YesNoField(
        _("life-threatening"),
        may_be_missing=False,
        help_text=_("At risk of death at the time of the event, not if it had been worse."),
    )
    is_hospitalization = YesNoField(
        _("inpatient hospitalization, or its prolongation"), may_be_missing=False
    )
    admitted_on = DateField(_("admitted on"), shown_when=("is_hospitalization", ("Y",)))
    discharged_on = DateField(
        _("discharged on"),
        shown_when=("is_hospitalization", ("Y",)),
        required=False,
        help_text=_("Leave empty while the patient is in hospital."),
    )
    is_disability = YesNoField(
        _("persistent or significant disability or incapacity"), may_be_missing=False
    )
    is_congenital_anomaly = YesNoField(
        _("congenital anomaly or birth defect"), may_be_missing=False
    )
    is_medically_important = YesNoField(
        _("other medically important condition"), may_be_missing=False
    )
    importance = TextField(
        _("why it is important"), max_length=500, shown_when=("is_medically_important", ("Y",))
    )

    diagnosis = TextField(_("diagnosis, or leading sign"), may_be_missing=False)
    grade = IntegerField(
        _("grade"), choices=AdverseEvent.Grade.choices, hard=(1, 5), may_be_missing=False
    )
    started_on = PartialDateField(_("onset"))
    started_time = TextField(
        _("time of onset"),
        max_length=5,
        required=False,
        help_text=_("Such as 14:05, where it is known."),
    )
    description = TextField(
        _("what happened"),
        max_length=4000,
        may_be_missing=False,
        help_text=_("Course, findings and treatment in order of time. No names, no hospital IDs."),
    )
    history = TextField(_("relevant history"), max_length=2000, required=False)

    related_to_capsules = ChoiceField(
        _("related to study capsules"),
        choices=AdverseEvent.Relation.choices,
        may_be_missing=False,
    )
    expectedness = ChoiceField(
        _("expectedness"),
        choices=Expectedness.choices,
        may_be_missing=False,
        help_text=_("Against the reference safety information of the capsules."),
    )
    other_cause = TextField(_("other possible cause"), max_length=500, required=False)
    action_with_capsules = ChoiceField(
        _("action taken with study capsules"), choices=AdverseEvent.Action.choices
    )
    treatment = TextField(_("treatment of the event"), max_length=1000, required=False)
    outcome = ChoiceField(
        pgettext_lazy("adverse event", "outcome"),
        choices=AdverseEvent.Outcome.choices,
        may_be_missing=False,
    )
    ended_on = PartialDateField(_("end"), shown_when=("outcome", RESOLVED))

    died_on = PartialDateField(_("date of death"), shown_when=("is_death", ("Y",)))
    death_cause = TextField(_("cause of death"), max_length=500, shown_when=("is_death", ("Y",)))
    autopsy = ChoiceField(
        _("autopsy"),
        choices=[("done", _("done")), ("planned", _("planned")), ("none", _("none"))],
        shown_when=("is_death", ("Y",)),
    )
    autopsy_findings = TextField(
        _("findings of the autopsy"), max_length=1000, shown_when=("autopsy", ("done",))
    )

    reporter = TextField(_("reported by"), may_be_missing=False, help_text=_("Name and function."))
    is_final = YesNoField(
        _("last report"),
        may_be_missing=False,
        help_text=_("Yes when nothing further is expected about this event."),
    )

    version = models.PositiveSmallIntegerField(_("report"), default=0)
    submitted_at = models.DateTimeField(_("submitted"), null=True, editable=False)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, editable=False
    )
    late_reason = models.CharField(_("why it is late"), max_length=500, blank=True, default="")

    class Meta(LogForm.Meta):
        verbose_name = _("serious adverse event report")
        verbose_name_plural = _("serious adverse event reports")
        constraints = [
            *LogForm.Meta.constraints,
            models.UniqueConstraint(
                fields=["patient", "event_number", "version"],
                name="serious_event_version_once",
                violation_error_message=_("This report exists already."),
            ),
            models.CheckConstraint(
                condition=Q(submitted_at__isnull=True, submitted_by__isnull=True)
                | Q(submitted_at__isnull=False, submitted_by__isnull=False),
                name="serious_event_submitted_pair",
            ),
            models.CheckConstraint(
                condition=Q(submitted_at__isnull=True) | ~Q(state="draft"),
                name="serious_event_submitted_complete",
            ),
        ]

    @property
    def version_name(self) -> str:
        """Initial report, follow-up 2, and whether it is the last."""
        name = (
            gettext("Follow-up %(number)s") % {"number": self.version}
            if self.version
            else gettext("Initial report")
        )
        return gettext("%(report)s, final") % {"report": name} if self.is_last else name

    @property
    def is_last(self) -> bool:
        return self.is_final == YesNo.YES

    @property
    def is_submitted(self) -> bool:
        return self.submitted_at is not None

    @property
    def closed_because(self) -> str | Promise:
        if self.is_submitted:
            return _("This report was submitted and stays as it is. Write a follow-up instead.")
        return ""

    @property
    def criteria(self) -> list[str]:
        """Why the event is serious, in words."""
        return [
            str(self._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
            for name in self.CRITERIA
            if getattr(self, name) == YesNo.YES
        ]

    def problems(self) -> Problems:
        return (
            before_birth(self, "started_on", "admitted_on", "died_on")
            | self._criteria_problem()
            | self._death_problem()
            | self._time_problem()
            | self._stay_problem()
        )

    def _criteria_problem(self) -> Problems:
        answers = [getattr(self, name) for name in self.CRITERIA]
        if all(answers) and YesNo.YES not in answers:
            return {
                self.CRITERIA[0]: _(
                    "Answer at least one criterion with yes: otherwise the event is not serious."
                )
            }
        return {}

    def _death_problem(self) -> Problems:
        is_death = self.is_death == YesNo.YES
        if self.outcome and self.is_death and is_death != (self.outcome == "fatal"):
            return {"outcome": _("Death and the outcome fatal go together: correct one of them.")}
        if self.grade is not None and self.is_death and is_death != (self.grade == 5):
            return {"grade": _("Death and grade 5 go together: correct one of them.")}
        return {}

    def _time_problem(self) -> Problems:
        if self.started_time and not _TIME.fullmatch(self.started_time):
            return {"started_time": _("Enter a time such as 14:05.")}
        if self.started_time and (self.started_on is None or not self.started_on.is_complete):
            return {"started_time": _("Enter the day of onset, or no time.")}
        if self.aware_at and self.started_on:
            zone = ZoneInfo(self.patient.site.time_zone)
            if self.aware_at.astimezone(zone).date() < self.started_on.first_day:
                return {"aware_at": _("The site cannot have learned of it before the onset.")}
        return {}

    def _stay_problem(self) -> Problems:
        admitted, left = self.admitted_on, self.discharged_on
        if admitted and left and left < admitted:
            return {"discharged_on": _("Enter a discharge on or after the admission.")}
        return {}


class SeriousEventDrug(FormRow):
    """Whether one background drug may have caused the event; `drug` is its id in the definition."""

    record = models.ForeignKey(SeriousEvent, models.PROTECT, related_name="rows")
    drug = ChoiceField(_("drug"), may_be_missing=False)
    relation = ChoiceField(_("related"), choices=AdverseEvent.Relation.choices)
    action = ChoiceField(_("action taken"), choices=AdverseEvent.Action.choices)

    class Meta(FormRow.Meta):
        verbose_name = _("background drug of a serious adverse event")
        verbose_name_plural = _("background drugs of serious adverse events")
        constraints = [
            models.UniqueConstraint(
                fields=["record", "drug"],
                name="serious_event_drug_once",
                violation_error_message=_("This drug is listed already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.drug} {self.relation}"


class ClockWarning(models.Model):
    """That the named people were told how a clock stands. Each is told once."""

    class Stage(models.TextChoices):
        NEARLY_OVER = "nearly-over", _("nearly over")
        OVER = "over", _("over")

    event = models.ForeignKey(AdverseEvent, models.PROTECT, related_name="clock_warnings")
    version = models.PositiveSmallIntegerField(_("report"))
    stage = models.CharField(_("stage"), max_length=12, choices=Stage.choices)
    warned_at = models.DateTimeField(_("told"))

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["event", "version", "stage"], name="clock_warning_once")
        ]
        verbose_name = _("warning of a clock")
        verbose_name_plural = _("warnings of clocks")

    def __str__(self) -> str:
        return f"{self.event_id}.{self.version} {self.stage}"
