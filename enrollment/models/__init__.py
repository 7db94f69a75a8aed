"""Trial versions, patients, screening, consent, visits, and what every form is built on."""

from enrollment.models.added import AddedLogForm, AddedVisitForm
from enrollment.models.attachment import Attachment
from enrollment.models.baseline import Baseline, PriorTherapy, VitalSigns
from enrollment.models.deviation import ProtocolDeviation
from enrollment.models.disposition import EndOfStudy, EndOfTreatment
from enrollment.models.kept import KeptValue
from enrollment.models.patient import Patient
from enrollment.models.quality import QualityFinding, QualityRun
from enrollment.models.randomization import Allocation, RandomizationList
from enrollment.models.record import FormRecord, FormRow, LogForm, PatientForm, VisitForm
from enrollment.models.screening import Consent, CriterionAnswer
from enrollment.models.typed import TypedForm
from enrollment.models.unblinding import Unblinding
from enrollment.models.version import TrialVersion
from enrollment.models.visit import Visit

__all__ = [
    "AddedLogForm",
    "AddedVisitForm",
    "Allocation",
    "Attachment",
    "Baseline",
    "Consent",
    "CriterionAnswer",
    "EndOfStudy",
    "EndOfTreatment",
    "FormRecord",
    "FormRow",
    "KeptValue",
    "LogForm",
    "Patient",
    "PatientForm",
    "PriorTherapy",
    "ProtocolDeviation",
    "QualityFinding",
    "QualityRun",
    "RandomizationList",
    "TrialVersion",
    "TypedForm",
    "Unblinding",
    "Visit",
    "VisitForm",
    "VitalSigns",
]
