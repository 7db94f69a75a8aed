"""Form fields for captured data: they read what people type and say what to enter instead."""

import re
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.calc.dates import normalize, parse_date
from core.calc.partial_date import PartialDate
from core.calc.units import UnknownUnit, convert, split_unit


class HardLimits:
    """Refuses a value outside the limits with one sentence that names both and the unit."""

    def __init__(
        self, low: Decimal | int | None, high: Decimal | int | None, unit: str | Promise
    ) -> None:
        self.low, self.high, self.unit = low, high, unit

    def __call__(self, value: Decimal | int) -> None:
        too_low = self.low is not None and value < self.low
        too_high = self.high is not None and value > self.high
        if not (too_low or too_high):
            return
        values = {"low": self.low, "high": self.high, "unit": self.unit}
        if self.low is None:
            raise ValidationError(_("Enter at most %(high)s %(unit)s."), "high", values)
        if self.high is None:
            raise ValidationError(_("Enter at least %(low)s %(unit)s."), "low", values)
        raise ValidationError(
            _("Enter a value from %(low)s to %(high)s %(unit)s."), "range", values
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, HardLimits) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((self.low, self.high))


MOST_LETTERS = 40
"""Of a number with its unit."""

# Python reads NaN, 1_000, 1e5 and the digits of every script, too; on a form these are slips.
_DECIMAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)")
_WHOLE = re.compile(r"[+-]?[0-9]{1,19}(\.0*)?")


class NumberInput(forms.DecimalField):
    """A number, also with another unit behind it than the one that is stored: `1.2 mg/dL`."""

    widget = forms.TextInput
    default_error_messages = {
        "invalid": _("Enter a number, such as 12.5."),
        "unit": _("“%(typed)s” cannot be converted to %(unit)s. Enter the number in %(unit)s."),
    }
    unit: str | Promise = ""
    molar_mass: Decimal | None = None

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        if not isinstance(value, str):
            return super().to_python(value)
        text = normalize(value)
        if not text or _DECIMAL.fullmatch(text):
            return super().to_python(text)
        return self._converted(text)

    def _converted(self, text: str) -> Decimal:
        try:
            number, typed = split_unit(text[:MOST_LETTERS])
        except ValueError:
            raise ValidationError(self.error_messages["invalid"], "invalid") from None
        if not self.unit or not any(letter.isalpha() for letter in typed):
            raise ValidationError(self.error_messages["invalid"], "invalid")
        try:
            found = convert(Decimal(number), typed, str(self.unit), molar_mass=self.molar_mass)
        except UnknownUnit:
            values = {"typed": typed, "unit": self.unit}
            raise ValidationError(self.error_messages["unit"], "unit", values) from None
        step = Decimal(1).scaleb(-(self.decimal_places or 0))
        try:
            return found.quantize(step, ROUND_HALF_UP)  # as a laboratory's file is read
        except InvalidOperation:  # more digits than a calculation keeps
            raise ValidationError(self.error_messages["invalid"], "invalid") from None

    def clean(self, value: Any) -> Decimal | None:
        """With all the places that the column keeps, so that it reads the same once stored."""
        number: Decimal | None = super().clean(value)
        if number is None or self.decimal_places is None:
            return number
        return number.quantize(Decimal(1).scaleb(-self.decimal_places))

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return super().widget_attrs(widget) | {"inputmode": "decimal", "autocomplete": "off"}


class IntegerInput(forms.IntegerField):
    widget = forms.TextInput
    default_error_messages = {"invalid": _("Enter a whole number.")}

    def to_python(self, value: Any) -> int | None:
        if isinstance(value, str):
            value = normalize(value)
            # Few digits, for int() of a long text takes time that grows with its square.
            if value and not _WHOLE.fullmatch(value):
                raise ValidationError(self.error_messages["invalid"], "invalid")
        return super().to_python(value)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return super().widget_attrs(widget) | {"inputmode": "numeric", "autocomplete": "off"}


class DateInput(forms.DateField):
    """Reads the spellings of `core.calc.dates` and shows ISO dates."""

    widget = forms.TextInput
    default_error_messages = {
        "invalid": _("Enter a date such as 2026-11-21, 21-11-2026 or 21nov26; t is today."),
        "year": _("Enter a date between 1900 and 2100."),
    }

    def to_python(self, value: Any) -> date | None:
        if value is None or isinstance(value, date):
            return value
        if not normalize(str(value)):
            return None
        try:
            day = parse_date(str(value), today=timezone.localdate())
        except (ValueError, OverflowError):
            raise ValidationError(self.error_messages["invalid"], "invalid") from None
        if not 1900 <= day.year <= 2100:
            raise ValidationError(self.error_messages["year"], "year")
        return day

    def prepare_value(self, value: Any) -> Any:
        return value.isoformat() if isinstance(value, date) else value

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return super().widget_attrs(widget) | {"autocomplete": "off", "data-kind": "date"}


class PartialDateInput(forms.CharField):
    default_error_messages = {
        "invalid": _(
            "Enter a date as 2026-11-21, or only 2026-11 or 2026 when the rest is unknown."
        )
    }

    def to_python(self, value: Any) -> Any:
        if value is None or isinstance(value, PartialDate):
            return value
        text = normalize(str(value))
        if not text:
            return None
        try:
            return PartialDate.parse(text)
        except ValueError:
            pass
        try:
            return PartialDate.parse(parse_date(text, today=timezone.localdate()).isoformat())
        except (ValueError, OverflowError):
            raise ValidationError(self.error_messages["invalid"], "invalid") from None

    def prepare_value(self, value: Any) -> Any:
        return str(value) if isinstance(value, PartialDate) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(data) != self.to_python(initial))
        except ValidationError:
            return True

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return super().widget_attrs(widget) | {"autocomplete": "off", "data-kind": "partial-date"}
