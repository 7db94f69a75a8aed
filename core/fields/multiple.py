"""Several codes of a list as the answer to one question."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.fields.captured import CapturedField

LONGEST = 500


def _codes(value: Any) -> list[str]:
    """Of boxes, each a text of its own, or of one text with spaces between, as it is stored and as
    a page sends back what somebody else stored. No code holds a space."""
    texts = [value] if isinstance(value, str) else value or ()
    return [code for text in texts for code in str(text).split()]


class CodesInput(forms.MultipleChoiceField):
    """Boxes to tick. Its value is the codes in the order of the list, with spaces between."""

    widget = forms.CheckboxSelectMultiple

    def prepare_value(self, value: Any) -> Any:
        return _codes(value)

    def clean(self, value: Any) -> str:
        chosen = super().clean(_codes(value))
        offered = [str(code) for code, _label in list(self.widget.choices)]
        return " ".join(code for code in offered if code in chosen)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return set(_codes(initial)) != set(_codes(data))


class MultipleChoiceField(CapturedField, models.CharField):
    """Codes without spaces, in the order of the list, with spaces between: `nausea pain`."""

    def __init__(self, label: str | Promise = "", **options: Any) -> None:
        super().__init__(label, **options | {"max_length": LONGEST, "default": ""})

    def formfield(self, **options: Any) -> forms.Field | None:
        label = str(self.verbose_name)
        return CodesInput(
            label=label[:1].upper() + label[1:],
            help_text=self.help_text,
            choices=list(self.choices or ()),
            required=False,
        )

    def validate(self, value: Any, model_instance: models.Model | None) -> None:
        if unknown := self.unknown(str(value or "")):
            raise ValidationError(_("%(value)s is no answer here."), params={"value": unknown[0]})

    def unknown(self, value: str) -> Sequence[str]:
        """Codes that the list does not have."""
        return [code for code in value.split() if code not in dict(self.flatchoices)]

    def words(self, value: str) -> str:
        labels = dict(self.flatchoices)
        return "; ".join(str(labels.get(code, code)) for code in value.split())
