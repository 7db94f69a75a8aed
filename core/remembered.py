"""What a person holds, asked for once in a request that changes nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from django.apps import apps

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from core.models import Membership, User

_held: ContextVar[dict[int, list["Membership"]] | None] = ContextVar("held", default=None)


@contextmanager
def remember_memberships() -> Iterator[None]:
    token = _held.set({})
    try:
        yield
    finally:
        _held.reset(token)


def remembered_memberships(user: "User | AnonymousUser") -> "list[Membership] | None":
    """The person's current memberships; None outside of `remember_memberships`."""
    known = _held.get()
    if known is None or user.pk is None:
        return None
    if user.pk not in known:
        known[user.pk] = list(apps.get_model("core", "Membership").objects.current_for(user))
    return known[user.pk]
