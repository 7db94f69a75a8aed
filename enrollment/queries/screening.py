"""What was answered at screening, as it is compared with the source."""

from typing import Any

from enrollment.models import Patient
from enrollment.queries.values import FieldValue
from enrollment.values import text_of

SCREENING = "screening"
"""Screening is no form; under this name its answers are ticked like those of one."""
_OF_PATIENT = ("screened_on", "born_on", "sex")


def screening_keys(patient: Patient) -> set[str]:
    """Names of the answers that are compared."""
    return {*_OF_PATIENT, *(item.id for item in patient.version.definition.criteria)}


def screening_values(patient: Patient, *, language: str) -> list[FieldValue]:
    """Dates and sex, then each criterion of the patient's definition. One query."""
    fields: list[Any] = [Patient._meta.get_field(name) for name in _OF_PATIENT]
    known = [
        _value(field.name, str(field.verbose_name), text_of(field, getattr(patient, field.name)))
        for field in fields
    ]
    given = patient.criterion_answers.all()
    answers = {item.criterion: str(item.get_answer_display()) for item in given}
    return known + [
        _value(item.id, f"{item.id} {item.text.in_language(language)}", answers.get(item.id, ""))
        for item in patient.version.definition.criteria
    ]


def _value(name: str, label: str, text: str) -> FieldValue:
    return FieldValue(name=name, label=label[:1].upper() + label[1:], text=text)
