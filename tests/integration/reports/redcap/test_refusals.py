"""Errors in REDCap's shape; tokens in the body alone."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from core.models import ApiToken, Membership
from reports.api.redcap.views import CONTENTS
from tests.factories import make_token

pytestmark = pytest.mark.django_db

NO_RIGHT = "You do not have permissions to use the API"


def error_of(response):
    return response.status_code, response.json()["error"]


@pytest.mark.parametrize(
    ("asked", "body", "kind"),
    [
        ({"format": "json"}, b'{"error": "%s"}', "application/json"),
        ({"format": "csv"}, b"ERROR: %s", "text/csv; charset=utf-8"),
        ({"format": "csv", "returnFormat": "json"}, b'{"error": "%s"}', "application/json"),
        (
            {"format": ""},
            b'<?xml version="1.0" encoding="UTF-8" ?><hash><error>%s</error></hash>',
            "text/xml; charset=utf-8",
        ),
    ],
)
def test_shape_follows_the_formats_that_are_asked_for(post, asked, body, kind):
    response = post("0" * 32, content="record", **asked)
    assert response.status_code == 403
    assert response.content == body % NO_RIGHT.encode()
    assert response["Content-Type"] == kind


@pytest.mark.parametrize("token", ["", "nonsense", "é" * 32, "0" * 32])
def test_no_token_that_is_known(post, trial, token):
    assert error_of(post(token, content="version")) == (403, NO_RIGHT)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"revoked_at": timezone.now()}, "revoked"),
        (
            {
                "expires_at": timezone.now(),
                "created_at": timezone.now() - timedelta(days=2),
            },
            "expired",
        ),
    ],
)
def test_token_that_has_ended_says_so(post, token, change, said):
    ApiToken.objects.update(**change)
    status, sentence = error_of(post(token, content="version"))
    assert status == 403
    assert sentence.startswith(f"{NO_RIGHT}. ")
    assert said in sentence


def test_token_in_capitals_is_the_same(post, token):
    assert post(token.upper(), content="version").content == b"14.0.0"


@pytest.mark.parametrize("method", ["get", "post"])
def test_token_in_the_address_is_refused_though_it_is_right(token, method):
    response = getattr(Client(), method)(f"/api/redcap/?token={token}&content=version")
    assert response.status_code == 400
    assert b"never in the address" in response.content
    assert token.encode() not in response.content


def test_address_is_for_post_alone(db):
    assert Client().get("/api/redcap/").status_code == 403


def test_token_in_the_header_is_none(token):
    response = Client().post(
        "/api/redcap/", {"content": "version"}, HTTP_AUTHORIZATION=f"Token {token}"
    )
    assert response.status_code == 403


def test_role_without_exports_is_refused(post, coordinator, trial):
    status, sentence = error_of(post(make_token(coordinator, trial), content="project"))
    assert status == 403
    assert "role" in sentence


def test_role_that_ended_ends_the_token(post, token, statistician):
    Membership.objects.filter(user=statistician).update(revoked_at=timezone.now())
    assert error_of(post(token, content="project")) == (403, NO_RIGHT)


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"content": "pdf"}, 'The value of the parameter "content" is not valid'),
        ({"content": ""}, 'The value of the parameter "content" is not valid'),
        ({"content": "record", "format": "odm", "returnFormat": "json"}, '"format" is not valid'),
        ({"content": "record", "type": "wide"}, '"type" is not valid. It can be: flat, eav'),
        ({"content": "record", "rawOrLabel": "both"}, '"rawOrLabel" is not valid'),
        ({"content": "record", "rawOrLabelHeaders": "x"}, '"rawOrLabelHeaders" is not valid'),
        ({"content": "record", "decimalCharacter": ","}, '"decimalCharacter" is not valid'),
        ({"content": "record", "csvDelimiter": "x", "format": "csv", "returnFormat": "json"},
         '"csvDelimiter" is not valid'),
        ({"content": "record", "dateRangeBegin": "yesterday"}, '"dateRangeBegin" is not valid'),
        ({"content": "record", "fields": "sex,shoe,hat"},
         "The following values in the parameter \"fields\" are not valid: 'shoe', 'hat'"),
        ({"content": "record", "forms[0]": "shoes"}, "parameter \"forms\" are not valid: 'shoes'"),
        ({"content": "record", "events": "day_arm_1"}, "\"events\" are not valid: 'day_arm_1'"),
        ({"content": "record", "filterLogic": "[sex]"}, "This filterLogic is not supported"),
        ({"content": "metadata", "fields": "shoe"}, "\"fields\" are not valid: 'shoe'"),
        ({"content": "event", "arms": "2"}, "\"arms\" are not valid: '2'"),
        ({"content": "exportFieldNames", "field": "shoe"}, '"field" is not valid'),
        ({"content": "report"}, "(time_to_event)"),
        ({"content": "report", "report_id": "7"}, '"report_id" is not valid'),
        ({"content": "file", "action": "export"}, "There is no file to download for this record"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_400_with_a_sentence(post, token, asked, sentence):
    status, said = error_of(post(token, **asked))
    assert status == 400
    assert sentence in said


@pytest.mark.parametrize("asked", [{"data": "[]"}, {"action": "import"}, {"action": "delete"}])
def test_nothing_is_written_this_way(post, token, asked):
    status, said = error_of(post(token, content="record", **asked))
    assert (status, said) == (403, "You do not have API Import/Update privileges")


def test_body_that_is_no_form_is_refused(db):
    response = Client().post("/api/redcap/", "{}", content_type="application/json")
    assert response.status_code == 415
    assert b"<error>" in response.content


@pytest.mark.parametrize("content", sorted(set(CONTENTS) - {"file", "report", "version"}))
def test_each_content_is_answered_in_both_formats(post, token, content):
    for written in ("csv", "json"):
        assert post(token, content=content, format=written).status_code == 200
