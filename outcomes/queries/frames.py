"""From a query to a DataFrame: one SQL statement for each table, whatever the number of patients.

Only completed records count, never drafts; and only what is dated up to the cut.
"""

from typing import Any

import pandas as pd
from django.db.models import CharField, QuerySet
from django.db.models.functions import Cast

from core.models import Trial
from enrollment.models import FormRecord, FormRow
from oversight.models import RecordState


def completed(model: type[FormRecord], trial: Trial) -> QuerySet[Any]:
    """The trial's records of a form that somebody has called complete."""
    return model._default_manager.filter(patient__trial=trial).exclude(state=RecordState.DRAFT)


def completed_rows(model: type[FormRow], trial: Trial) -> QuerySet[Any]:
    """The rows of such records."""
    rows: QuerySet[Any] = model._default_manager.all()
    return rows.filter(record__patient__trial=trial).exclude(record__state=RecordState.DRAFT)


def frame(rows: QuerySet[Any], **columns: Any) -> pd.DataFrame:
    """One column for each keyword, from a field's path or an expression."""
    values = rows.values_list(*columns.values())
    return pd.DataFrame.from_records(list(values), columns=list(columns))


def text(path: str) -> Cast:
    """A partial date as it was entered, not as an object."""
    return Cast(path, CharField())


def dates(values: pd.Series) -> pd.Series:
    """Days as pandas has them; missing where there is none."""
    return pd.to_datetime(values).astype("datetime64[ns]")
