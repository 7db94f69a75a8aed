"""Where two readings stand: which agree, which an adjudicator decided, which are open.

What a reading comes to is the last night's; decisions and what changed since are as of now.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from core.models import Trial, User
from core.permissions import Permission, sites_where
from enrollment.models import Patient
from enrollment.queries.content import contents
from enrollment.queries.trials import current_version
from enrollment.registry import spec_of
from outcomes.calc.adjudication import Accepted, Settled, settle
from outcomes.calc.snapshot.readings_summary import ComparedPatient, Readings
from outcomes.models import Adjudication, Snapshot
from outcomes.queries.readers import TABLES
from outcomes.queries.results import readings_of
from outcomes.words import CRITERIA, STANDINGS
from oversight.calc.content import sha256_of
from oversight.models import RecordState


def fingerprints(patients: Collection[int]) -> dict[int, str]:
    """A hash of both readings of each patient: lesions, complete scans, sizes and responses.

    The same number of queries, however many patients.
    """
    read: dict[int, list[object]] = {patient: [] for patient in patients}
    for reader, tables in TABLES.items():
        for model in (tables.lesions, tables.scans):
            spec = spec_of(model)
            records = model._default_manager.filter(patient__in=patients).order_by("pk")
            if model is tables.scans:
                records = records.exclude(state=RecordState.DRAFT)
            for content in contents(spec, list(records)).values():
                entered = {name: content[name] for name in ("visit", "values", "missing", "rows")}
                read[content["patient"]].append([reader, spec.slug, entered])
    return {patient: sha256_of({"readings": found}) for patient, found in read.items()}


UNREAD = sha256_of({"readings": []})
"""Of a patient of whom there is no reading."""


def fingerprint_of(patient: Patient) -> str:
    return fingerprints([patient.pk])[patient.pk]


def accepted(now: Mapping[int, str]) -> dict[int, Accepted]:
    """Patient to the newest decision. `now`: the fingerprint of each of these patients."""
    rows = Adjudication.objects.filter(patient__in=now).order_by("pk")
    return {
        row.patient_id: Accepted(
            "investigator" if row.accepted == "investigator" else "central",
            holds=row.fingerprint == now[row.patient_id],
        )
        for row in rows
    }


def read_by_one(trial: Trial, *, by: date | None = None) -> set[int]:
    """Patients of whom a scan has one reading only, of the scans up to a day."""
    visits: dict[str, set[tuple[int, int]]] = defaultdict(set)
    for reader, tables in TABLES.items():
        scans = tables.scans._default_manager.filter(
            patient__trial=trial, scanned_on__isnull=False
        ).exclude(state=RecordState.DRAFT)
        if by is not None:
            scans = scans.filter(scanned_on__lte=by)
        visits[reader] = set(scans.values_list("patient_id", "visit_id"))
    return {patient for patient, _visit in visits["investigator"] ^ visits["central"]}


def adjudicates(trial: Trial) -> bool:
    return current_version(trial).definition.endpoints.reader == "adjudicated"


@dataclass(frozen=True)
class Standings:
    """By patient. `outdated` are those of whom a reading changed since the night that compared
    the two; they are compared anew first."""

    settled: dict[int, Settled]
    outdated: set[int]


def standings(trial: Trial, patients: Iterable[Patient]) -> Standings:
    """Of some patients of the trial; one whom the night did not know agrees with nothing read."""
    snapshot = Snapshot.objects.current(trial)
    readings = readings_of(snapshot) if snapshot is not None else None
    differing = differing_numbers(readings) if readings is not None else set()
    then = readings.get("fingerprints", {}) if readings is not None else {}
    numbers = {patient.pk: patient.number or "" for patient in patients}
    now, by_one = fingerprints(numbers), read_by_one(trial)
    decisions = accepted(now)
    settled = {
        patient: settle(
            differs=number in differing,
            is_read_by_both=patient not in by_one,
            accepted=decisions.get(patient),
        )
        for patient, number in numbers.items()
    }
    outdated = {pk for pk, number in numbers.items() if now[pk] != then.get(number, UNREAD)}
    return Standings(settled, outdated)


def differing_numbers(readings: Readings) -> set[str]:
    """Of the patients whose readings differed by any set of criteria."""
    of_both = {row["patient"] for row in readings["patients"] if _differs(row)}
    return of_both | set(readings.get("alone", []))


def _differs(row: ComparedPatient) -> bool:
    return row["best_differs"] or row["progression_differs"]


@dataclass(frozen=True)
class AdjudicationLine:
    """A patient whose readings differ. `row` by the first criteria by which they do, none where
    one reader has read nothing after baseline; `newest` decision, where there is one."""

    patient: Patient
    settled: Settled
    is_outdated: bool
    row: ComparedPatient | None
    newest: Adjudication | None

    @property
    def standing(self) -> str:
        return str(STANDINGS[self.settled.standing])

    @property
    def criteria(self) -> str:
        return CRITERIA[self.row["criteria"]] if self.row is not None else ""

    @property
    def is_open(self) -> bool:
        return self.settled.reader is None


def adjudication_lines(trial: Trial, user: User, readings: Readings) -> list[AdjudicationLine]:
    """Of the sites where the person may compare; what is to be decided first."""
    sites = sites_where(user, Permission.READINGS_COMPARE)
    people = Patient.objects.filter(trial=trial, site__in=sites).order_by("number")
    patients = list(people.filter(number__in=differing_numbers(readings)))
    found, order = standings(trial, patients), list(STANDINGS)
    rows = {row["patient"]: row for row in reversed(readings["patients"]) if _differs(row)}
    log = Adjudication.objects.filter(patient__in=patients).select_related("decided_by")
    newest = {row.patient_id: row for row in log.order_by("pk")}
    lines = [
        AdjudicationLine(
            patient,
            found.settled[patient.pk],
            patient.pk in found.outdated,
            rows.get(patient.number or ""),
            newest.get(patient.pk),
        )
        for patient in patients
    ]
    return sorted(lines, key=lambda line: order.index(line.settled.standing))
