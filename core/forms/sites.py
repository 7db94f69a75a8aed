"""What is typed to open a site; closing one takes a reason (`core.forms.people.ReasonForm`)."""

from django import forms
from django.utils.translation import gettext_lazy as _


class OpeningForm(forms.Form):
    approved_on = forms.DateField(
        label=_("Approved on"),
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"required": _("Enter the day of the approval.")},
    )
    approval = forms.CharField(
        label=_("Approved by"),
        max_length=200,
        help_text=_("Who approved, and the number: such as the ethics committee's."),
        error_messages={"required": _("Say who approved, with the number of the approval.")},
    )
