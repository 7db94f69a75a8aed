"""What leaves the trail and why; and the second person's password."""

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _


class RedactionForm(forms.Form):
    use_required_attribute = False

    field = forms.ChoiceField(label=_("Field"), error_messages={"required": _("Choose the field.")})
    reason = forms.CharField(
        label=_("Reason"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Say why it does not belong there. Do not repeat what is taken out."),
        error_messages={"required": _("Enter the reason.")},
    )

    def __init__(self, *args: Any, fields: dict[str, str], **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [("", ""), *((name, capfirst(label)) for name, label in fields.items())]
        self.fields["field"].choices = choices  # type: ignore[attr-defined]


class RedactionConfirmation(forms.Form):
    use_required_attribute = False

    password = forms.CharField(
        label=_("Your password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": _("Enter your password to confirm that it is you.")},
    )
