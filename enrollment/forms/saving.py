"""What accompanies the values of a form when it is saved: what the person saw, why it changes."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class ChangeReason(models.TextChoices):
    TRANSCRIPTION = "transcription", gettext_lazy("transcription error")
    SOURCE = "source", gettext_lazy("new information in the source")
    QUERY = "query", gettext_lazy("answer to a query")
    OTHER = "other", gettext_lazy("other")


OWN_REASONS = 3
"""Fields of one save that can have a reason of their own."""
_PARTS = ("field", "code", "text")


class SavingForm(forms.Form):
    """What accompanies the values: what the person saw, and why they change it."""

    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    submission = forms.UUIDField(required=False, widget=forms.HiddenInput)
    reason_code = forms.ChoiceField(
        label=gettext_lazy("Reason for the change"),
        choices=[("", ""), *ChangeReason.choices],
        required=False,
    )
    reason_text = forms.CharField(label=gettext_lazy("Explanation"), required=False, max_length=500)

    needs_reason = False

    def __init__(self, *args: Any, fields: Sequence[tuple[str, Any]] = (), **options: Any) -> None:
        """`fields` are names and labels of what may have a reason of its own."""
        super().__init__(*args, **options)
        for line in range(OWN_REASONS if fields else 0):
            self.fields[f"own_field_{line}"] = forms.ChoiceField(
                label=gettext_lazy("Field"), choices=[("", ""), *fields], required=False
            )
            self.fields[f"own_code_{line}"] = forms.ChoiceField(
                label=gettext_lazy("Its reason"),
                choices=[("", ""), *ChangeReason.choices],
                required=False,
            )
            self.fields[f"own_text_{line}"] = forms.CharField(
                label=gettext_lazy("Explanation"), required=False, max_length=200
            )

    @property
    def own_lines(self) -> list[list[forms.BoundField]]:
        """Field, reason and explanation of each line for a field's own reason."""
        lines = [line for line in range(OWN_REASONS) if f"own_field_{line}" in self.fields]
        return [[self[f"own_{part}_{line}"] for part in _PARTS] for line in lines]

    def own_reasons(self) -> dict[str, str]:
        """Field to its own reason, in the form of `reason`."""
        found: dict[str, str] = {}
        for line in range(OWN_REASONS):
            field, code, text = (
                self.cleaned_data.get(f"own_{part}_{line}", "").strip() for part in _PARTS
            )
            if field:
                found[field] = f"{code}: {text}" if text else code
        return found

    def check_own_reasons(self, changed: set[str]) -> None:
        """Each belongs to a field that was changed, and says something."""
        for line in range(OWN_REASONS):
            field, code, text = (
                self.cleaned_data.get(f"own_{part}_{line}", "").strip() for part in _PARTS
            )
            if field and field not in changed:
                self.add_error(f"own_field_{line}", _("This field was not changed."))
            elif field and not code:
                self.add_error(f"own_code_{line}", _("Choose a reason for this field."))
            elif code == ChangeReason.OTHER and not text:
                self.add_error(f"own_text_{line}", _("Explain the reason."))
            elif code and not field:
                self.add_error(f"own_field_{line}", _("Choose the field that this is about."))

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        code, text = values.get("reason_code", ""), values.get("reason_text", "").strip()
        if self.needs_reason and not code:
            self.add_error("reason_code", _("Say why you change a complete form."))
        elif code == ChangeReason.OTHER and not text:
            self.add_error("reason_text", _("Explain the reason."))
        return values

    @property
    def reason(self) -> str:
        """As it goes into the audit trail: the code and, after a colon, the explanation; then the
        fields that have a reason of their own, e.g. `source: chart | weight_kg: other: typo`."""
        code = self.cleaned_data.get("reason_code", "")
        text = self.cleaned_data.get("reason_text", "").strip()
        general = f"{code}: {text}" if text else code
        own = [f"{field}: {reason}" for field, reason in self.own_reasons().items()]
        return " | ".join([general, *own])
