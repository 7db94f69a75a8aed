from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from oversight.models.about import AboutField


class FieldVerification(AboutField):
    """A monitor found this field to agree with the source. Removed when the field changes; the
    audit trail keeps both."""

    verified_at = models.DateTimeField(_("verified"))
    verified_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta(AboutField.Meta):
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["form", "record_id", "field"],
                condition=Q(row_number__isnull=True),
                name="field_verified_once",
            ),
            models.UniqueConstraint(
                fields=["form", "record_id", "row_number", "field"],
                condition=Q(row_number__isnull=False),
                name="field_of_row_verified_once",
            ),
        ]
        verbose_name = _("verified field")
        verbose_name_plural = _("verified fields")

    def __str__(self) -> str:
        return f"{self.form} {self.record_id} {self.field}"
