"""Adverse events."""

from datetime import date

import pandas as pd
from django.db.models import Case, CharField, F, Value, When

from core.fields.captured import YesNo
from core.models import Trial
from outcomes.models import AdverseEvent
from outcomes.queries.frames import completed, frame, text


def read_adverse_events(trial: Trial, cut_on: date) -> pd.DataFrame:
    """Events that began by the cut, and those without a known onset.

    Columns: id, term (what was typed, for an event without a term), grade, started_on as entered,
    is_serious, is_related (to the capsules), both bool.
    """
    name = Case(
        When(term_other="", then=F("term")), default=F("term_other"), output_field=CharField()
    )
    related = Case(
        When(related_to_capsules__in=AdverseEvent.RELATED, then=Value(1)), default=Value(0)
    )
    events = frame(
        completed(AdverseEvent, trial)
        .exclude(grade=None)
        .annotate(related=related)
        .order_by("patient_id", "row_number"),
        id="patient_id",
        term=name,
        grade="grade",
        started_on=text("started_on"),
        is_serious="is_serious",
        is_related="related",
    )
    events["started_on"] = events["started_on"].fillna("")
    day = cut_on.isoformat()
    begun = events["started_on"].map(lambda onset: onset <= day[: len(onset)]).astype(bool)
    events["is_serious"] = events["is_serious"] == YesNo.YES
    events["is_related"] = events["is_related"] == 1
    return events[begun].reset_index(drop=True)
