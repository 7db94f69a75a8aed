"""The form of a dose decision: what it can be about."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _

from dosing.models.decisions import treatment_names
from enrollment import registry

if TYPE_CHECKING:
    Base = forms.ModelForm
else:
    Base = object

EVENTS = "adverse-events"


class DecisionMixin(Base):
    """Offers the treatments of this patient; a named adverse event must exist."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        label = self.fields["treatment"].label
        self.fields["treatment"] = forms.ChoiceField(
            label=label,
            choices=[("", ""), *treatment_names(self.instance.patient).items()],
            required=False,
            label_suffix="",
        )

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        number = values.get("event_number")
        if number is not None:
            events: Any = registry.get(EVENTS).model._default_manager
            known = events.filter(patient=self.instance.patient, row_number=number)
            if not known.exists():
                self.add_error("event_number", _("There is no such row in the adverse event log."))
        return values
