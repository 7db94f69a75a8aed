"""The fields of case report forms.

One declaration serves the entry form, the API, the CSV column and the codebook. What is no
matter of the database (unit, limits, labels) stays out of migrations.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.fields.inputs import DateInput, HardLimits, IntegerInput, NumberInput

# Up to this many choices are shown as radio buttons, more as a list.
MOST_RADIO_BUTTONS = 6
# Texts that may be as long as this are typed into a box of several lines.
NARRATIVE = 1000

Limits = tuple[Decimal | int | None, Decimal | int | None]
NO_LIMITS: Limits = (None, None)


@dataclass(frozen=True)
class Captured:
    """What a form, the codebook and an export need to know about a field beyond its type."""

    unit: str = ""
    molar_mass: Decimal | None = None
    """In g/mol, of what is measured: so that mg/dL can be typed where mmol/L is stored."""
    hard: Limits = NO_LIMITS
    """Lowest and highest possible value; anything outside is refused."""
    soft: Limits = NO_LIMITS
    """Lowest and highest usual value; outside it the person is asked to look again."""
    required: bool = True
    """Asked for before the form counts as complete; a missing code satisfies it."""
    may_be_missing: bool = True
    """Whether a missing code is offered."""
    shown_when: tuple[str, tuple[str, ...]] | None = None
    """(field, values): asked only while the other field holds one of these values."""
    reveals: str = ""
    """What the value would tell a blinded reader; empty for nothing."""


class CapturedField(models.Field):
    """Mixin for model fields that hold captured data."""

    captured: Captured

    def __init__(self, label: Any, **options: Any) -> None:
        names = Captured.__dataclass_fields__
        self.captured = Captured(**{key: options.pop(key) for key in list(options) if key in names})
        if self.captured.hard != NO_LIMITS:
            low, high = self.captured.hard
            options["validators"] = [HardLimits(low, high, self.captured.unit)]
        options["blank"] = True
        super().__init__(label, **options)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, path, _args, options = super().deconstruct()
        for key in ("verbose_name", "help_text", "choices", "validators", "blank"):
            options.pop(key, None)
        return name, path, [""], options

    @property
    def empty_value(self) -> Any:
        """What the column holds when nothing was entered."""
        return None if self.null else ""

    @property
    def unit(self) -> str:
        return self.captured.unit

    @property
    def allows_missing_code(self) -> bool:
        return self.captured.required and self.captured.may_be_missing


class NumberField(CapturedField, models.DecimalField):
    """A measured value with a unit. `places` decimal places, twelve digits in all."""

    # The column's type for mypy's Django plugin, which does not see that null is set here.
    _pyi_private_set_type: Decimal | int | None  # type: ignore[assignment]
    _pyi_private_get_type: Decimal | None  # type: ignore[assignment]

    def __init__(self, label: str | Promise = "", *, places: int = 1, **options: Any) -> None:
        options.update(max_digits=12, decimal_places=places, null=True)
        super().__init__(label, **options)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, path, args, options = super().deconstruct()
        for key in ("max_digits", "null"):
            options.pop(key, None)
        options["places"] = options.pop("decimal_places")
        return name, path, args, options

    def formfield(self, **options: Any) -> forms.Field | None:
        field = super().formfield(**{"form_class": NumberInput} | options)
        if isinstance(field, NumberInput):
            field.unit, field.molar_mass = self.captured.unit, self.captured.molar_mass
        return field


class IntegerField(CapturedField, models.IntegerField):
    _pyi_private_set_type: int | None  # type: ignore[assignment]
    _pyi_private_get_type: int | None  # type: ignore[assignment]

    def __init__(self, label: str | Promise = "", **options: Any) -> None:
        super().__init__(label, **options | {"null": True})

    def formfield(self, **options: Any) -> forms.Field | None:
        return super().formfield(**{"form_class": IntegerInput} | options)


class DateField(CapturedField, models.DateField):
    _pyi_private_set_type: date | None  # type: ignore[assignment]
    _pyi_private_get_type: date | None  # type: ignore[assignment]

    def __init__(self, label: str | Promise = "", **options: Any) -> None:
        super().__init__(label, **options | {"null": True})

    def formfield(self, **options: Any) -> forms.Field | None:
        return super().formfield(**{"form_class": DateInput} | options)


class TextField(CapturedField, models.CharField):
    def __init__(self, label: str | Promise = "", *, max_length: int = 200, **options: Any) -> None:
        super().__init__(label, **options | {"max_length": max_length, "default": ""})

    def formfield(self, **options: Any) -> forms.Field | None:
        if (self.max_length or 0) >= NARRATIVE:
            options = {"widget": forms.Textarea(attrs={"rows": 6})} | options
        return super().formfield(**options)


class ChoiceField(CapturedField, models.CharField):
    """One code of a short list; `choices` is a `TextChoices` class or a list of pairs."""

    def __init__(self, label: str | Promise = "", **options: Any) -> None:
        super().__init__(label, **options | {"max_length": 40, "default": ""})

    def formfield(self, **options: Any) -> forms.Field | None:
        choices = list(self.choices or ())
        if not 0 < len(choices) <= MOST_RADIO_BUTTONS:
            return super().formfield(**options)
        field = super().formfield(**{"widget": forms.RadioSelect} | options)
        # Radio buttons start with none chosen; an empty button among them would be a choice.
        field.choices = choices  # type: ignore[union-attr]
        return field


class YesNo(models.TextChoices):
    YES = "Y", _("yes")
    NO = "N", _("no")


class YesNoField(ChoiceField):
    """Yes, no or not answered: three states, as on paper."""

    def __init__(self, label: str | Promise = "", **options: Any) -> None:
        super().__init__(label, **options | {"choices": YesNo.choices})


def captured_fields(model: type[models.Model]) -> list[CapturedField]:
    """The captured fields of a model in the order of its declaration."""
    return [field for field in model._meta.fields if isinstance(field, CapturedField)]
