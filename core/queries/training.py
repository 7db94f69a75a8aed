"""Roles that a person was granted and that wait for a training."""

from dataclasses import dataclass
from datetime import date

from core.models import Membership, Trial, User
from core.permissions import Permission, roles_with


@dataclass(frozen=True)
class WaitingRole:
    membership: Membership
    ask: tuple[User, ...]
    """Who can record the training: administrators of the trial, of all its sites or this one."""

    @property
    def trial(self) -> Trial:
        return self.membership.trial


def waiting_roles(user: User, *, today: date) -> list[WaitingRole]:
    """The person's roles that do not count today. One query, and another where there are any."""
    held = Membership.objects.held().filter(user=user, trial__requires_training=True)
    waiting = list(
        held.exclude(Membership.objects.trained(today))
        .select_related("trial", "site__trial")
        .order_by("trial__slug", "role", "site__code")
    )
    if not waiting:
        return []
    administrators = list(
        Membership.objects.held()
        .filter(
            Membership.objects.trained(today),
            trial__in={item.trial_id for item in waiting},
            role__in=roles_with(Permission.MEMBER_MANAGE),
            user__is_active=True,
        )
        .exclude(user=user)
        .select_related("user")
        .order_by("user__full_name", "pk")
    )
    return [WaitingRole(item, _who(item, administrators)) for item in waiting]


def _who(waiting: Membership, administrators: list[Membership]) -> tuple[User, ...]:
    able = {
        item.user: None
        for item in administrators
        if item.trial_id == waiting.trial_id and item.site_id in (None, waiting.site_id)
    }
    return tuple(able)
