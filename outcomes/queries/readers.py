"""Whose reading is where. Without the engine, so that forms can ask when Django starts."""

from dataclasses import dataclass

from enrollment.calc.definition import Reader
from outcomes.models import (
    CentralAssessment,
    CentralLesion,
    CentralMeasurement,
    Lesion,
    LesionMeasurement,
    TumorAssessment,
)
from outcomes.models.lesions import LesionFields
from outcomes.models.scans import MeasurementFields, ReadingFields


@dataclass(frozen=True)
class Tables:
    """Where one reader's lesions, scans and measurements stand."""

    lesions: type[LesionFields]
    scans: type[ReadingFields]
    rows: type[MeasurementFields]


TABLES: dict[Reader, Tables] = {
    "investigator": Tables(Lesion, TumorAssessment, LesionMeasurement),
    "central": Tables(CentralLesion, CentralAssessment, CentralMeasurement),
}


def reader_of(scan: ReadingFields) -> Reader:
    return next(reader for reader, tables in TABLES.items() if isinstance(scan, tables.scans))
