"""The central reader's lesions and scans: the same questions in tables of their own.

Nothing that reads the investigator's tables can meet a row of these, and the other way round, so
that no nadir mixes two readers and neither learns from the other (docs/tumors.md).
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.fields import ChoiceField, TextField
from outcomes.models.lesions import LesionFields, number_once
from outcomes.models.scans import MeasurementFields, ReadingFields, measured_once


class CentralLesion(LesionFields):
    """As the central reader names it."""

    IS_INDEPENDENT = True

    class Meta(LesionFields.Meta):
        verbose_name = _("lesion of the central reader")
        verbose_name_plural = _("lesions of the central reader")
        constraints = [*LesionFields.Meta.constraints, number_once("central_lesion_number_once")]


class CentralAssessment(ReadingFields):
    """The central reader's reading."""

    IS_INDEPENDENT = True
    RESPONSE = "central_response"

    central_response = ChoiceField(
        _("central reader's overall response"),
        choices=ReadingFields.Response.choices,
        shown_when=("is_baseline", ("N",)),
        may_be_missing=False,
    )
    response_reason = TextField(
        _("why another response than proposed"),
        max_length=500,
        shown_when=("is_baseline", ("N",)),
        required=False,
        help_text=_("Needed where the response differs from the one proposed."),
    )
    comment = TextField(_("comment"), max_length=500, required=False)

    class Meta(ReadingFields.Meta):
        verbose_name = _("central reading")
        verbose_name_plural = _("central readings")


class CentralMeasurement(MeasurementFields):
    """One lesion on one assessment of the central reader."""

    IS_INDEPENDENT = True

    record = models.ForeignKey(CentralAssessment, models.PROTECT, related_name="rows")
    lesion = models.ForeignKey(
        CentralLesion, models.PROTECT, related_name="measurements", verbose_name=_("lesion")
    )

    class Meta(MeasurementFields.Meta):
        verbose_name = _("measurement of the central reader")
        verbose_name_plural = _("measurements of the central reader")
        constraints = [measured_once("central_lesion_measured_once")]
