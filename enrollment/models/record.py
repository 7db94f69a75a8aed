"""What case report forms are built on: once per visit, once per patient, or as a log."""

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.models import SiteScopedManager, User
from enrollment.models.patient import Patient
from enrollment.models.visit import Visit
from oversight.models import Record

Problems = dict[str, str | Promise]


class FormRow(models.Model):
    """A row inside a form, such as one day's capsules. Models add `record`, a foreign key."""

    SITE_PATH = "record__patient__site"

    row_number = models.PositiveSmallIntegerField(_("row"))
    missing = models.JSONField(_("missing codes"), default=dict, blank=True)

    objects = SiteScopedManager()

    class Meta:
        abstract = True
        ordering = ["record", "row_number"]

    def prepare(self, *, by: User) -> None:
        """Called in the saving transaction just before the row is stored."""


class FormRecord(Record):
    """A filled form of one patient. `missing` maps a field to the code for why it is empty."""

    SITE_PATH: ClassVar[str] = "patient__site"

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="+")
    missing = models.JSONField(_("missing codes"), default=dict, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    updated_at = models.DateTimeField(_("last saved"), auto_now=True)
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    objects = SiteScopedManager()

    class Meta(Record.Meta):
        abstract = True

    @property
    def closed_because(self) -> str | Promise:
        """The sentence for a person why the form takes no more values; empty while it does."""
        return ""

    def problems(self) -> Problems:
        """What contradicts itself in the values, as field (or `__all__`) and sentence."""
        return {}

    def reads_as(self, name: str) -> Any:
        """A field's value for tables. Forms override it for codes that no choice names."""
        return getattr(self, name)

    def row_problems(self, rows: list[Any]) -> list[Problems]:
        """The same for the rows of the form, one mapping for each row."""
        return [{} for _row in rows]


class VisitForm(FormRecord):
    """Filled once at a visit."""

    visit = models.OneToOneField(Visit, models.PROTECT, related_name="+")

    class Meta(FormRecord.Meta):
        abstract = True

    def __str__(self) -> str:
        return f"{self._meta.model_name} {self.visit_id}"


class PatientForm(FormRecord):
    """Filled once for a patient."""

    class Meta(FormRecord.Meta):
        abstract = True
        constraints = [
            *FormRecord.Meta.constraints,
            models.UniqueConstraint(fields=["patient"], name="%(app_label)s_%(class)s_once"),
        ]

    def __str__(self) -> str:
        return f"{self._meta.model_name} {self.patient_id}"


class LogForm(FormRecord):
    """Filled as often as there is something to note; `row_number` counts within the patient."""

    row_number = models.PositiveSmallIntegerField(_("row"))
    # Names one press of the button, so that a doubled request makes one row.
    submission = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    class Meta(FormRecord.Meta):
        abstract = True
        ordering = ["patient", "row_number"]
        constraints = [
            *FormRecord.Meta.constraints,
            models.UniqueConstraint(
                fields=["patient", "row_number"], name="%(app_label)s_%(class)s_row_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self._meta.model_name} {self.patient_id}.{self.row_number}"
