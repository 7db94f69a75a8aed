"""What the page of a protocol deviation does beyond its fields."""

from typing import TYPE_CHECKING, Any

from django import forms

from enrollment.models import Visit

if TYPE_CHECKING:
    Base = forms.ModelForm
else:
    Base = object


class DeviationForm(Base):
    """Offers the visits of the patient by name."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        visits = Visit.objects.filter(patient=self.instance.patient_id)
        field = self.fields["visit_key"]
        self.fields["visit_key"] = forms.ChoiceField(
            label=field.label,
            help_text=field.help_text,
            required=False,
            choices=[
                ("", ""),
                *((visit.key, visit.label) for visit in visits.order_by("target_date", "position")),
            ],
        )
