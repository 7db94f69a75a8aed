"""Errors of the API as `application/problem+json`.

Source: RFC 9457. `type` stays `about:blank`; scripts go by `code`.
"""

from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseBase, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response

CONTENT_TYPE = "application/problem+json"


class BadParameter(exceptions.APIException):
    """A query parameter, or its value, that the endpoint does not know."""

    status_code = HTTPStatus.BAD_REQUEST

    def __init__(self, parameter: str, detail: str, code: str = "parameter_invalid") -> None:
        super().__init__(detail, code)
        self.problem = {"parameter": parameter}


class UnknownTable(exceptions.APIException):
    """No table of this name; says which names there are."""

    status_code = HTTPStatus.NOT_FOUND

    def __init__(self, name: str, tables: list[str]) -> None:
        super().__init__(f"There is no table “{name}”.", "table_unknown")
        self.problem = {"tables": tables}


def problem_handler(error: Exception, context: dict[str, Any]) -> HttpResponseBase | None:
    """The answer to an expected error; None lets Django report an unexpected one."""
    known = _as_api_error(error)
    if known is None:
        return None
    problem = _problem(known)
    renderer = getattr(context.get("request"), "accepted_renderer", None)
    headers = _headers(known)
    if getattr(renderer, "format", "") == "api":
        return Response(problem, status=known.status_code, headers=headers)
    return JsonResponse(
        problem,
        status=known.status_code,
        headers=headers,
        content_type=CONTENT_TYPE,
        json_dumps_params={"ensure_ascii": False},
    )


def _as_api_error(error: Exception) -> exceptions.APIException | None:
    if isinstance(error, exceptions.APIException):
        return error
    if isinstance(error, Http404):
        return exceptions.NotFound()
    if isinstance(error, PermissionDenied):
        return exceptions.PermissionDenied(str(error) or None)
    return None


def _problem(error: exceptions.APIException) -> dict[str, Any]:
    codes = error.get_codes()
    return {
        "type": "about:blank",
        "title": HTTPStatus(error.status_code).phrase,
        "status": int(error.status_code),
        "detail": str(error.detail),
        "code": codes if isinstance(codes, str) else "invalid",
    } | getattr(error, "problem", {})


def _headers(error: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait))
    return headers
