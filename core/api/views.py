"""The base of all endpoints."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import translation
from rest_framework.request import Request
from rest_framework.views import APIView

from core.api.errors import BadParameter
from core.models import ApiToken, Trial


class EnglishAPIView(APIView):
    """Answers in English whatever the caller's profile says, and refuses unknown parameters."""

    name: ClassVar[str | None] = None
    """The heading of the endpoint's page in the browser."""
    parameters: ClassVar[frozenset[str]] = frozenset()
    """The query parameters that the endpoint knows."""

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with translation.override("en"):
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        for name in request.query_params:
            if name not in self.parameters and name != self.settings.URL_FORMAT_OVERRIDE:
                known = ", ".join(sorted(self.parameters)) or "none"
                raise BadParameter(
                    name,
                    f"There is no parameter “{name}” here. Parameters: {known}.",
                    "parameter_unknown",
                )


def trials_of(request: Request) -> QuerySet[Trial]:
    """The trials that the call reaches: the person's, and with a token only the token's."""
    trials = Trial.objects.visible_to(request.user)
    if isinstance(request.auth, ApiToken):
        trials = trials.filter(pk=request.auth.trial_id)
    return trials


def trial_or_404(request: Request, slug: str) -> Trial:
    return get_object_or_404(trials_of(request), slug=slug)
