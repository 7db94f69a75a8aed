"""How oversight points at the clinical record that it is about.

Oversight lies below the apps whose forms it oversees, so it cannot link to their tables. A record
is named by its form's slug and its id, together with the keys that never change: site, patient
and visit. `site` makes `visible_to(user)` work as for the record itself.
"""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models import Site, SiteScopedManager


class AboutPatient(models.Model):
    SITE_PATH: ClassVar[str] = "site"

    site = models.ForeignKey(Site, models.PROTECT, related_name="+")
    patient_id = models.BigIntegerField(_("patient"), db_index=True)

    objects = SiteScopedManager()

    class Meta:
        abstract = True


class AboutRecord(AboutPatient):
    """About one filled form; `form` and `record_id` as the form registry knows them."""

    visit_id = models.BigIntegerField(_("visit"), null=True)
    form = models.SlugField(_("form"), max_length=40)
    record_id = models.BigIntegerField(_("record"))

    class Meta(AboutPatient.Meta):
        abstract = True


class AboutField(AboutRecord):
    """About one field of it; `row_number` where the field is in a row of the form."""

    row_number = models.PositiveSmallIntegerField(_("row"), null=True)
    field = models.CharField(_("field"), max_length=60, blank=True, default="")

    class Meta(AboutRecord.Meta):
        abstract = True
