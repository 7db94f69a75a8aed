import pytest

from outcomes.calc.rules import EMA_TYPE, FDA_TYPE, EndpointRules


def test_from_mapping_changes_only_what_it_names():
    rules = EndpointRules.from_mapping({"gap_visits": 3}, preset=FDA_TYPE)
    assert rules.gap_visits == 3
    assert rules.require_baseline
    assert rules.new_therapy == "censor"


def test_from_mapping_unknown_setting_is_refused_by_name():
    with pytest.raises(ValueError, match="Unknown endpoint setting min_sd_day;"):
        EndpointRules.from_mapping({"min_sd_day": 42})


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("new_therapy", "drop", "one of censor, event, ignore"),
        ("min_sd_days", True, "a number of at least 0"),
        ("min_sd_days", -1, "a number of at least 0"),
        ("min_sd_days", 6.5, "a number of at least 0"),
        ("min_sd_days", None, "a number of at least 0"),
        ("sticky_partial_response", 1, "true or false"),
        ("visit_interval_days", 42, "pairs of until day and interval"),
        ("visit_interval_days", [], "pairs of until day and interval"),
        ("visit_interval_days", [[336, 42]], "pairs of until day and interval"),
        ("visit_interval_days", [[336, 42], [168, 84], [0, 84]], "pairs of until day and interval"),
        ("visit_interval_days", [[0, 0]], "pairs of until day and interval"),
    ],
)
def test_from_mapping_bad_value_is_refused_with_what_fits(name, value, sentence):
    with pytest.raises(ValueError, match=f"{name} must be {sentence}"):
        EndpointRules.from_mapping({name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pd_min_increase_mm", None),
        ("pd_min_increase_mm", 5),
        ("death_without_assessment_days", None),
        ("sticky_partial_response", False),
        ("new_therapy", "event"),
    ],
)
def test_from_mapping_good_value_is_kept(name, value):
    assert getattr(EndpointRules.from_mapping({name: value}), name) == value


def test_from_mapping_reads_a_schedule_from_lists():
    rules = EndpointRules.from_mapping({"visit_interval_days": [[336, 42], [0, 84]]})
    assert rules.visit_interval_days == ((336, 42), (None, 84))


def test_presets_differ_as_the_agencies_do():
    assert (FDA_TYPE.new_therapy, EMA_TYPE.new_therapy) == ("censor", "ignore")
    assert (FDA_TYPE.gap, EMA_TYPE.gap) == ("visits", "off")
    assert (FDA_TYPE.require_baseline, EMA_TYPE.require_baseline) == (True, False)
