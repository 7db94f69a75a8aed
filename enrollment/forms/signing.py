"""What a person types to sign."""

from django import forms
from django.utils.translation import gettext_lazy as _

from oversight.models import Meaning


class SignatureForm(forms.Form):
    use_required_attribute = False

    meaning = forms.ChoiceField(
        label=_("Meaning of your signature"),
        choices=Meaning.choices,
        initial=Meaning.APPROVED,
        widget=forms.RadioSelect,
    )
    password = forms.CharField(
        label=_("Your password"),
        help_text=_("Asked each time: it is your signature."),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": _("Enter your password to confirm that it is you.")},
    )
