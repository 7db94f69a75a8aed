"""Judging adverse events as dose-limiting, and deciding about cohorts."""

from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from core import audit
from core.models import Trial, User
from core.refusals import Refused
from enrollment.calc.definition import DoseLimitingToxicity
from enrollment.models import Patient, TrialVersion
from outcomes.calc.cohorts import FilledCohort
from outcomes.calc.toxicity import is_within
from outcomes.models import AdverseEvent, CohortDecision, ToxicityJudgement
from outcomes.models.toxicity import judged_facts
from outcomes.queries.toxicity import toxicity_board
from oversight.calc.content import sha256_of
from oversight.policies import check_open_to_writes


def judge_toxicity(
    event: AdverseEvent,
    rule: DoseLimitingToxicity,
    *,
    by: User,
    is_dose_limiting: bool,
    reason: str,
    seen: str,
    now: datetime,
    today: date,
) -> ToxicityJudgement:
    """Confirms or overrules what the rule proposes, or names an event that it does not propose.

    `seen`: `event_fingerprint` of what the person had before them.

    Raises:
        Refused: the event did not begin in the window, and nobody judged it before; it changed, or
            somebody judged it, since the person saw it.
    """
    with audit.writing(by=by, reason=reason):
        Patient.objects.select_for_update().get(pk=event.patient_id)
        event = AdverseEvent.objects.select_related("patient__trial").get(pk=event.pk)
        person = event.patient
        check_open_to_writes(trial_id=person.trial_id, site_id=person.site_id, patient_id=person.pk)
        if not can_be_judged(event, rule, today=today):
            raise Refused(
                _("This event did not begin in the patient's window: it cannot be dose-limiting.")
            )
        if seen != event_fingerprint(event):
            raise Refused(
                _("The event changed or was judged since you opened this page. Look at it again.")
            )
        return ToxicityJudgement.objects.create(
            event=event,
            is_dose_limiting=is_dose_limiting,
            reason=reason,
            judged_as=judged_facts(event),
            judged_by=by,
            judged_at=now,
        )


def event_fingerprint(event: AdverseEvent) -> str:
    """Differs when what a judgement rests on does, or when somebody judged in between."""
    newest = ToxicityJudgement.objects.filter(event=event).order_by("-pk")
    judged = newest.values_list("pk", flat=True).first()
    return sha256_of({"facts": judged_facts(event), "judgement": judged})


def can_be_judged(event: AdverseEvent, rule: DoseLimitingToxicity, *, today: date) -> bool:
    board = toxicity_board(event.patient.trial, rule, today=today)
    if event.pk in board.judgements:
        return True
    person = board.person(event.patient_id)
    found = (row for row in person.events if row.key == event.pk) if person else iter(())
    return person is not None and any(is_within(row, person, rule) for row in found)


def decide_cohort(
    version: TrialVersion,
    rule: DoseLimitingToxicity,
    cohort: str,
    *,
    by: User,
    decision: str,
    reason: str,
    seen: str,
    now: datetime,
    today: date,
) -> CohortDecision:
    """Adds to the log, with the counts at this moment.

    `seen`: `fingerprint` of the counts that the person had before them.

    Raises:
        Refused: the counts changed since, or there is no such cohort.
    """
    with audit.writing(by=by, reason=reason):
        trial = Trial.objects.select_for_update().get(pk=version.trial_id)
        board = toxicity_board(trial, rule, today=today)
        filled = board.cohort(cohort)
        if filled is None:
            raise Refused(_("The definition has no such cohort."))
        if seen != fingerprint(filled):
            raise Refused(_("The counts changed since you opened this page. Look at them again."))
        members = [board.patients[each.person.number].pk for each in filled.members]
        return CohortDecision.objects.create(
            trial=trial,
            cohort=cohort,
            decision=decision,
            reason=reason,
            counts=stored_counts(filled) | {"version": version.number, "members": members},
            decided_by=by,
            decided_at=now,
        )


def stored_counts(cohort: FilledCohort) -> dict[str, Any]:
    return {**cohort.counts, "allowed": cohort.allowed, "verdict": str(cohort.verdict)}


def fingerprint(cohort: FilledCohort) -> str:
    """Differs when anything does that a decision rests on: a count, who is in it, or a state."""
    members = {each.person.number: str(each.state) for each in cohort.members}
    return sha256_of(stored_counts(cohort) | {"members": members})
