"""Lesions and scans, adverse events, laboratory, survival, and what the night derives from them."""

from outcomes.models.adjudication import Adjudication
from outcomes.models.central import CentralAssessment, CentralLesion, CentralMeasurement
from outcomes.models.ctcae import CtcaeTerm
from outcomes.models.electrocardiogram import Electrocardiogram
from outcomes.models.lab_mapping import LaboratoryMapping
from outcomes.models.laboratory import Laboratory
from outcomes.models.lesions import Lesion
from outcomes.models.limits import NormalLimits
from outcomes.models.quality_of_life import QualityOfLife
from outcomes.models.run import NightlyRun
from outcomes.models.safety import AdverseEvent
from outcomes.models.scans import LesionMeasurement, TumorAssessment
from outcomes.models.serious import ClockWarning, SeriousEvent, SeriousEventDrug
from outcomes.models.snapshot import Snapshot, SnapshotPart, SnapshotTable
from outcomes.models.survival import Death, SurvivalStatus
from outcomes.models.toxicity import CohortDecision, ToxicityJudgement

__all__ = [
    "Adjudication",
    "AdverseEvent",
    "CentralAssessment",
    "CentralLesion",
    "CentralMeasurement",
    "ClockWarning",
    "CohortDecision",
    "CtcaeTerm",
    "Death",
    "Electrocardiogram",
    "Laboratory",
    "LaboratoryMapping",
    "Lesion",
    "LesionMeasurement",
    "NightlyRun",
    "NormalLimits",
    "QualityOfLife",
    "SeriousEvent",
    "SeriousEventDrug",
    "Snapshot",
    "SnapshotPart",
    "SnapshotTable",
    "SurvivalStatus",
    "ToxicityJudgement",
    "TumorAssessment",
]
