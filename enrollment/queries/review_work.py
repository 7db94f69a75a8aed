"""How much waits for a signature and for verification, for the home page."""

from collections import Counter
from dataclasses import dataclass

from core.models import Trial, User
from core.permissions import Permission, sites_where
from enrollment.queries.inbox import SIGNABLE, broken_lines
from enrollment.queries.records import placed, record_lines
from oversight.models import RecordState


@dataclass(frozen=True)
class ReviewWork:
    """Forms of one trial that the person can sign now, that were signed and changed, and that
    the person has to verify."""

    trial: Trial
    to_sign: int = 0
    broken: int = 0
    to_verify: int = 0


def review_work(user: User) -> list[ReviewWork]:
    """The trials in which something waits. Nothing is read for who neither signs nor verifies."""
    signs = _sites(user, Permission.RECORD_SIGN)
    verifies = _sites(user, Permission.RECORD_VERIFY)
    sites = signs | verifies
    if not sites:
        return []
    counts: dict[str, Counter[int]] = {kind: Counter() for kind in ("sign", "broken", "verify")}
    trials: dict[int, Trial] = {}
    items = placed(record_lines(sites=sorted(sites), states=SIGNABLE))
    for item in items:
        trial, site_id = item.patient.trial, item.patient.site_id
        trials[trial.pk] = trial
        waits = item.line.state == RecordState.COMPLETE and item.asks_for_verification
        counts["verify"][trial.pk] += waits and site_id in verifies
        counts["sign"][trial.pk] += not waits and site_id in signs
    mine = [item.line for item in items if item.patient.site_id in signs]
    for item in placed(broken_lines(sorted(signs), waiting=mine)):
        trials[item.patient.trial_id] = item.patient.trial
        counts["broken"][item.patient.trial_id] += 1
    found = [
        ReviewWork(trial, counts["sign"][pk], counts["broken"][pk], counts["verify"][pk])
        for pk, trial in sorted(trials.items())
    ]
    return [line for line in found if line.to_sign or line.broken or line.to_verify]


def _sites(user: User, permission: Permission) -> set[int]:
    return set(sites_where(user, permission).values_list("pk", flat=True))
