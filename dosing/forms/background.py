"""The rows of background drugs: the dose by body weight is proposed with the rule that gives it."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _

from dosing.models import BackgroundDose
from dosing.models.background import drugs_of
from dosing.queries.exposure import PlannedDose, planned_dose

if TYPE_CHECKING:
    Base = forms.ModelForm
else:
    Base = object


def rule_text(planned: PlannedDose) -> str:
    """The rule of the trial and the weight that was used, e.g. for lenvatinib."""
    band = planned.band
    low = {"kg": f"{band.threshold_kg:f}", "low": f"{band.lower_dose_mg:f}"}
    values = low | {"high": f"{band.upper_dose_mg:f}"}
    if band.boundary == "lower":
        rule = _("%(low)s mg up to and at %(kg)s kg, %(high)s mg above.") % values
    else:
        rule = _("%(low)s mg below %(kg)s kg, %(high)s mg from %(kg)s kg on.") % values
    if planned.weight_kg is None or planned.dose_mg is None:
        return rule + " " + _("No weight is known yet.")
    return (
        rule
        + " "
        + _("Weight used: %(weight)s kg of %(day)s, which gives %(dose)s mg.")
        % {
            "weight": f"{planned.weight_kg:f}",
            "day": planned.weighed_on.isoformat() if planned.weighed_on else "",
            "dose": f"{planned.dose_mg:f}",
        }
    )


class DoseMixin(Base):
    """Says how the dose follows from the weight; another dose needs a reason."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.planned = self._planned()
        if self.planned is not None:
            self.fields["dose_mg"].help_text = rule_text(self.planned)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        dose, planned = values.get("dose_mg"), self.planned
        if planned is None or planned.dose_mg is None or dose in (None, planned.dose_mg):
            return values
        is_explained = values.get("dose_reason") or values.get("change") in BackgroundDose.CHANGED
        if not is_explained:
            self.add_error(
                "dose_reason",
                _("The weight gives %(dose)s mg: enter why another dose is given.")
                % {"dose": f"{planned.dose_mg:f}"},
            )
        return values

    def _planned(self) -> PlannedDose | None:
        row: BackgroundDose = self.instance
        # A row that a person adds has no form behind it yet.
        record = getattr(row, "record", None)
        if record is None:
            return None
        patient = record.patient
        drug = next((drug for drug in drugs_of(patient) if drug.id == row.drug), None)
        return planned_dose(patient, drug) if drug is not None else None
