"""One call: whose it is, what it asks for, and how it wants to be told."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from django.http import QueryDict
from rest_framework import exceptions
from rest_framework.request import Request

from core.api.authentication import TokenAuthentication
from core.models import ApiToken, Trial, User
from core.permissions import Permission, require_permission
from reports.queries.tables import Scope

FORMATS = ("csv", "json")
ERROR_FORMATS = ("csv", "json", "xml")
NO_RIGHT = "You do not have permissions to use the API"
DELIMITERS = {
    "": ",",
    ",": ",",
    "comma": ",",
    ";": ";",
    "tab": "\t",
    "\t": "\t",
    "|": "|",
    "^": "^",
}
_MOMENTS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d")


class Refusal(exceptions.APIException):
    """A call that is answered by a sentence; some of REDCap's own, which clients look for."""

    status_code = 400

    def __init__(self, sentence: str, status: int = 400) -> None:
        super().__init__(sentence)
        self.status_code = status


class BodyToken(TokenAuthentication):
    """The token as a field of the form, as REDCap's clients send it; some of them in capitals."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """
        Raises:
            Refusal: the token stands in the address.
            AuthenticationFailed: it cannot be used now.
        """
        if "token" in request.query_params:
            raise Refusal(
                "Send the token in the body of a POST request, never in the address. Revoke this"
                " one: it may stand in logs."
            )
        secret = _posted(request).get("token", "")
        if not secret:
            return None
        return self.user_of(secret.strip().lower())


def _posted(request: Request) -> QueryDict:
    return request.data if isinstance(request.data, QueryDict) else QueryDict("")


def error_format(request: Request | None) -> str:
    """How an error is told: `returnFormat`, else `format`, else XML, as REDCap does."""
    try:
        asked = _posted(request) if request is not None else QueryDict("")
    except exceptions.APIException:  # a body that nobody can read
        asked = QueryDict("")
    chosen = asked.get("returnFormat") or asked.get("format") or "xml"
    return chosen if chosen in ERROR_FORMATS else "xml"


@dataclass(frozen=True)
class Call:
    user: User
    token: ApiToken
    trial: Trial
    asked: QueryDict

    @property
    def content(self) -> str:
        return self.text("content")

    @property
    def scope(self) -> Scope:
        return Scope(self.user, self.trial)

    @cached_property
    def format(self) -> str:
        """
        Raises:
            Refusal: it is neither csv nor json.
        """
        return self.one_of("format", FORMATS)

    @cached_property
    def delimiter(self) -> str:
        """Of CSV.

        Raises:
            Refusal: it is none that REDCap knows.
        """
        asked = self.text("csvDelimiter").lower()
        if asked not in DELIMITERS:
            raise not_valid("csvDelimiter", "comma, tab, ;, |, ^")
        return DELIMITERS[asked]

    def text(self, name: str) -> str:
        return self.asked.get(name, "").strip(" ")

    def is_true(self, name: str) -> bool:
        """R writes TRUE, Python True, a form true or 1."""
        return self.text(name).lower() in ("true", "1", "yes")

    def one_of(self, name: str, values: Collection[str], default: str = "") -> str:
        """
        Raises:
            Refusal: what is asked for is none of the values.
        """
        asked = self.text(name) or default
        if asked not in values:
            raise not_valid(name, ", ".join(values))
        return asked

    def listed(self, name: str) -> list[str]:
        """`fields=a,b`, `fields[]=a&fields[]=b` and `fields[0]=a&fields[1]=b` are the same."""
        key = re.compile(rf"{name}(\[\d*\])?")
        given = (
            text for each, texts in self.asked.lists() if key.fullmatch(each) for text in texts
        )
        parts = (part.strip() for text in given for part in text.split(","))
        return list(dict.fromkeys(part for part in parts if part))

    def moment(self, name: str) -> datetime | None:
        """A time in UTC, such as `2026-11-21 09:30:00`.

        Raises:
            Refusal: it is no time.
        """
        asked = self.text(name)
        if not asked:
            return None
        for written in _MOMENTS:
            try:
                return datetime.strptime(asked, written).replace(tzinfo=UTC)
            except ValueError:
                continue
        raise not_valid(name, "YYYY-MM-DD HH:MM:SS, in UTC")


def call_of(request: Request) -> Call:
    """
    Raises:
        Refusal: the person has no role in the token's trial any more.
        PermissionDenied: the role does not allow exports.
    """
    token: Any = request.auth
    user: Any = request.user
    trial = Trial.objects.visible_to(user).filter(pk=token.trial_id).first()
    if trial is None:
        raise Refusal(NO_RIGHT, 403)
    require_permission(user, Permission.EXPORT, trial=trial)
    return Call(user, token, trial, _posted(request))


def not_valid(name: str, instead: str = "") -> Refusal:
    """In REDCap's words."""
    sentence = f'The value of the parameter "{name}" is not valid'
    return Refusal(f"{sentence}. It can be: {instead}" if instead else sentence)


def check_known(name: str, asked: Collection[str], known: Collection[str]) -> None:
    """
    Raises:
        Refusal: some of what is asked for is not known.
    """
    unknown = [each for each in asked if each not in known]
    if unknown:
        quoted = ", ".join(f"'{each}'" for each in unknown)
        raise Refusal(f'The following values in the parameter "{name}" are not valid: {quoted}')
