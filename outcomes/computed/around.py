"""What lies around a form and goes into its scores: the patient, the visit, other forms."""

from django.utils.translation import gettext_lazy as _

from enrollment.calc.definition import Scores
from enrollment.computed import (
    Around,
    beside,
    latest,
)
from enrollment.models import VitalSigns
from outcomes.models import Laboratory

SEX = Around("sex", _("sex"), lambda way: f"{way}patient__sex")
BORN = Around("born_on", _("date of birth"), lambda way: f"{way}patient__born_on")
DAY = Around("day", _("visit date"), lambda way: f"{way}actual_date")
HEIGHT = latest("known_height_cm", _("height"), VitalSigns, "height_cm")
WEIGHT = latest("weight_kg", _("weight"), VitalSigns, "weight_kg")
ECOG = beside("ecog", _("ECOG performance status"), VitalSigns, "ecog")
ASCITES = beside("ascites", _("ascites"), VitalSigns, "ascites")
ENCEPHALOPATHY = beside("encephalopathy", _("hepatic encephalopathy"), VitalSigns, "encephalopathy")
BILIRUBIN = beside("bilirubin_umol_l", _("total bilirubin"), Laboratory, "bilirubin_umol_l")
ALBUMIN = beside("albumin_g_l", _("albumin"), Laboratory, "albumin_g_l")
INR = beside("inr", _("INR"), Laboratory, "inr")


def has_liver_disease(settings: Scores) -> bool:
    return settings.liver_disease
