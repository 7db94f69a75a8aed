"""A captured value as a person reads it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from core.calc.moments import moment_text
from core.fields import CapturedField, MissingCode, MultipleChoiceField


def text_of(field: CapturedField, value: Any) -> str:
    """The label of a code, an ISO date, a time on the site's clock, a number as it was entered;
    empty for none.
    """
    if value in (None, ""):
        return ""
    if isinstance(field, MultipleChoiceField):
        return field.words(value)
    labels = dict(field.flatchoices)
    if value in labels:
        return str(labels[value])
    if isinstance(value, datetime):
        return moment_text(value, timezone.get_current_timezone())
    return f"{value}"


def answer_of(field: CapturedField, value: Any, missing: Mapping[str, str]) -> str:
    """The value with its unit, or why it is missing; empty where nothing was entered."""
    if code := missing.get(field.name):
        return str(MissingCode(code).label)
    text = text_of(field, value)
    return f"{text} {field.unit}" if text and field.unit else text
