from dataclasses import fields
from pathlib import Path
from typing import Literal, get_args, get_origin, get_type_hints

import pytest
from django.urls import reverse

from enrollment.actions import load_definition
from enrollment.calc.definition import DefinitionError, parse
from outcomes.calc.rules import EndpointRules
from outcomes.queries.endpoint_settings import RULES, WORDS, settings_panel
from tests.factories import SMALL_TRIAL, make_member, make_trial

DEFINITIONS = Path(__file__).resolve().parents[3] / "enrollment" / "definitions"
DESIGN = """
[endpoints.two_stage]
null_rate = 0.1
target_rate = {target}
alpha = 0.05
beta = 0.2
goal = "minimax"
population = "treated"
"""


def rows(text):
    groups = settings_panel(parse(text))["groups"]
    return {row.label: (row.value, row.is_own) for group in groups for row in group}


def small(more=""):
    text = SMALL_TRIAL.read_text("utf-8")
    return text.replace("[verification]", f"{more}\n[verification]", 1)


def test_every_setting_of_the_engine_has_words():
    assert list(RULES) == [item.name for item in fields(EndpointRules)]
    said_as_they_are = {"no_assessment", "survival_interval"}
    for name, hint in get_type_hints(EndpointRules).items():
        if get_origin(hint) is Literal and name not in said_as_they_are:
            assert {value for value in get_args(hint) if (name, value) not in WORDS} == set()


@pytest.mark.parametrize("name", ["hcc-single-arm", "hcc-randomized", "crc-akkermansia"])
def test_settings_of_every_trial_are_shown(name):
    shown = rows((DEFINITIONS / f"{name}.toml").read_text("utf-8"))
    assert len(shown) > len(RULES)
    assert shown["stable disease from day"][1] is True
    assert shown["confidence level"] == ("0.95", False)


def test_what_the_definition_says_is_told_from_the_preset():
    shown = rows(
        small('[endpoints.overrides]\ngap = "off"\nvisit_interval_days = [[336, 42], [0, 84]]')
    )
    assert shown["event after missed assessments"] == ("counts all the same", True)
    assert shown["interval of the scans"] == ("every 42 days to day 336, every 84 days", True)
    assert shown["a death after new therapy counts"] == ("no", False)


def test_two_stages_are_shown():
    shown = rows(small(DESIGN.format(target=0.3)))
    text, _is_own = shown["Simon's two-stage design"]
    assert text == "minimax, 10 % against 30 %, α 0.05, β 0.2"


@pytest.mark.parametrize(
    ("more", "key", "reason"),
    [
        pytest.param(
            "[endpoints.overrides]\ngaps = 1", "overrides.gaps", "Unknown endpoint", id="unknown"
        ),
        pytest.param(
            '[endpoints.overrides]\ngap = "never"', "overrides.gap", "one of off", id="no choice"
        ),
        pytest.param(
            "[endpoints.overrides]\nmax_ne_between = -1",
            "overrides.max_ne_between",
            "at least 0",
            id="negative",
        ),
        pytest.param(DESIGN.format(target=0.12), "two_stage", "No design", id="no such design"),
    ],
)
def test_setting_that_no_night_could_use_is_refused_when_it_is_loaded(db, more, key, reason):
    with pytest.raises(DefinitionError) as refused:
        load_definition(small(more), by=None)
    [problem] = refused.value.problems
    assert (problem.table, problem.key) == ("endpoints", key)
    assert reason in problem.reason
    assert problem.line


def test_protocol_shows_how_endpoints_are_derived(db, client):
    trial = make_trial()
    client.force_login(make_member(trial, "monitor"))
    page = client.get(reverse("enrollment:definition-detail", args=[trial.slug]))
    assert "How endpoints are derived" in page.content.decode()
    assert "censored before the gap, by missed visits" in page.content.decode()
