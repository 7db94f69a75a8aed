"""The trials that a person sees on the home page."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from core.models import Membership, Trial, User
from core.models.membership import Role
from enrollment.models import Patient, TrialVersion


@dataclass(frozen=True)
class TrialCard:
    trial: Trial
    roles: list[str]
    screened: int
    enrolled: int
    target: int


def current_version(trial: Trial) -> TrialVersion:
    """The newest version of the definition; new patients are pinned to it."""
    return TrialVersion.objects.filter(trial=trial).order_by("-number").defer("source")[0]


def trial_cards(trials: QuerySet[Trial], *, user: User) -> list[TrialCard]:
    """One card a trial, counting the patients that the person can see."""
    patients = Patient.objects.visible_to(user)
    counted: dict[int, dict[str, int]] = {
        row["trial"]: {"screened": row["screened"], "enrolled": row["enrolled"]}
        for row in patients.order_by()
        .values("trial")
        .annotate(screened=Count("pk"), enrolled=Count("pk", filter=Q(enrolled_on__isnull=False)))
    }
    roles = _roles_by_trial(user)
    versions = _newest_versions(trials)
    return [
        TrialCard(
            trial=trial,
            roles=roles.get(trial.pk, []),
            screened=counted.get(trial.pk, {}).get("screened", 0),
            enrolled=counted.get(trial.pk, {}).get("enrolled", 0),
            target=versions[trial.pk].definition.trial.target_size if trial.pk in versions else 0,
        )
        for trial in trials
    ]


def _roles_by_trial(user: User) -> dict[int, list[str]]:
    roles: dict[int, list[str]] = {}
    for membership in Membership.objects.current_for(user).order_by("role"):
        label = str(Role(membership.role).label)
        held = roles.setdefault(membership.trial_id, [])
        if label not in held:
            held.append(label)
    return roles


def _newest_versions(trials: Iterable[Trial]) -> dict[int, TrialVersion]:
    rows = TrialVersion.objects.filter(trial__in=trials).order_by("number").defer("source")
    return {version.trial_id: version for version in rows}
