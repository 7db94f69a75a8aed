"""What an investigator types about dose-limiting toxicities."""

from django import forms
from django.utils.translation import gettext_lazy as _

from outcomes.models import CohortDecision

WORDS = {"yes": _("dose-limiting"), "no": _("not dose-limiting")}


class JudgementForm(forms.Form):
    is_dose_limiting = forms.TypedChoiceField(
        label=_("This event is"),
        choices=list(WORDS.items()),
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of the two.")},
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("It stays beside the event on the board. No names, no hospital IDs."),
        error_messages={"required": _("Say why.")},
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)


class DecisionForm(forms.Form):
    decision = forms.ChoiceField(
        label=_("Decision"),
        choices=CohortDecision.Decision.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a decision.")},
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Who met, and what it rests on. No names of patients, no hospital IDs."),
        error_messages={"required": _("Say why.")},
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)
