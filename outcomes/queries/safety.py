"""Adverse events."""

from datetime import date

import pandas as pd
from django.db.models import Case, CharField, F, Value, When

from core.fields.captured import YesNo
from core.models import Trial
from outcomes import catalog
from outcomes.models import AdverseEvent, CtcaeTerm
from outcomes.queries.frames import completed, frame, text


def read_adverse_events(trial: Trial, cut_on: date) -> pd.DataFrame:
    """Events that began by the cut, and those without a known onset.

    Columns: id, event (row of the log), term (what was typed, for an event without a term),
    organ_class, grade, started_on and ended_on as entered (an end after the cut is not known yet),
    is_ongoing, is_serious, is_related (to the capsules), is_related_to_background, all bool.
    """
    name = Case(
        When(term_other="", then=F("term")), default=F("term_other"), output_field=CharField()
    )
    events = frame(
        completed(AdverseEvent, trial)
        .exclude(grade=None)
        .annotate(
            related=_is_related("related_to_capsules"),
            background=_is_related("related_to_background"),
        )
        .order_by("patient_id", "row_number"),
        id="patient_id",
        event="row_number",
        term=name,
        organ_class="term",
        grade="grade",
        started_on=text("started_on"),
        ended_on=text("ended_on"),
        is_ongoing="is_ongoing",
        is_serious="is_serious",
        is_related="related",
        is_related_to_background="background",
    )
    loaded = dict(CtcaeTerm.objects.order_by("version").values_list("name", "organ_class"))
    events["organ_class"] = [
        loaded.get(term) or catalog.organ_class(term) for term in events["organ_class"]
    ]
    for column in ("started_on", "ended_on"):
        events[column] = events[column].fillna("").astype(str)
    day = cut_on.isoformat()
    is_over = events["ended_on"].map(lambda end: "" < end <= day[: len(end)]).astype(bool)
    events["ended_on"] = events["ended_on"].where(is_over, "")
    events["is_ongoing"] = (events["is_ongoing"] == YesNo.YES) & ~is_over
    begun = events["started_on"].map(lambda onset: onset <= day[: len(onset)]).astype(bool)
    events["is_serious"] = events["is_serious"] == YesNo.YES
    for column in ("is_related", "is_related_to_background"):
        events[column] = events[column] == 1
    return events[begun].reset_index(drop=True)


def _is_related(field: str) -> Case:
    return Case(When(**{f"{field}__in": AdverseEvent.RELATED}, then=Value(1)), default=Value(0))
