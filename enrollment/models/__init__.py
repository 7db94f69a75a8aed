"""Trial versions, patients, screening, consent, visits, and what every form is built on."""

from enrollment.models.baseline import Baseline, PriorTherapy, VitalSigns
from enrollment.models.disposition import EndOfStudy, EndOfTreatment
from enrollment.models.patient import Patient
from enrollment.models.record import FormRecord, FormRow, LogForm, PatientForm, VisitForm
from enrollment.models.screening import Consent, CriterionAnswer
from enrollment.models.version import TrialVersion
from enrollment.models.visit import Visit

__all__ = [
    "Baseline",
    "Consent",
    "CriterionAnswer",
    "EndOfStudy",
    "EndOfTreatment",
    "FormRecord",
    "FormRow",
    "LogForm",
    "Patient",
    "PatientForm",
    "PriorTherapy",
    "TrialVersion",
    "Visit",
    "VisitForm",
    "VitalSigns",
]
