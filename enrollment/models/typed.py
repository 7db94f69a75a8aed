"""What people typed into forms and have not saved: nothing is lost, and it is never the record."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models import SiteScopedManager
from enrollment.models.patient import Patient


class TypedForm(models.Model):
    """One person's text in the fields of one page, as typed, whatever a field would take.

    `values` maps the name of an input to the texts that it sends.
    """

    SITE_PATH = "patient__site"
    NOT_AUDITED = "it is no record: its writer alone sees it, and saving the form removes it"
    NOT_LOCKED = "it is no record; saving what it holds is refused like any other save"

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="+")
    address = models.CharField(_("address of the page"), max_length=200)
    values = models.JSONField(_("typed values"), default=dict)
    typed_at = models.DateTimeField(_("typed"))

    objects = SiteScopedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "address"], name="typed_form_once_a_person"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.address}"
