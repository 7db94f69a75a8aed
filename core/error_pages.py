"""The pages shown when something failed, and their JSON twins under /api/."""

import sys

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import get_template
from django.utils.translation import gettext as _
from django.views import defaults

from core.api.errors import CODES, CONTENT_TYPE, problem
from core.outages import is_outage

RETRY_AFTER_SECONDS = "30"


def server_error(request: HttpRequest) -> HttpResponse:
    """503 while the database or the broker is away, 500 for an error of our own.

    Django calls this inside its `except` block, wherever the error came from: view, middleware
    or template. The pages are rendered without a request, for that could ask the database again.
    """
    if is_outage(sys.exc_info()[1]):
        response = _answer(
            request, "unavailable", _("The database is not reachable. Try again shortly.")
        )
        response["Retry-After"] = RETRY_AFTER_SECONDS
        return response
    return _answer(request, "server_error", _("The server failed. The error was logged."))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _is_api(request):
        return _problem("not_found", _("There is nothing at this address."))
    return defaults.page_not_found(request, exception)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _is_api(request):
        return _problem("bad_request", _("This request cannot be read."))
    # Django's own view would look for the token in the form, which is what cannot be read.
    return HttpResponse(get_template("400.html").render(), status=400)


def _answer(request: HttpRequest, code: str, message: str) -> HttpResponse:
    if _is_api(request):
        return _problem(code, message)
    status = CODES[code][0]
    context = {"posted": _posted(request), "path": request.get_full_path()}
    return HttpResponse(get_template(f"{status}.html").render(context), status=status)


def _posted(request: HttpRequest) -> list[tuple[str, str]]:
    """What the person sent, for the page to send again; no password is written into a page."""
    try:
        request.POST  # noqa: B018 - that it cannot be read may be the very error
    except Exception:  # nothing to send again then
        return []
    if request.method != "POST" or any("password" in name for name in request.POST):
        return []
    return [(name, value) for name, values in request.POST.lists() for value in values]


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def _problem(code: str, detail: str) -> JsonResponse:
    return JsonResponse(problem(code, detail), status=CODES[code][0], content_type=CONTENT_TYPE)
