"""The investigator's and the central reading of one patient, side by side; and who may see both."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from core.models import Trial, User
from core.permissions import Permission, has_permission, sites_where
from enrollment.calc.definition import Definition, Reader
from enrollment.models import Patient
from outcomes.calc.ledger import Ledger, Scan
from outcomes.calc.snapshot.readings_summary import ComparedPatient, Readings
from outcomes.calc.snapshot.settings import criteria_of
from outcomes.models import Snapshot, TumorAssessment
from outcomes.models.scans import ReadingFields
from outcomes.queries.ledger import read_ledger
from outcomes.queries.proposals import Line, baseline_lines, scan_lines
from outcomes.queries.readers import TABLES
from outcomes.queries.results import readings_of
from outcomes.words import CRITERIA
from oversight.models import RecordState


def may_compare(user: User, patient: Patient) -> bool:
    """Who oversees the trial, at any time; the investigator once every scan of the patient is
    locked, so that neither reading can follow the other."""
    if has_permission(user, Permission.READINGS_COMPARE, site=patient.site):
        return True
    if not has_permission(user, Permission.RECORD_SIGN, site=patient.site):
        return False
    scans = TumorAssessment.objects.filter(patient=patient)
    return scans.exists() and not scans.exclude(state=RecordState.LOCKED).exists()


@dataclass(frozen=True)
class Side:
    """One reader's line of a scan by one set of criteria; `said` is the reader's own response."""

    line: Line
    said: str


@dataclass(frozen=True)
class ComparedLine:
    criteria: str
    investigator: Side | None
    central: Side | None

    @property
    def differs(self) -> bool:
        """Both read the scan, and the rules make something else of each reading."""
        mine, theirs = self.investigator, self.central
        return mine is not None and theirs is not None and mine.line.overall != theirs.line.overall


@dataclass(frozen=True)
class ComparedScan:
    day: date
    other_day: date | None
    """The central reader's, where that is another one."""
    label: str
    is_baseline: bool
    lines: list[ComparedLine]


@dataclass(frozen=True)
class Comparison:
    scans: list[ComparedScan]
    overall: list[tuple[str, ComparedPatient]]
    """By set of criteria, as of the last night; none for a patient whom one reader did not read."""
    cut_on: date | None


def compare(patient: Patient) -> Comparison:
    readers = {reader: _Read(patient, reader) for reader in TABLES}
    visits = {key: scan for read in readers.values() for key, scan in read.scans.items()}
    labels = {record.visit_id: record.visit.label for record in _records(patient)}
    ordered = sorted(visits, key=lambda key: (readers_day(readers, key), key))
    snapshot = Snapshot.objects.current(patient.trial)
    found = readings_of(snapshot) if snapshot is not None else None
    return Comparison(
        scans=[_compared(key, readers, str(labels.get(key, ""))) for key in ordered],
        overall=_overall(found, patient),
        cut_on=snapshot.cut_on if snapshot is not None and found is not None else None,
    )


def readers_day(readers: "Mapping[Reader, _Read]", key: int) -> date:
    """The site's day of the scan, else the central reader's."""
    return next(read.scans[key].day for read in readers.values() if key in read.scans)


def _records(patient: Patient) -> list[ReadingFields]:
    found: list[ReadingFields] = []
    for tables in TABLES.values():
        found += tables.scans._default_manager.filter(patient=patient).select_related("visit")
    return found


class _Read:
    """What one reader made of the patient's scans, by the key of the visit."""

    def __init__(self, patient: Patient, reader: Reader) -> None:
        self.definition: Definition = patient.version.definition
        self.ledger: Ledger = read_ledger(patient, reader)
        self.scans: dict[int, Scan] = {scan.key: scan for scan in self.ledger.scans}
        stored = TABLES[reader].scans._default_manager.filter(patient=patient)
        self.said = {record.visit_id: record.response for record in stored}

    def sides(self, key: int) -> dict[str, Side]:
        """By the name of the criteria."""
        scan = self.scans.get(key)
        if scan is None:
            return {}
        if scan.is_baseline:
            lines = baseline_lines(self.ledger, scan, self.definition)
        else:
            lines = scan_lines(self.ledger, key, self.definition)
        return {line.name: Side(line, self.said[key]) for line in lines}


def _compared(key: int, readers: Mapping[Reader, _Read], label: str) -> ComparedScan:
    mine, theirs = readers["investigator"], readers["central"]
    day, scan = readers_day(readers, key), theirs.scans.get(key)
    both = mine.sides(key), theirs.sides(key)
    names = [CRITERIA[name] for name in criteria_of(mine.definition)]
    return ComparedScan(
        day=day,
        other_day=scan.day if scan is not None and scan.day != day else None,
        label=label,
        is_baseline=next(
            read.scans[key].is_baseline for read in readers.values() if key in read.scans
        ),
        lines=[ComparedLine(name, both[0].get(name), both[1].get(name)) for name in names],
    )


def _overall(found: Readings | None, patient: Patient) -> list[tuple[str, ComparedPatient]]:
    rows = found["patients"] if found is not None else []
    return [(CRITERIA[row["criteria"]], row) for row in rows if row["patient"] == patient.number]


@dataclass(frozen=True)
class PatientLine:
    patient: Patient
    criteria: str
    row: ComparedPatient

    @property
    def differs(self) -> bool:
        return self.row["best_differs"] or self.row["progression_differs"]


def compared_patients(readings: Readings, trial: Trial, user: User) -> list[PatientLine]:
    """Those of the sites where the person may compare, the ones who differ first."""
    sites = sites_where(user, Permission.READINGS_COMPARE)
    seen = {
        patient.number: patient
        for patient in Patient.objects.filter(trial=trial, site__in=sites)
        if patient.number
    }
    lines = [
        PatientLine(seen[row["patient"]], CRITERIA[row["criteria"]], row)
        for row in readings["patients"]
        if row["patient"] in seen
    ]
    return sorted(lines, key=lambda line: (not line.differs, line.patient.number or ""))


@dataclass(frozen=True)
class Rate:
    criteria: str
    patients: int
    best: int
    best_percent: str
    progression: int
    progression_percent: str


def rates(readings: Readings) -> list[Rate]:
    """How often the readers differ, for the page; percentages with one place."""
    return [
        Rate(
            CRITERIA[row["criteria"]],
            row["patients"],
            row["best"],
            f"{100 * row['best'] / row['patients']:.1f}",
            row["progression"],
            f"{100 * row['progression'] / row['patients']:.1f}",
        )
        for row in readings["discordance"]
        if row["patients"]
    ]
