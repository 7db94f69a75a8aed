"""Answers as a script gets them, for the OpenAPI document. Tests hold them against real ones."""

from drf_spectacular.utils import OpenApiExample

from core.api.errors import CONTENT_TYPE, problem

CONSENT = {
    "trial": "hcc-single-arm",
    "site": "01",
    "patient": "A01-001-21",
    "screening_number": "S-A01-001",
    "consent_version": "1.0",
    "signed_on": "2025-12-21",
    "recorded_at": "2025-12-21T09:30:00Z",
}
_HEADER, _ROW = ",".join(CONSENT), ",".join(CONSENT.values())
CSV = f"{_HEADER}\r\n{_ROW}\r\n"
CHANGES = f"_change,{_HEADER}\r\ndeleted,hcc-single-arm,01,A01-001-21,,,,\r\nchanged,{_ROW}\r\n"
PAGE = {"count": 1, "next": None, "previous": None, "results": [CONSENT]}
BAD_VISIT = problem("parameter_invalid", "The trial has no visit “C99D99”.") | {
    "parameter": "visit"
}
THROTTLED = problem("throttled", "Request was throttled. Expected available in 12 seconds.")


def _answer(name: str, value: object, status: int, media_type: str) -> OpenApiExample:
    return OpenApiExample(
        name,
        value=value,
        response_only=True,
        status_codes=[str(status)],
        media_type=media_type,
    )


PROBLEMS = [
    _answer("Unknown visit", BAD_VISIT, 400, CONTENT_TYPE),
    _answer("Too many calls", THROTTLED, 429, CONTENT_TYPE),
]
TABLE_CSV = [
    _answer("All rows of consents", CSV, 200, "text/csv"),
    _answer("With since", CHANGES, 200, "text/csv"),
    *PROBLEMS,
]
TABLE_PAGE = [_answer("A page of consents", PAGE, 200, "application/json"), *PROBLEMS]
