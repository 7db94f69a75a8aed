"""The two views that pages are measured against, and what counts queries."""

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import engines

from core.http import Request
from core.scope import trial_or_404

PAGE = engines["django"].from_string(
    "<!DOCTYPE html><html lang='en'><title>Bare</title><p>{{ request.user }}</p></html>"
)


def bare(request: HttpRequest) -> HttpResponse:
    """As little as a signed-in person's page can be: all of the middleware, one template."""
    return HttpResponse(PAGE.render({}, request))


def empty(request: Request, slug: str) -> HttpResponse:
    """The frame that every page of a trial has, with nothing in it."""
    trial_or_404(request, slug)
    return render(request, "base.html")


def count_queries(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Adds the header X-Queries: statements of the whole request, its transactions included."""

    def counting(request: HttpRequest) -> HttpResponse:
        sent = 0

        def count(execute: Callable[..., Any], *args: Any) -> Any:
            nonlocal sent
            sent += 1
            return execute(*args)

        with connection.execute_wrapper(count):
            response = get_response(request)
        response["X-Queries"] = str(sent)
        return response

    return counting
