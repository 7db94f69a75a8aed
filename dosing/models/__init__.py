"""What a patient took, and the kits that it came from."""

from dosing.models.background import BackgroundDose, BackgroundTreatment
from dosing.models.capsules import CapsuleCourse, DailyDose
from dosing.models.decisions import DoseDecision
from dosing.models.kits import Kit, KitArm, Lot
from dosing.models.ledger import LedgerEntry, StorageReading

__all__ = [
    "BackgroundDose",
    "BackgroundTreatment",
    "CapsuleCourse",
    "DailyDose",
    "DoseDecision",
    "Kit",
    "KitArm",
    "LedgerEntry",
    "Lot",
    "StorageReading",
]
