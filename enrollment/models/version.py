from functools import lru_cache

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models import Trial
from enrollment.calc.definition import Definition


class TrialVersion(models.Model):
    """One loaded state of a trial's definition file. Rows are added, never changed."""

    trial = models.ForeignKey(Trial, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    sha256 = models.CharField("SHA-256", max_length=64)
    source = models.TextField(_("file"))
    content = models.TextField(_("definition"))
    loaded_at = models.DateTimeField(_("loaded"), auto_now_add=True)
    loaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True
    )

    class Meta:
        ordering = ["trial", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["trial", "number"], name="version_number_once"),
            models.UniqueConstraint(fields=["trial", "sha256"], name="version_content_once"),
        ]
        verbose_name = _("trial version")
        verbose_name_plural = _("trial versions")

    def __str__(self) -> str:
        return f"{self.trial} v{self.number}"

    @property
    def definition(self) -> Definition:
        return _read(self.sha256, self.content)


@lru_cache(maxsize=64)
def _read(sha256: str, content: str) -> Definition:
    return Definition.model_validate_json(content)
