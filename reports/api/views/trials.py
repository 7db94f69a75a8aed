"""The root, and the trials that a call reaches."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from core.api.views import EnglishAPIView, trial_or_404, trials_of
from core.models import Trial, User
from reports.api.serializers import RootSerializer, TrialSerializer
from reports.api.views import SLUG, problems
from reports.queries.tables import Scope


class Root(EnglishAPIView):
    """Where to start."""

    name = "REST API"

    @extend_schema(operation_id="root", responses={200: RootSerializer, **problems()})
    def get(self, request: Request) -> Response:
        names = {
            "trials": "trial-list",
            "openapi_json": "openapi-json",
            "openapi_yaml": "openapi-yaml",
        }
        links = {key: reverse(f"api:{name}", request=request) for key, name in names.items()}
        return Response(RootSerializer(links).data)


class TrialList(EnglishAPIView):
    """Your trials; with a token, the trial of the token."""

    name = "Trials"

    @extend_schema(operation_id="trials", responses={200: TrialSerializer(many=True), **problems()})
    def get(self, request: Request) -> Response:
        trials = [_described(trial, request) for trial in trials_of(request)]
        return Response(TrialSerializer(trials, many=True).data)


class TrialDetail(EnglishAPIView):
    """One trial, with the ways to its tables and its codebook."""

    name = "Trial"

    @extend_schema(
        operation_id="trial", parameters=[SLUG], responses={200: TrialSerializer, **problems(404)}
    )
    def get(self, request: Request, slug: str) -> Response:
        return Response(TrialSerializer(_described(trial_or_404(request, slug), request)).data)


def _described(trial: Trial, request: Request) -> dict[str, Any]:
    user: User = request.user  # type: ignore[assignment]  # IsAuthenticated has seen to it
    sites = Scope(user, trial).exportable_sites.values_list("code", flat=True)

    def link(name: str) -> str:
        return reverse(f"api:{name}", args=[trial.slug], request=request)

    return {
        "slug": trial.slug,
        "title": trial.title_en,
        "title_zh": trial.title_zh,
        "is_blinded": trial.is_blinded,
        "sites": list(sites),
        "url": link("trial-detail"),
        "tables": link("table-list"),
        "codebook": link("codebook"),
    }
