"""Answered questionnaires of quality of life as DataFrames."""

from datetime import date

import pandas as pd
from django.db.models.functions import Coalesce

from core.fields.captured import YesNo
from core.models import Trial
from outcomes.calc.qlq_c30 import ITEMS
from outcomes.models import QualityOfLife
from outcomes.queries.frames import completed, dates, frame


def read_questionnaires(trial: Trial, cut_on: date) -> pd.DataFrame:
    """Columns: id, visit, visit_sequence, answered_on (else the visit's day), q1 to q30."""
    answered = completed(QualityOfLife, trial).filter(is_answered=YesNo.YES)
    dated = answered.annotate(day=Coalesce("answered_on", "visit__actual_date"))
    table = frame(
        dated.filter(day__lte=cut_on).order_by("patient_id", "day", "visit__position"),
        id="patient_id",
        visit="visit__key",
        visit_sequence="visit__position",
        answered_on="day",
        **{name: name for name in ITEMS},
    )
    table["answered_on"] = dates(table["answered_on"])
    # An item that nobody answered is a column of None, which would be no numbers.
    table[list(ITEMS)] = table[list(ITEMS)].astype(float)
    return table
