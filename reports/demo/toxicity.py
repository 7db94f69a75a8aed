"""The demo's decision log of a trial with a board: the first cohort was decided about."""

from collections.abc import Mapping
from datetime import date, datetime

from core.models import User
from enrollment.models import TrialVersion
from outcomes.actions.toxicity import decide_cohort, fingerprint
from outcomes.calc.cohorts import Verdict
from outcomes.models import CohortDecision
from outcomes.queries.toxicity import toxicity_board

REASON = "Safety meeting of the investigators: toxicity is as expected, enrollment goes on."


def decide_first_cohort(
    version: TrialVersion, people: Mapping[str, User], *, now: datetime, today: date
) -> None:
    """What the rule says, once; a trial with decisions is left alone."""
    rule = version.definition.dose_limiting_toxicity
    if rule is None or CohortDecision.objects.filter(trial=version.trial).exists():
        return
    first = toxicity_board(version.trial, rule, today=today).cohorts[0]
    decision = CohortDecision.Decision
    decide_cohort(
        version,
        rule,
        first.id,
        by=people["investigator"],
        decision=decision.CONTINUE if first.verdict is Verdict.CONTINUE else decision.PAUSE,
        reason=REASON,
        seen=fingerprint(first),
        now=now,
        today=today,
    )
