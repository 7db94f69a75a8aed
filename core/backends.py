"""Who can sign in."""

from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils import timezone

from core.models import LockOut, User


class AccountBackend(ModelBackend):
    """Django's check; nobody who is locked out; no demo account anywhere but in the demo, for its
    password is public.
    """

    def authenticate(
        self, request: HttpRequest | None, *args: Any, **credentials: Any
    ) -> User | None:
        """None for a wrong password, an unknown name and a locked account alike.

        The password is always checked first, so that all of them take the same time.
        """
        user = super().authenticate(request, *args, **credentials)
        # Asked for everybody: an unknown name costs the same query.
        is_locked = LockOut.objects.in_force_at(timezone.now())
        if is_locked.filter(user_id=user.pk if user else 0).exists():
            return None
        return user if isinstance(user, User) else None

    def user_can_authenticate(self, user: User | AnonymousUser | None) -> bool:
        if getattr(user, "is_demo", False) and not settings.DEMO:
            return False
        return super().user_can_authenticate(user)
