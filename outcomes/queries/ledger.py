"""Patients' lesions over their scans, as `calc.ledger` takes them: three queries for all."""

from collections import defaultdict
from typing import Any

from django.db.models import QuerySet

from core.fields.captured import YesNo
from enrollment.calc.definition import Reader
from enrollment.models import Patient
from outcomes.calc.ledger import FollowedLesion, Ledger, Mark, Scan
from outcomes.models import LesionMeasurement, TumorAssessment
from outcomes.queries.engine_words import KINDS, STATES
from outcomes.queries.readers import TABLES
from oversight.models import RecordState

UNEQUIVOCAL = TumorAssessment.NewLesion.UNEQUIVOCAL


def read_ledger(patient: Patient, reader: Reader = "investigator") -> Ledger:
    """With the complete scans of one reader, and nothing of the other's."""
    tables = TABLES[reader]
    rows = tables.rows._default_manager.filter(record__patient=patient)
    ledgers = build_ledgers(
        tables.lesions._default_manager.filter(patient=patient),
        tables.scans._default_manager.filter(patient=patient).exclude(state=RecordState.DRAFT),
        rows.exclude(record__state=RecordState.DRAFT),
    )
    return ledgers.get(patient.pk, Ledger((), ()))


def build_ledgers(
    lesions: QuerySet[Any], scans: QuerySet[Any], rows: QuerySet[Any]
) -> dict[int, Ledger]:
    """By patient. A scan without its date is left out, as the night leaves it out."""
    marks: dict[int, dict[int, Mark]] = defaultdict(dict)
    for record, lesion, status, mm, viable_mm in rows.order_by("pk").values_list(
        "record_id", "lesion_id", "status", "diameter_mm", "viable_mm"
    ):
        if status in STATES:
            is_merged = status == LesionMeasurement.Status.MERGED
            marks[record][lesion] = Mark(STATES[status], mm, viable_mm, is_merged)
    followed: dict[int, list[FollowedLesion]] = defaultdict(list)
    for pk, patient, number, kind, is_node, is_unequivocal, organ in lesions.order_by(
        "patient_id", "number"
    ).values_list("pk", "patient_id", "number", "kind", "is_node", "is_unequivocal", "organ"):
        if kind in KINDS:
            is_sure = is_unequivocal == YesNo.YES
            followed[patient].append(
                FollowedLesion(pk, number, KINDS[kind], is_node == YesNo.YES, is_sure, organ)
            )
    read: dict[int, list[Scan]] = defaultdict(list)
    for pk, patient, visit, name, day, last_day, is_baseline, new in (
        scans.filter(scanned_on__isnull=False)
        .order_by("pk")
        .values_list(
            "pk",
            "patient_id",
            "visit_id",
            "visit__key",
            "scanned_on",
            "last_scanned_on",
            "is_baseline",
            "new_lesion",
        )
    ):
        read[patient].append(
            Scan(
                key=visit,
                name=name,
                day=day,
                last_day=last_day,
                is_baseline=is_baseline == YesNo.YES,
                is_new_unequivocal=new == UNEQUIVOCAL,
                marks=marks[pk],
            )
        )
    return {
        patient: Ledger(tuple(followed[patient]), tuple(read[patient]))
        for patient in {*followed, *read}
    }
