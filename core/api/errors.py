"""Errors of the API as `application/problem+json`.

Source: RFC 9457. `type` stays `about:blank`; scripts go by `code`.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseBase, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response

CONTENT_TYPE = "application/problem+json"

CODES: Mapping[str, tuple[int, str]] = {
    "bad_request": (400, "the request cannot be read"),
    "parameter_unknown": (400, "the address has no such parameter; `parameter` names it"),
    "parameter_invalid": (400, "a value that cannot be one; `parameter` names it"),
    "not_authenticated": (401, "neither a token nor a session"),
    "token_unknown": (401, "there is no such token"),
    "token_revoked": (401, "the token was revoked"),
    "token_expired": (401, "the token has expired"),
    "account_inactive": (401, "the account of the token is not active"),
    "permission_denied": (403, "the role does not allow it, or not at all sites that are counted"),
    "token_scope": (403, "the token was made for other tables"),
    "not_found": (404, "not there, or not yours to see: both answer alike"),
    "table_unknown": (404, "no such table; `tables` lists those that there are"),
    "method_not_allowed": (405, "the API is read with GET and HEAD"),
    "not_acceptable": (406, "no format that `Accept` names"),
    "throttled": (429, "too many calls; wait as many seconds as `Retry-After` says"),
    "server_error": (500, "a fault of the server, which has logged it"),
    "unavailable": (503, "the database is away; wait as many seconds as `Retry-After` says"),
}
"""Every code with its status and when it is given. Codes stay; a test compares docs/exports.md."""


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
    body = _problem(known)
    renderer = getattr(context.get("request"), "accepted_renderer", None)
    headers = _headers(known)
    if getattr(renderer, "format", "") == "api":
        return Response(body, status=known.status_code, headers=headers)
    return JsonResponse(
        body,
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


def problem(code: str, detail: str, status: int | None = None) -> dict[str, Any]:
    """The members that every error has."""
    status = status or CODES[code][0]
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
    }


def _problem(error: exceptions.APIException) -> dict[str, Any]:
    codes = error.get_codes()
    code = codes if isinstance(codes, str) else "bad_request"
    return problem(code, str(error.detail), int(error.status_code)) | getattr(error, "problem", {})


def _headers(error: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait))
    return headers
