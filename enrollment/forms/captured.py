"""A form made from a model's captured fields, with a missing code beside each."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, cast

from django import forms
from django.forms.models import modelform_factory
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.calc.partial_date import PartialDate
from core.fields import CapturedField, MissingCode, captured_fields
from enrollment.models import FormRecord, FormRow

MISSING = "__missing"


class CapturedForm(forms.ModelForm):
    """Values and missing codes of one record or row.

    `complete` says what the person asked for: a draft may have gaps, a complete form may not.
    """

    instance: FormRecord | FormRow
    complete = False
    key = ""
    """Of a known row: which one it is, for the page to send back."""
    identity: Sequence[str] = ()
    """Of a known row: what the page calls it."""

    def __init__(self, *args: Any, complete: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        self.complete = complete
        for field in self.captured:
            self.fields[field.name].label_suffix = ""
            if field.allows_missing_code:
                self.fields[field.name + MISSING] = forms.ChoiceField(
                    label=gettext_lazy("or missing because"),
                    choices=[("", ""), *MissingCode.choices],
                    required=False,
                    initial=self.instance.missing.get(field.name, ""),
                )

    @property
    def captured(self) -> list[CapturedField]:
        """The captured fields that this form shows, in order."""
        known = captured_fields(type(self.instance))
        return [field for field in known if field.name in self.fields]

    def clean(self) -> dict[str, Any]:
        values = cast(dict[str, Any], super().clean())
        codes: dict[str, str] = {}
        for field in self.captured:
            code = values.pop(field.name + MISSING, "")
            if not _is_asked(field, values):
                values[field.name] = field.empty_value
                continue
            self._clean_one(field, values.get(field.name), code)
            if code:
                codes[field.name] = code
        self.instance.missing = codes
        return values

    def _clean_one(self, field: CapturedField, value: Any, code: str) -> None:
        if field.name in self.errors:
            return
        is_empty = value in (None, "")
        if _is_future(value):
            self.add_error(field.name, _("Enter a date that is not in the future."))
            return
        if code and not is_empty:
            self.add_error(field.name, _("Enter a value or say why it is missing, but not both."))
        elif self.complete and field.captured.required and is_empty and not code:
            message = (
                _("Enter a value, or say why it is missing.")
                if field.allows_missing_code
                else _("Enter a value.")
            )
            self.add_error(field.name, message)

    def _post_clean(self) -> None:
        # Django leaves a stored answer in place when radio buttons send nothing, as they do when
        # none is chosen or a missing code has closed them.
        for field in self.captured:
            if field.name in self.cleaned_data:
                setattr(self.instance, field.name, self.cleaned_data[field.name])
        super()._post_clean()  # type: ignore[misc]
        if isinstance(self.instance, FormRecord):
            self.show_problems(self.instance.problems())

    def show_problems(self, problems: dict[str, Any]) -> None:
        """Puts each sentence beside its field, unless that has a message already."""
        for name, message in problems.items():
            if name not in self.fields:
                self.add_error(None, message)
            elif name not in self.errors:
                self.add_error(name, message)


def _is_future(value: Any) -> bool:
    if isinstance(value, datetime):
        return value > timezone.now()
    first_day = value.first_day if isinstance(value, PartialDate) else value
    return isinstance(first_day, date) and first_day > timezone.localdate()


def _is_asked(field: CapturedField, values: dict[str, Any]) -> bool:
    condition = field.captured.shown_when
    if condition is None:
        return True
    other, wanted = condition
    return str(values.get(other, "")) in wanted


@cache
def form_class_for(
    model: type[FormRecord | FormRow], mixin: type | None, left_out: tuple[str, ...] = ()
) -> type[CapturedForm]:
    """The form of a model's captured fields, extended by what its registration adds."""
    base = type("Form", (mixin, CapturedForm), {}) if mixin else CapturedForm
    names = [field.name for field in captured_fields(model) if field.name not in left_out]
    return cast(type[CapturedForm], modelform_factory(model, form=base, fields=names))
