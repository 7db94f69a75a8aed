"""Reports of the demo's serious adverse events, and some protocol deviations.

All but the newest events were reported in time; of the newest one was not begun and is overdue,
one waits to be completed, one to be submitted, and one has a follow-up.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from random import Random

from core import audit
from core.fields.captured import YesNo
from core.models import NoticeKind, NoticeRecipient, User
from enrollment import registry
from enrollment.actions import save_record
from enrollment.actions.deviations import record_visit_deviation
from enrollment.models import ProtocolDeviation, TrialVersion, Visit
from enrollment.queries.deviations import deviating_visits
from outcomes.actions.serious import start_follow_up, start_report, submit_report
from outcomes.models import AdverseEvent, SeriousEvent
from reports.demo.history.chance import seeded

DEVIATIONS = 12


def report_safety(version: TrialVersion, people: Mapping[str, User], *, now: datetime) -> None:
    """Once for each trial: one with reports or deviations stays as it is."""
    trial = version.trial
    if SeriousEvent.objects.filter(patient__trial=trial).exists():
        return
    rng = seeded(len(trial.slug), trial.slug, "safety")
    by = people["coordinator"]
    events = AdverseEvent.objects.filter(patient__trial=trial, is_serious=YesNo.YES)
    known = list(
        events.select_related("patient__version", "patient__trial", "patient__site").order_by(
            "started_on"
        )
    )
    with audit.writing(by=by):
        _report_all(known, by=by, now=now, rng=rng)
        _record_deviations(version, by=by)
    for name in ("investigator", "datamanager", "monitor"):
        NoticeRecipient.objects.get_or_create(
            trial=trial, user=people[name], kind=NoticeKind.SERIOUS_EVENT
        )


def _report_all(events: list[AdverseEvent], *, by: User, now: datetime, rng: Random) -> None:
    """The newest are in the states that a coordinator meets; in one trial only in all of them."""
    states: tuple[str, ...] = ("follow-up", "overdue", "draft", "to submit")
    if len(events) < 5 or events[0].patient.trial.is_blinded:
        states = ("follow-up", "draft")
    newest = events[-len(states) :]
    for event in events:
        if event not in newest:
            _reported(event, by=by, now=now, rng=rng, is_final=YesNo.YES)
    for event, state in zip(newest, states, strict=False):
        _put(event, state, by=by, now=now, rng=rng)


def _put(event: AdverseEvent, state: str, *, by: User, now: datetime, rng: Random) -> None:
    if state == "overdue":
        _since(event, now - timedelta(hours=27))
    elif state == "draft":
        _since(event, now - timedelta(hours=5))
        start_report(event, by=by)
    elif state == "to submit":
        learned = now - timedelta(hours=21, minutes=20)
        _since(event, learned)
        _complete(start_report(event, by=by), by=by, rng=rng, learned=learned)
    else:
        first = _reported(event, by=by, now=now, rng=rng, is_final=YesNo.NO)
        follow_up = start_follow_up(event, by=by)
        learned = min((first.submitted_at or now) + timedelta(days=2), now - timedelta(hours=9))
        follow_up.treatment = "Antibiotics for seven days, fluids by vein."
        _complete(follow_up, by=by, rng=rng, learned=learned, is_final=YesNo.YES)
        submit_report(follow_up, by=by, at=learned + timedelta(hours=6))


def _reported(
    event: AdverseEvent, *, by: User, now: datetime, rng: Random, is_final: str
) -> SeriousEvent:
    """Learned of on a morning after the onset; a few reports were late."""
    onset = event.started_on.last_day if event.started_on else now.date()
    learned = datetime.combine(onset + timedelta(days=1), time(1, 10), tzinfo=UTC)
    learned = min(learned, now - timedelta(days=2))
    _since(event, learned + timedelta(hours=1))
    report = _complete(
        start_report(event, by=by), by=by, rng=rng, learned=learned, is_final=is_final
    )
    hours = 30 if rng.random() < 0.1 else rng.randint(2, 20)
    reason = "Learned of it on a public holiday." if hours > 24 else ""
    done, _notices = submit_report(
        report, by=by, at=learned + timedelta(hours=hours), late_reason=reason
    )
    return done


def _since(event: AdverseEvent, at: datetime) -> None:
    event.serious_since = at
    event.save(update_fields=["serious_since"])


def _complete(
    report: SeriousEvent,
    *,
    by: User,
    rng: Random,
    learned: datetime,
    is_final: str = YesNo.NO,
) -> SeriousEvent:
    is_death = report.outcome == AdverseEvent.Outcome.FATAL
    report.aware_at, report.is_final = learned, is_final
    for name in SeriousEvent.CRITERIA:
        setattr(report, name, YesNo.NO)
    report.is_death = YesNo.YES if is_death else YesNo.NO
    report.is_hospitalization = YesNo.YES
    report.admitted_on = report.started_on.last_day if report.started_on else None
    report.expectedness = rng.choice(SeriousEvent.Expectedness.values)
    report.description = (
        f"{report.diagnosis} of grade {report.grade}. The patient was admitted, examined and"
        " treated as the hospital's guideline says; findings and course are in the source."
    )
    if is_death:
        report.death_cause, report.autopsy = report.diagnosis, "none"
    spec = registry.get("serious-events")
    rows = list(report.rows.all())
    for row in rows:
        row.relation = rng.choice(("unlikely", "possible", "probable"))
        row.action = rng.choice(("none", "interrupted"))
    save_record(spec, report, by=by, complete=True, expected_revision=report.revision, rows=rows)
    return report


def _record_deviations(version: TrialVersion, *, by: User) -> None:
    """Some of what the schedule shows; the rest stays proposed."""
    visits = Visit.objects.filter(patient__trial=version.trial)
    for number, visit in enumerate(deviating_visits(visits)[-DEVIATIONS:]):
        deviation = record_visit_deviation(visit, by=by)
        deviation.importance = ProtocolDeviation.Importance.MINOR
        deviation.cause = deviation.cause or "The patient could not come."
        deviation.action = "The next visit was confirmed by telephone."
        deviation.needs_ethics_report = YesNo.NO
        if number % 6 == 0:
            deviation.importance = ProtocolDeviation.Importance.MAJOR
            deviation.needs_ethics_report = YesNo.YES
        spec = registry.get("deviations")
        save_record(spec, deviation, by=by, complete=True, expected_revision=deviation.revision)
