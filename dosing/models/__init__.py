"""What a patient took: capsules by course and day, and background drugs."""

from dosing.models.background import BackgroundDose, BackgroundTreatment
from dosing.models.capsules import CapsuleCourse, DailyDose

__all__ = ["BackgroundDose", "BackgroundTreatment", "CapsuleCourse", "DailyDose"]
