"""Laboratory values as the engine takes them, with the limits that held on their day."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pandas as pd

from core.models import Site, Trial
from outcomes.calc.lab_grades.panel import TESTS
from outcomes.calc.lab_grades.patient import READ, gradable_values
from outcomes.models import Laboratory
from outcomes.queries.frames import completed, dates
from outcomes.queries.normal_limits import LimitsOfNormal

COLUMNS = ["id", "visit", "sampled_on", "test", "value", "low", "high"]


def read_laboratory(trial: Trial, cut_on: date) -> pd.DataFrame:
    """One row per gradable value sampled by the cut, in the order of patients and days.

    Columns: id, visit, sampled_on, test, value, low, high (missing where no limits are known).
    """
    limits = LimitsOfNormal(Site.objects.filter(trial=trial).values_list("pk", flat=True))
    rows = completed(Laboratory, trial).filter(sampled_on__lte=cut_on)
    records = rows.order_by("patient_id", "sampled_on", "visit__position").values(
        "patient_id",
        "patient__site_id",
        "patient__sex",
        "patient__born_on",
        "visit__key",
        "sampled_on",
        *READ,
    )
    found = pd.DataFrame.from_records(
        [line for record in records for line in _lines(record, limits)], columns=COLUMNS
    )
    found["sampled_on"] = dates(found["sampled_on"])
    for column in ("value", "low", "high"):
        found[column] = found[column].astype(float)
    return found


def _lines(record: dict[str, Any], limits: LimitsOfNormal) -> Iterator[tuple[Any, ...]]:
    for test, value in gradable_values(record):
        known = limits.for_sample(
            TESTS[test].limits_name,
            site_id=record["patient__site_id"],
            sex=record["patient__sex"],
            born_on=record["patient__born_on"],
            day=record["sampled_on"],
        )
        yield (
            record["patient_id"],
            record["visit__key"],
            record["sampled_on"],
            test,
            value,
            known and known.low,
            known and known.high,
        )
