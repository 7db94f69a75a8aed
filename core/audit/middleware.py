"""Names the page behind each write of a request, without ids: the route, not the address."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from core.audit.context import set_source


class AuditSourceMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        set_source("web")
        try:
            return self.get_response(request)
        finally:
            set_source("")

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        if request.resolver_match is not None:
            set_source(f"web {request.resolver_match.view_name}")
