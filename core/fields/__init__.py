"""Model fields for captured data: label, unit, limits and export name are declared at the field."""

from core.fields.captured import (
    Captured,
    CapturedField,
    ChoiceField,
    DateField,
    IntegerField,
    NumberField,
    TextField,
    YesNoField,
    captured_fields,
)
from core.fields.missing import MissingCode
from core.fields.moment import MomentField
from core.fields.multiple import MultipleChoiceField
from core.fields.partial_date import PartialDateField

__all__ = [
    "Captured",
    "CapturedField",
    "ChoiceField",
    "DateField",
    "IntegerField",
    "MissingCode",
    "MomentField",
    "MultipleChoiceField",
    "NumberField",
    "PartialDateField",
    "TextField",
    "YesNoField",
    "captured_fields",
]
