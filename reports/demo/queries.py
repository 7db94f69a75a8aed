"""Queries of every state, a remark, and a slip of the pen that the night's checks find."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db.models import F

from core import audit
from core.calc.partial_date import PartialDate
from core.models import NoticeKind, NoticeRecipient, User
from enrollment import registry
from enrollment.models import TrialVersion, VitalSigns
from enrollment.queries.spots import place_of
from outcomes.models import AdverseEvent, Laboratory
from oversight.actions import comment_on, raise_query, respond
from oversight.calc.query_cycle import QueryEvent
from oversight.models import Query, RecordState

ANSWER, CLOSE, REOPEN = QueryEvent.ANSWER, QueryEvent.CLOSE, QueryEvent.REOPEN

# Form, field, question, days ago, and what followed: who said what.
THREADS = (
    ("laboratory", "platelets_10e9_l", "Please check this count against the source.", 26, ()),
    ("vital-signs", "weight_kg", "Was this weight measured or told?", 12, ()),
    ("vital-signs", "", "Were these signs taken before the capsules?", 3, ()),
    (
        "laboratory",
        "creatinine_umol_l",
        "The unit on the report is mg/dL. Is this value converted?",
        19,
        (("coordinator", ANSWER, "Yes, converted by the laboratory's system."),),
    ),
    (
        "vital-signs",
        "systolic_mmhg",
        "The source has two readings. Which one is this?",
        9,
        (
            ("coordinator", ANSWER, "The one that was taken."),
            ("monitor", REOPEN, "Both were taken. The first or the second?"),
        ),
    ),
    (
        "vital-signs",
        "temperature_c",
        "36.5 at every visit: is the thermometer read each time?",
        40,
        (
            ("coordinator", ANSWER, "Yes. The device rounds to 0.5."),
            ("monitor", CLOSE, ""),
        ),
    ),
)


def add_demo_queries(version: TrialVersion, people: Mapping[str, User], *, now: datetime) -> None:
    """Once for each trial; what people asked since stays."""
    trial = version.trial
    if Query.objects.in_trial(trial).exists():
        return
    models = {"vital-signs": VitalSigns, "laboratory": Laboratory}
    for number, (form, field, question, days_ago, followed) in enumerate(THREADS):
        complete = models[form].objects.exclude(state=RecordState.DRAFT)
        of_trial = complete.filter(patient__trial=trial).select_related("patient")
        record = of_trial.order_by("-visit__actual_date", "pk")[number]
        place = place_of(registry.get(form), record, field=field)
        query = raise_query(place, by=people["monitor"], question=question)
        for revision, (name, event, text) in enumerate(followed, start=1):
            respond(query, event, by=people[name], text=text, expected_revision=revision)
        with audit.writing(by=None, reason="demo: as if asked earlier"):
            Query.objects.filter(pk=query.pk).update(raised_at=now - timedelta(days=days_ago))
        if number == 0:
            comment_on(place, by=people["coordinator"], text="Sample was slightly hemolytic.")
    for name in ("coordinator", "monitor"):
        NoticeRecipient.objects.get_or_create(
            trial=trial, user=people[name], kind=NoticeKind.QUERY_DIGEST
        )
    _slip(version, by=people["coordinator"])


def _slip(version: TrialVersion, *, by: User) -> None:
    """The year before on an event, as people write it in January."""
    events = AdverseEvent.objects.filter(
        patient__trial=version.trial, grade=1, is_serious="N", patient__enrolled_on__isnull=False
    ).exclude(state=RecordState.DRAFT)
    for event in events.order_by("pk")[:50]:
        onset = event.started_on
        if onset is not None and onset.is_complete and not onset.text.endswith("02-29"):
            year_before = f"{int(onset.text[:4]) - 1}{onset.text[4:]}"
            with audit.writing(by=by, reason="transcription"):
                AdverseEvent.objects.filter(pk=event.pk).update(
                    started_on=PartialDate(year_before), revision=F("revision") + 1
                )
            break
