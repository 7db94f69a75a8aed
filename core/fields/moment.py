"""A column for a point in time: typed and shown on the site's clock, stored in UTC."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.calc.dates import normalize
from core.calc.moments import RepeatedTime, SkippedTime, moment_text, parse_moment
from core.fields.captured import CapturedField


class MomentInput(forms.DateTimeField):
    widget = forms.TextInput
    default_error_messages = {
        "invalid": _("Enter a date and a time such as 2026-11-21 14:05."),
        "year": _("Enter a date between 1900 and 2100."),
        "skipped": _("The clocks of the site went forward over this time. Enter another one."),
        "repeated": _(
            "The clocks of the site went back, and this time came twice."
            " Add %(first)s for the first or %(second)s for the second."
        ),
    }

    def to_python(self, value: Any) -> datetime | None:
        if value is None or isinstance(value, datetime):
            return value
        if not normalize(str(value)):
            return None
        zone = timezone.get_current_timezone()
        try:
            moment = parse_moment(str(value), zone=zone, today=timezone.localdate())
        except SkippedTime:
            raise ValidationError(self.error_messages["skipped"], "skipped") from None
        except RepeatedTime as twice:
            first, second = twice.offsets
            raise ValidationError(
                self.error_messages["repeated"], "repeated", {"first": first, "second": second}
            ) from None
        except (ValueError, OverflowError):
            raise ValidationError(self.error_messages["invalid"], "invalid") from None
        if not 1900 <= moment.year <= 2100:
            raise ValidationError(self.error_messages["year"], "year")
        return moment

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, datetime):
            return moment_text(value, timezone.get_current_timezone())
        return value

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return super().widget_attrs(widget) | {"autocomplete": "off", "data-kind": "moment"}


class MomentField(CapturedField, models.DateTimeField):
    _pyi_private_set_type: datetime | None  # type: ignore[assignment]
    _pyi_private_get_type: datetime | None  # type: ignore[assignment]

    def __init__(self, label: str | Promise = "", **options: Any) -> None:
        super().__init__(label, **options | {"null": True})

    def formfield(self, **options: Any) -> forms.Field | None:
        return super().formfield(**{"form_class": MomentInput} | options)
