from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models import Site, SiteScopedManager


class LaboratoryMapping(models.Model):
    """What the columns of a hospital's laboratory file mean, one line for each column; see
    `outcomes.calc.lab_file.read_mapping`."""

    SITE_PATH = "site"

    site = models.OneToOneField(Site, models.PROTECT, related_name="+")
    lines = models.TextField(_("columns"))
    updated_at = models.DateTimeField(_("last saved"), auto_now=True)
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    objects = SiteScopedManager()

    class Meta:
        verbose_name = _("columns of the laboratory file")
        verbose_name_plural = _("columns of the laboratory files")

    def __str__(self) -> str:
        return f"{self.site}"
