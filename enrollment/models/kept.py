"""Unusual values that a person looked at again and kept, with the reason."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from oversight.models import AboutField


class KeptValue(AboutField):
    """Why a finding of a check was no mistake. It holds for the values that `digest` stands for."""

    check_code = models.CharField(_("check"), max_length=10)
    digest = models.CharField(_("digest of the values"), max_length=64)
    reason = models.CharField(_("reason"), max_length=200)
    kept_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    kept_at = models.DateTimeField(_("kept"))

    class Meta(AboutField.Meta):
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                "form",
                "record_id",
                Coalesce("row_number", 0),
                "field",
                "check_code",
                name="kept_value_once_a_check",
            ),
            models.CheckConstraint(
                condition=~models.Q(reason=""),
                name="kept_value_has_reason",
                violation_error_message=_("Say why the value is right."),
            ),
        ]
        verbose_name = _("kept value")
        verbose_name_plural = _("kept values")

    def __str__(self) -> str:
        return f"{self.check_code} {self.form} {self.record_id} {self.field}"
