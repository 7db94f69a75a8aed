"""What an adjudicator enters."""

from django import forms
from django.utils.translation import gettext_lazy as _

from outcomes.models import Adjudication


class AdjudicationForm(forms.Form):
    accepted = forms.ChoiceField(
        label=_("Accepted for the whole patient"),
        choices=Adjudication.Accepted.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of the two readings.")},
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Which lesion or scan decides. No names, no hospital IDs."),
        error_messages={"required": _("Say why.")},
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)
