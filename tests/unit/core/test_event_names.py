"""Every event that the code records has a name on the page of the trail."""

import ast
from pathlib import Path

import pytest
from django.conf import settings

from core.actions.lock_outs import FAILURES
from core.audit.event_names import EVENT_NAMES, event_name
from core.sessions import TIME_OUT

pytestmark = pytest.mark.once

APPS = ("core", "oversight", "enrollment", "dosing", "outcomes", "microbiome", "reports")


def recorded():
    """The first argument of each call of `audit.record`, where it is a text."""
    for app in APPS:
        for path in Path(settings.BASE_DIR, app).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and node.args and called(node) == "record":
                    event = node.args[0]
                    if isinstance(event, ast.Constant) and isinstance(event.value, str):
                        yield event.value


def called(node):
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def test_every_event_has_a_name():
    found = {*recorded(), *FAILURES, TIME_OUT}
    assert len(found) > 20
    assert found <= EVENT_NAMES.keys()


def test_event_of_an_earlier_release_keeps_its_key():
    assert event_name("something old") == "something old"
