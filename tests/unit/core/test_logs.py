import json
import logging
import sys

import pytest

from core.logs import JsonFormatter, request_id

PATIENT = "S01-0042-7"


def line(name="core.x", message="said", *args, **extra):
    record = logging.LogRecord(name, logging.INFO, "x.py", 1, message, args, None)
    vars(record).update(extra)
    return json.loads(JsonFormatter(own=["core"]).format(record))


def test_own_message_is_written_in_full():
    assert line("core.x", "loaded %s visits", 16)["message"] == "loaded 16 visits"


def test_other_packages_message_is_written_without_values():
    said = line("urllib3", "%s of %s", "GET", f"/patients/{PATIENT}/")

    assert said["message"] == "%s of %s"


def test_error_of_a_request_is_told_without_its_path():
    said = line("django.request", "%s: %s", "Not Found", f"/patients/{PATIENT}/")

    assert said["message"] == "answered with an error"


def test_security_message_is_not_repeated():
    said = line("django.security.SuspiciousOperation", f"The path /{PATIENT} is outside")

    assert PATIENT not in json.dumps(said)


def test_request_that_gunicorn_cannot_read_is_not_repeated():
    said = line("gunicorn.error", f"Invalid request from ip=::1: Invalid HTTP header: '{PATIENT}'")

    assert said["message"] == "refused an unreadable request"


def test_only_known_fields_are_taken_along():
    said = line(status=200, route="patients/<int:pk>/", patient=PATIENT)

    assert (said["status"], said["route"]) == (200, "patients/<int:pk>/")
    assert PATIENT not in json.dumps(said)


def test_fields_of_other_packages_are_left_out():
    assert "status" not in line("urllib3", status="x")


def test_error_is_told_by_type_and_places():
    try:
        int(PATIENT)
    except ValueError:
        said = line(exc_info=sys.exc_info())

    assert said["error"] == "ValueError"
    assert said["places"][-1].endswith("test_error_is_told_by_type_and_places")
    assert PATIENT not in json.dumps(said)


def test_request_id_is_on_every_line():
    token = request_id.set("a1b2c3d4")
    try:
        assert line()["request"] == "a1b2c3d4"
    finally:
        request_id.reset(token)
    assert "request" not in line()


@pytest.mark.parametrize("message", ["two\nlines", 'a "quoted" word', "中文"])
def test_line_is_one_line_of_json(message):
    record = logging.LogRecord("core.x", logging.INFO, "x.py", 1, message, (), None)

    text = JsonFormatter(own=["core"]).format(record)

    assert "\n" not in text
    assert json.loads(text)["message"] == message
