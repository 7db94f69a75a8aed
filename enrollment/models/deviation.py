"""Departures from the protocol.

Source: ICH E3 questions and answers R1 (2012), question 7: a protocol deviation is any change,
divergence or departure from the study design or procedures; an important one may significantly
affect the completeness, accuracy or reliability of the study data, or a patient's rights, safety
or well-being.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.fields import ChoiceField, DateField, TextField, YesNoField
from enrollment.models.record import LogForm, Problems
from enrollment.models.visit import Visit


class ProtocolDeviation(LogForm):
    class Category(models.TextChoices):
        ELIGIBILITY = "eligibility", _("eligibility criteria not met")
        CONSENT = "consent", _("informed consent")
        VISIT_WINDOW = "visit-window", _("visit outside its window")
        MISSED_VISIT = "missed-visit", _("visit missed")
        PROCEDURE = "procedure", _("assessment or procedure not done as planned")
        PRODUCT = "product", _("study capsules: dose, storage or dispensing")
        MEDICATION = "medication", _("prohibited treatment")
        SAFETY_REPORT = "safety-report", _("safety reporting")
        BLINDING = "blinding", _("randomization or blinding")
        SAMPLE = "sample", _("sample handling")
        OTHER = "other", _("other")

    class Importance(models.TextChoices):
        MINOR = "minor", _("minor")
        MAJOR = "major", _("major (important)")

    OF_VISITS = (Category.VISIT_WINDOW, Category.MISSED_VISIT)
    """What the schedule itself shows; each once for a visit."""

    category = ChoiceField(_("category"), choices=Category.choices, may_be_missing=False)
    importance = ChoiceField(
        _("importance"),
        choices=Importance.choices,
        may_be_missing=False,
        help_text=_(
            "Major: may significantly affect the completeness, accuracy or reliability of the"
            " data, or the patient's rights, safety or well-being (ICH E3)."
        ),
    )
    visit_key = TextField(
        _("visit"), max_length=20, required=False, help_text=_("Where it belongs to one.")
    )
    happened_on = DateField(_("date of the deviation"))
    description = TextField(_("what happened"), max_length=2000, may_be_missing=False)
    cause = TextField(_("cause"), max_length=500)
    action = TextField(_("action taken"), max_length=500, help_text=_("To correct and to prevent."))
    needs_ethics_report = YesNoField(_("to be reported to the ethics committee"))
    ethics_reported_on = DateField(
        _("reported to the ethics committee on"),
        shown_when=("needs_ethics_report", ("Y",)),
        required=False,
        help_text=_("Leave empty until it was reported."),
    )

    class Meta(LogForm.Meta):
        verbose_name = _("protocol deviation")
        verbose_name_plural = _("protocol deviations")
        constraints = [
            *LogForm.Meta.constraints,
            models.UniqueConstraint(
                fields=["patient", "visit_key", "category"],
                condition=Q(category__in=["visit-window", "missed-visit"]) & ~Q(visit_key=""),
                name="deviation_of_visit_once",
                violation_error_message=_("This deviation of this visit is recorded already."),
            ),
        ]

    def problems(self) -> Problems:
        return self._visit_problem() | self._repeat_problem() | self._date_problem()

    def _visit_problem(self) -> Problems:
        if self.category in self.OF_VISITS and not self.visit_key:
            return {"visit_key": _("Choose the visit.")}
        if self.visit_key and not self._visits().exists():
            return {"visit_key": _("Choose a visit of this patient.")}
        return {}

    def _repeat_problem(self) -> Problems:
        """The constraint in words; the entry form does not check one that names the patient."""
        same = ProtocolDeviation.objects.filter(
            patient=self.patient_id, visit_key=self.visit_key, category=self.category
        )
        is_of_visit = self.visit_key and self.category in self.OF_VISITS
        if is_of_visit and same.exclude(pk=self.pk).exists():
            return {"category": _("This deviation of this visit is recorded already.")}
        return {}

    def _date_problem(self) -> Problems:
        happened, reported = self.happened_on, self.ethics_reported_on
        if happened and reported and reported < happened:
            return {"ethics_reported_on": _("Enter a date on or after the deviation.")}
        return {}

    def _visits(self) -> models.QuerySet[Visit]:
        return Visit.objects.filter(patient=self.patient_id, key=self.visit_key)
