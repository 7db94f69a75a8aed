from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from oversight.calc.life_cycle import State


class RecordState(models.TextChoices):
    DRAFT = State.DRAFT.value, _("draft")
    COMPLETE = State.COMPLETE.value, _("complete")
    VERIFIED = State.VERIFIED.value, _("verified")
    SIGNED = State.SIGNED.value, _("signed")
    LOCKED = State.LOCKED.value, _("locked")


class Record(models.Model):
    """One filled form. `revision` counts its saves, so that nobody overwrites another's unseen."""

    state = models.CharField(
        _("state"), max_length=10, choices=RecordState.choices, default=RecordState.DRAFT
    )
    revision = models.PositiveIntegerField(_("revision"), default=0)
    completed_at = models.DateTimeField(_("completed"), null=True, editable=False)
    completed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, editable=False
    )

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(completed_at__isnull=True, completed_by__isnull=True)
                | Q(completed_at__isnull=False, completed_by__isnull=False),
                name="%(app_label)s_%(class)s_completed_pair",
            ),
            models.CheckConstraint(
                condition=Q(state=RecordState.DRAFT) | Q(completed_at__isnull=False),
                name="%(app_label)s_%(class)s_completed_known",
            ),
        ]

    @property
    def is_complete(self) -> bool:
        return self.state != RecordState.DRAFT
