from pathlib import Path

import pytest

from enrollment.calc.definition import parse
from outcomes.calc.snapshot.settings import criteria_of, endpoint_rules, needs_confirmation

DEFINITIONS = Path(__file__).resolve().parents[5] / "enrollment" / "definitions"


@pytest.fixture
def definition():
    def change(**endpoints):
        found = parse((DEFINITIONS / "hcc-single-arm.toml").read_text(encoding="utf-8"))
        changed = found.endpoints.model_copy(update=endpoints)
        return found.model_copy(update={"endpoints": changed})

    return change


@pytest.mark.parametrize("name", ["hcc-single-arm", "hcc-randomized", "crc-akkermansia"])
def test_rules_of_every_trial_can_be_read(name):
    definition = parse((DEFINITIONS / f"{name}.toml").read_text(encoding="utf-8"))
    rules = endpoint_rules(definition)
    assert rules.min_sd_days == definition.endpoints.minimum_sd_days
    assert criteria_of(definition)[0] == "recist_1_1"


def test_overrides_win_over_the_preset(definition):
    changed = definition(preset="fda_type", overrides={"gap": "off", "min_sd_days": 50})
    rules = endpoint_rules(changed)
    assert (rules.gap, rules.min_sd_days, rules.adequate_assessment) == ("off", 50, "evaluable")


def test_unknown_override_is_refused(definition):
    with pytest.raises(ValueError, match="Unknown endpoint setting"):
        endpoint_rules(definition(overrides={"gaps": 1}))


@pytest.mark.parametrize(("days", "expected"), [(0, False), (1, True)])
def test_confirmation_is_needed_when_it_has_days(definition, days, expected):
    assert needs_confirmation(definition(confirmation_days=days)) is expected


def test_the_night_derives_what_the_definition_names_in_its_order(definition):
    found = definition()
    trial = found.trial.model_copy(update={"tumor_criteria": ("irecist", "mrecist")})
    assert criteria_of(found.model_copy(update={"trial": trial})) == ["irecist", "mrecist"]


@pytest.mark.parametrize(
    ("changes", "day"),
    [
        pytest.param({"clinical_benefit_week": 24}, 161, id="the week's scan a window early"),
        pytest.param({"clinical_benefit_week": None}, 35, id="as long as for stable disease"),
        pytest.param(
            {"clinical_benefit_week": 24, "overrides": {"benefit_days": 168}}, 168, id="a day"
        ),
    ],
)
def test_clinical_benefit_counts_from_the_week_of_the_definition(definition, changes, day):
    assert endpoint_rules(definition(**changes)).benefit_days == day
