"""What a snapshot holds of two readers of the same scans. Plain types: the web reads it."""

from typing import NotRequired, TypedDict

from outcomes.calc.snapshot.summary import Criteria


class Reading(TypedDict):
    """What one reader's scans of a patient come to. Dates are ISO, empty where there is none."""

    best: str
    best_on: str
    progressed_on: str


class ComparedPatient(TypedDict):
    patient: str
    criteria: Criteria
    investigator: Reading
    central: Reading
    best_differs: bool
    progression_differs: bool


class Discordance(TypedDict):
    """Patients with a scan after baseline by both readers, and those who differ."""

    criteria: Criteria
    patients: int
    best: int
    progression: int  # another date, or progression by one reader only


class Readings(TypedDict):
    confirmed: bool  # best responses need confirmation
    discordance: list[Discordance]  # leading criteria first
    patients: list[ComparedPatient]
    alone: NotRequired[list[str]]  # patients whom one reader only has read after baseline
    fingerprints: NotRequired[dict[str, str]]  # by patient; only where readings are adjudicated
