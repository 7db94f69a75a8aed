"""When a visit took place, or why it did not."""

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy

from core.fields.inputs import DateInput
from enrollment import registry
from enrollment.calc.definition import Definition


class VisitDateForm(forms.Form):
    use_required_attribute = False

    actual_date = DateInput(label=gettext_lazy("Visit date"))
    reason = forms.CharField(
        label=gettext_lazy("Reason for a change, or for a date outside the window"),
        required=False,
        max_length=500,
    )


class MissedVisitForm(forms.Form):
    use_required_attribute = False

    reason = forms.CharField(
        label=gettext_lazy("Why was the visit missed?"),
        max_length=500,
        error_messages={"required": gettext_lazy("Enter why the visit was missed.")},
    )


class UnscheduledVisitForm(forms.Form):
    use_required_attribute = False

    actual_date = DateInput(label=gettext_lazy("Visit date"))
    reason = forms.CharField(
        label=gettext_lazy("Why did the patient come?"),
        max_length=500,
        error_messages={"required": gettext_lazy("Say why the patient came.")},
    )
    forms = forms.MultipleChoiceField(
        label=gettext_lazy("Forms of this visit"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose the forms that this visit fills.")},
    )

    def __init__(self, *args: Any, definition: Definition, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["forms"].choices = [  # type: ignore[attr-defined]
            (slug, capfirst(str(registry.get(slug).title))) for slug in definition.visit_forms
        ]
