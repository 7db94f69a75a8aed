"""The one address: which content is asked for, and errors in REDCap's shape."""

from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from core.api.views import EnglishAPIView
from reports.api.redcap import metadata, project
from reports.api.redcap.answers import error_answer
from reports.api.redcap.call import (
    NO_RIGHT,
    BodyToken,
    Call,
    Refusal,
    call_of,
    error_format,
    not_valid,
)
from reports.api.redcap.records import record
from reports.api.redcap.reports import report
from reports.api.responses import AddressDecides


def file(call: Call) -> HttpResponseBase:
    """No field of ours is a file."""
    raise Refusal("There is no file to download for this record")


CONTENTS: Mapping[str, Callable[[Call], HttpResponseBase]] = {
    "arm": project.arm,
    "dag": project.dag,
    "event": project.event,
    "exportFieldNames": metadata.export_field_names,
    "file": file,
    "formEventMapping": project.form_event_mapping,
    "instrument": metadata.instrument,
    "metadata": metadata.metadata,
    "project": project.project,
    "record": record,
    "repeatingFormsEvents": project.repeating_forms_events,
    "report": report,
    "user": project.user,
    "version": project.version,
}


@extend_schema(exclude=True)
class Endpoint(EnglishAPIView):
    """Answers POST alone; `content` says what is asked for."""

    authentication_classes = [BodyToken]
    parser_classes = [FormParser, MultiPartParser]
    content_negotiation_class = AddressDecides
    renderer_classes = [JSONRenderer]

    def post(self, request: Request) -> HttpResponseBase:
        call = call_of(request)
        answer = CONTENTS.get(call.content)
        if answer is None:
            raise not_valid("content")
        if "data" in call.asked or call.text("action") not in ("", "export"):
            raise Refusal("You do not have API Import/Update privileges", 403)
        return answer(call)

    def get_exception_handler(self) -> Callable[..., HttpResponseBase | None]:
        return _refused


def _refused(error: Exception, context: dict[str, Any]) -> HttpResponseBase | None:
    """None lets Django report what nobody expected."""
    if isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied(str(error) or None)
    if not isinstance(error, exceptions.APIException):
        return None
    status, sentence = int(error.status_code), str(error.detail)
    if isinstance(error, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        # REDCap knows no 401, and its clients look for its sentence.
        status = 403
        is_known = error.get_codes() in ("token_revoked", "token_expired", "account_inactive")
        sentence = f"{NO_RIGHT}. {sentence}" if is_known else NO_RIGHT
    response = error_answer(sentence, status, error_format(context.get("request")))
    if wait := getattr(error, "wait", None):
        response["Retry-After"] = str(int(wait))
    return response
