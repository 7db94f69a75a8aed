"""A column for a date of which only the year or the month may be known."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from core.calc.partial_date import PartialDate
from core.fields.captured import CapturedField
from core.fields.inputs import PartialDateInput


class PartialDateField(CapturedField, models.CharField):
    """Stored as entered: `2026`, `2026-11` or `2026-11-21`. Python sees a `PartialDate`."""

    _pyi_private_set_type: PartialDate | str | None  # type: ignore[assignment]
    _pyi_private_get_type: PartialDate | None  # type: ignore[assignment]

    def __init__(self, label: str | Promise = "", **options: Any) -> None:
        super().__init__(label, **options | {"max_length": 10, "null": True})

    def from_db_value(self, value: str | None, *args: Any) -> PartialDate | None:
        return PartialDate(value) if value else None

    def to_python(self, value: Any) -> PartialDate | None:
        if value in (None, ""):
            return None
        if isinstance(value, PartialDate):
            return value
        try:
            return PartialDate.parse(str(value))
        except ValueError as error:
            raise ValidationError(
                _("Enter a date as 2026-11-21, or only 2026-11 or 2026 when the rest is unknown.")
            ) from error

    def run_validators(self, value: Any) -> None:
        """None to run: every `PartialDate` is valid, and a text column's are for text."""

    def get_prep_value(self, value: Any) -> str | None:
        parsed = self.to_python(value)
        return parsed.text if parsed else None

    def value_to_string(self, obj: models.Model) -> str:
        return str(self.value_from_object(obj) or "")

    def formfield(self, **options: Any) -> forms.Field | None:
        return PartialDateInput(
            label=capfirst(self.verbose_name), help_text=self.help_text, required=not self.blank
        )
