"""How many calls a token may make."""

from typing import TYPE_CHECKING

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from core.models import ApiToken

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which reads the settings that name this module


class CallRate(SimpleRateThrottle):
    """`API_RATE` for each token, and for each person who calls with a session.

    Counted in the cache: without Redis each web process counts for itself.
    """

    scope = "api"

    def get_rate(self) -> str | None:
        return settings.API_RATE or None

    def get_cache_key(self, request: Request, view: "APIView") -> str:
        caller = request.auth if isinstance(request.auth, ApiToken) else request.user
        return f"api-rate-{type(caller).__name__}-{caller.pk}"
