"""Adverse events, named and graded by the CTCAE version of the trial."""

from typing import Any

from django.apps import apps
from django.db import models
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from core.fields import ChoiceField, IntegerField, PartialDateField, TextField, YesNoField
from core.fields.captured import YesNo
from enrollment.models import LogForm
from enrollment.models.record import Problems
from outcomes import catalog
from outcomes.models.consistency import before_birth
from outcomes.models.ctcae import CtcaeTerm


class AdverseEvent(LogForm):
    """One event. Its term is the English one of the catalog, whatever the language of the page."""

    class Grade(models.IntegerChoices):
        GRADE_1 = 1, _("1: mild")
        GRADE_2 = 2, _("2: moderate")
        GRADE_3 = 3, _("3: severe")
        GRADE_4 = 4, _("4: life-threatening")
        GRADE_5 = 5, _("5: death")

    class Relation(models.TextChoices):
        UNRELATED = "unrelated", _("unrelated")
        UNLIKELY = "unlikely", _("unlikely")
        POSSIBLE = "possible", _("possible")
        PROBABLE = "probable", _("probable")
        DEFINITE = "definite", _("definite")

    RELATED = (Relation.POSSIBLE, Relation.PROBABLE, Relation.DEFINITE)
    """Counts as treatment-related."""

    class Action(models.TextChoices):
        NONE = "none", _("none")
        DELAYED = "delayed", _("treatment delayed")
        REDUCED = "reduced", _("dose reduced")
        INTERRUPTED = "interrupted", _("treatment interrupted")
        STOPPED = "stopped", _("treatment stopped for good")
        NOT_APPLICABLE = "not-applicable", _("not applicable")

    class Outcome(models.TextChoices):
        RECOVERED = "recovered", _("recovered")
        RECOVERING = "recovering", _("recovering")
        SEQUELAE = "recovered-with-sequelae", _("recovered with sequelae")
        NOT_RECOVERED = "not-recovered", _("not recovered")
        FATAL = "fatal", _("fatal")
        UNKNOWN = "unknown", _("unknown")

    term = TextField(_("term"), max_length=120, may_be_missing=False)
    term_other = TextField(
        _("name of the event"), shown_when=("term", catalog.OTHER_TERMS), may_be_missing=False
    )
    grade = IntegerField(_("grade"), choices=Grade.choices, hard=(1, 5), may_be_missing=False)
    started_on = PartialDateField(_("onset"))
    is_ongoing = YesNoField(_("ongoing"), may_be_missing=False)
    ended_on = PartialDateField(_("end"), shown_when=("is_ongoing", ("N",)))
    is_serious = YesNoField(_("serious"), may_be_missing=False)
    related_to_capsules = ChoiceField(_("related to capsules"), choices=Relation.choices)
    related_to_background = ChoiceField(
        _("related to background therapy"), choices=Relation.choices
    )
    action_taken = ChoiceField(_("action taken"), choices=Action.choices)
    outcome = ChoiceField(pgettext_lazy("adverse event", "outcome"), choices=Outcome.choices)

    # When it was first marked as serious: the clock of a report that was not begun.
    serious_since = models.DateTimeField(_("serious since"), null=True, editable=False)

    class Meta(LogForm.Meta):
        verbose_name = _("adverse event")
        verbose_name_plural = _("adverse events")

    def reads_as(self, name: str) -> Any:
        if name == "term":
            return catalog.in_language(self.term, get_language() or "en")
        return super().reads_as(name)

    @property
    def name(self) -> str:
        """The term, or what was typed for an event that has none."""
        return self.term_other or self.term

    def problems(self) -> Problems:
        return (
            before_birth(self, "started_on", "ended_on")
            | self._term_problem()
            | self._date_problem()
            | self._outcome_problem()
            | self._report_problem()
        )

    def _term_problem(self) -> Problems:
        if not self.term:
            return {}
        version = self.patient.version.definition.trial.ctcae_version
        try:
            grades = CtcaeTerm.objects.grades_of(version, self.term)
        except KeyError:
            return {"term": gettext("Choose a term of CTCAE %(version)s.") % {"version": version}}
        if self.grade is not None and self.grade not in grades:
            return {
                "grade": gettext("CTCAE %(version)s grades this term %(grades)s only.")
                % {"version": version, "grades": ", ".join(map(str, grades))}
            }
        return {}

    def _date_problem(self) -> Problems:
        start, end = self.started_on, self.ended_on
        if start and end and end.last_day < start.first_day:
            return {"ended_on": _("Enter an end that is not before the onset.")}
        return {}

    def _outcome_problem(self) -> Problems:
        is_fatal = self.outcome == self.Outcome.FATAL
        if self.grade == self.Grade.GRADE_5 and self.outcome and not is_fatal:
            return {"outcome": _("Grade 5 means death: choose the outcome fatal.")}
        if is_fatal and self.grade is not None and self.grade != self.Grade.GRADE_5:
            return {"grade": _("A fatal outcome has grade 5.")}
        return {}

    def _report_problem(self) -> Problems:
        """What was reported as serious stays so in the log, too."""
        if self.pk is None or self.is_serious != YesNo.NO or self.serious_since is None:
            return {}
        reports = apps.get_model("outcomes", "SeriousEvent").objects
        if reports.filter(patient=self.patient_id, event_number=self.row_number).exists():
            return {
                "is_serious": _(
                    "This event was reported as serious. Say in a follow-up that it was not."
                )
            }
        return {}
