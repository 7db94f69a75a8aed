"""A remark beside a field: asks nothing, and waits for nobody."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from oversight.models.about import AboutField
from oversight.models.query import LONGEST_TEXT


class FieldComment(AboutField):
    APPEND_ONLY = True

    text = models.TextField(_("text"), max_length=LONGEST_TEXT)
    at = models.DateTimeField(_("when"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("who")
    )
    submission = models.UUIDField(null=True, unique=True, editable=False)

    class Meta(AboutField.Meta):
        ordering = ["pk"]
        indexes = [models.Index(fields=["form", "record_id"], name="comment_by_record")]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="comment_says_something"),
        ]
        verbose_name = _("comment")
        verbose_name_plural = _("comments")

    def __str__(self) -> str:
        return f"{self.form} {self.field} {self.at:%Y-%m-%d}"
