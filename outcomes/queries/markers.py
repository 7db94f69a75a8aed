"""Tumor markers from the laboratory forms."""

from datetime import date

import pandas as pd

from core.models import Trial
from outcomes.calc.snapshot.markers import MARKERS
from outcomes.models import Laboratory
from outcomes.queries.frames import completed, dates, frame


def read_markers(trial: Trial, cut_on: date) -> pd.DataFrame:
    """One row per value, by patient and day. Columns: id, marker, visit, sampled_on, value."""
    rows = completed(Laboratory, trial).filter(sampled_on__lte=cut_on)
    wide = frame(
        rows.order_by("patient_id", "sampled_on", "visit__position"),
        id="patient_id",
        visit="visit__key",
        sampled_on="sampled_on",
        **{name: name for name in MARKERS},
    )
    wide["sampled_on"] = dates(wide["sampled_on"])
    long = wide.melt(["id", "visit", "sampled_on"], MARKERS, "marker", "value")
    long["value"] = long["value"].astype(float)
    return long.dropna(subset="value")[["id", "marker", "visit", "sampled_on", "value"]]
