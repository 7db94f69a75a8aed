"""The last net: a refusal that no view turned into words is a page, not a failure."""

from collections.abc import Callable

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from core.append_only import REFUSAL
from core.refusals import Refused
from oversight.triggers import LOCKED


class RefusalMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """422 with the sentence of a refusal, or of what the database refused."""
        sentence = refusal_of(error)
        if sentence is None:
            return None
        return render(request, "oversight/refused.html", {"sentence": sentence}, status=422)


def refusal_of(error: Exception) -> str | None:
    if isinstance(error, Refused):
        return str(error)
    if not isinstance(error, DatabaseError):
        return None
    if LOCKED in str(error):
        return _(
            "This is locked or frozen. Nothing can be changed until a data manager lifts this."
        )
    if REFUSAL in str(error):
        return _("This cannot be changed or removed.")
    return None
