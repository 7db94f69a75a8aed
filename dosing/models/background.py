"""Background drugs of one course or cycle, as given."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.fields import ChoiceField, DateField, NumberField, TextField, YesNoField
from core.fields.captured import YesNo
from enrollment.calc.definition import BackgroundDrug
from enrollment.models import FormRow, Patient, Visit, VisitForm
from enrollment.models.record import Problems


def drugs_of(patient: Patient) -> list[BackgroundDrug]:
    """The drugs of the patient's regimen; all background drugs where the trial has no regimens."""
    return patient.version.definition.drugs_of(patient.regimen)


def drugs_at(visit: Visit) -> list[BackgroundDrug]:
    """Those of the patient's drugs that are given in the courses that this visit is one of."""
    return visit.patient.version.definition.drugs_on(visit.track, visit.patient.regimen)


class BackgroundTreatment(VisitForm):
    """Whether the background regimen was given as planned, with one row for each drug."""

    is_as_planned = YesNoField(_("background therapy given as planned"))
    comment = TextField(_("comment"), max_length=500, required=False)

    class Meta(VisitForm.Meta):
        verbose_name = _("background treatment")
        verbose_name_plural = _("background treatments")

    def row_problems(self, rows: list["BackgroundDose"]) -> list[Problems]:
        return [self._drug_problem(row) for row in rows]

    def _drug_problem(self, row: "BackgroundDose") -> Problems:
        is_changed = row.change not in ("", BackgroundDose.Change.NONE)
        if is_changed and self.is_as_planned == YesNo.YES:
            return {
                "change": _(
                    "Therapy was given as planned by the answer above: choose no change, or"
                    " correct that answer."
                )
            }
        return {}


class BackgroundDose(FormRow):
    """One drug of the patient's regimen; `drug` is its id in the definition."""

    class Change(models.TextChoices):
        NONE = "none", _("no change")
        REDUCED = "reduced", _("dose reduced")
        DELAYED = "delayed", _("delayed")
        HELD = "held", _("held")
        STOPPED = "stopped", _("stopped for good")

    GIVEN = ("none", "reduced", "delayed")
    CHANGED = ("reduced", "delayed", "held", "stopped")

    record = models.ForeignKey(BackgroundTreatment, models.PROTECT, related_name="rows")
    drug = ChoiceField(_("drug"), may_be_missing=False)
    change = ChoiceField(_("change"), choices=Change.choices)
    change_reason = TextField(_("reason for the change"), shown_when=("change", CHANGED))
    given_on = DateField(
        _("given on"),
        shown_when=("change", GIVEN),
        help_text=_("For a drug taken every day: the first day of this period."),
    )
    dose_mg = NumberField(
        _("dose"), unit="mg", places=2, hard=(0, 10_000), shown_when=("change", GIVEN)
    )
    dose_reason = TextField(
        _("reason for another dose"),
        required=False,
        shown_when=("change", GIVEN),
        help_text=_("Where the dose is not the one that body weight gives."),
    )

    class Meta(FormRow.Meta):
        verbose_name = _("background dose")
        verbose_name_plural = _("background doses")
        constraints = [
            models.UniqueConstraint(
                fields=["record", "drug"],
                name="background_drug_once",
                violation_error_message=_("This drug is listed already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.drug} {self.dose_mg} mg"
