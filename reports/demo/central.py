"""Central readings of some patients of one trial: the same lesions, measured by another eye."""

import uuid
from datetime import datetime
from decimal import Decimal
from random import Random

from core import audit
from core.models import Trial, User
from enrollment.models import Patient
from outcomes.calc.ledger import judge
from outcomes.calc.snapshot.settings import criteria_of, endpoint_rules
from outcomes.models import (
    CentralAssessment,
    CentralLesion,
    CentralMeasurement,
    Lesion,
    LesionMeasurement,
    TumorAssessment,
)
from outcomes.models.scans import MeasurementFields
from outcomes.queries.central import ACQUISITION
from outcomes.queries.ledger import read_ledger
from oversight.models import RecordState
from reports.demo.history.chance import seeded

TRIAL = "hcc-single-arm"
PATIENTS = 12
SPREAD = 0.07
"""Standard deviation of one reader's diameter against the other's, as a share."""
LESION_FIELDS = (
    "row_number", "number", "kind", "organ", "is_node", "description", "first_seen_on",
    "is_unequivocal",
)  # fmt: skip


def read_centrally(trial: Trial, *, by: User, now: datetime, seed: int) -> None:
    """Nothing in another trial, and nothing where somebody has read already."""
    if trial.slug != TRIAL or CentralAssessment.objects.filter(patient__trial=trial).exists():
        return
    patients = Patient.objects.filter(trial=trial, number__isnull=False).order_by("number")
    chosen = list(patients.select_related("version")[:PATIENTS])
    done = {
        "state": RecordState.COMPLETE, "revision": 1, "created_by": by, "updated_by": by,
        "completed_by": by, "completed_at": now,
    }  # fmt: skip
    rng = seeded(seed, trial.slug, "central")
    with audit.writing(by=by):
        _copy(chosen, done, rng)
        for patient in chosen:
            _respond(patient)


def _copy(patients: list[Patient], done: dict[str, object], rng: Random) -> None:
    """One insert for each table."""
    lesions = {
        lesion.pk: CentralLesion(
            patient_id=lesion.patient_id,
            submission=uuid.UUID(int=rng.getrandbits(128), version=4),
            **{name: getattr(lesion, name) for name in LESION_FIELDS},
            **done,
        )
        for lesion in Lesion.objects.filter(patient__in=patients).order_by("pk")
    }
    CentralLesion.objects.bulk_create(lesions.values())
    stored = TumorAssessment.objects.filter(patient__in=patients).exclude(state=RecordState.DRAFT)
    scans = {
        scan.pk: CentralAssessment(
            patient_id=scan.patient_id,
            visit_id=scan.visit_id,
            new_lesion=scan.new_lesion,
            **{name: getattr(scan, name) for name in ACQUISITION},
            **done,
        )
        for scan in stored.order_by("pk")
    }
    CentralAssessment.objects.bulk_create(scans.values())
    rows = LesionMeasurement.objects.filter(record__in=scans).order_by("record_id", "row_number")
    eyes = {pk: rng.gauss(0, SPREAD) for pk in sorted(lesions)}
    CentralMeasurement.objects.bulk_create(
        CentralMeasurement(
            record=scans[row.record_id],
            lesion=lesions[row.lesion_id],
            row_number=row.row_number,
            status=row.status,
            **_sizes(row, 1 + eyes[row.lesion_id] + rng.gauss(0, SPREAD)),
        )
        for row in rows
    )


def _sizes(row: MeasurementFields, factor: float) -> dict[str, Decimal | None]:
    """As the other reader sees them, in whole millimeters."""
    if row.diameter_mm is None:
        return {}
    whole = max(Decimal(round(float(row.diameter_mm) * factor)), Decimal(1))
    viable = row.viable_mm
    seen = None if viable is None else Decimal(round(float(viable) * factor))
    return {"diameter_mm": whole, "viable_mm": seen and min(seen, whole)}


def _respond(patient: Patient) -> None:
    """The reader agrees with the leading criteria."""
    definition = patient.version.definition
    ledger = read_ledger(patient, "central")
    judged = judge(ledger, criteria_of(definition)[0], endpoint_rules(definition))
    for item in judged:
        scans = CentralAssessment.objects.filter(visit=item.scan.key)
        scans.update(central_response=item.proposal.overall)
