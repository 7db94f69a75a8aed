"""When a visit took place, or why it did not."""

from django import forms
from django.utils.translation import gettext_lazy

from core.fields.inputs import DateInput


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
