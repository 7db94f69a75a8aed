"""Each event, each reason for censoring, and each setting on both of its sides."""

import pandas as pd
import pytest

from outcomes.calc.endpoints import PARAMS, time_to_event
from outcomes.calc.rules import EMA_TYPE, FDA_TYPE, EndpointRules

START = pd.Timestamp("2024-01-01")
DATES = {"death", "last_alive", "new_therapy", "clinical_progression"}


def after(days):
    return None if days is None else (START + pd.Timedelta(days=days)).date().isoformat()


def times(sequence=(), *, cut=None, rules=None, adequate=None, settings=None, **subject):
    """Rows by param for one patient; all days count from the start."""
    row = {
        f"{name}_date" if name in DATES else name: after(value) if type(value) is int else value
        for name, value in subject.items()
        if value is not None
    }
    subjects = pd.DataFrame([{"subject": "P1", "start_date": after(0), **row}])
    responses = pd.DataFrame(
        [["P1", after(day), response] for day, response in sequence],
        columns=["subject", "date", "overall"],
    )
    if adequate is not None:
        responses["adequate"] = adequate
    rules = rules or EndpointRules(**(settings or {}))
    return time_to_event(subjects, responses, rules=rules, cut=after(cut)).set_index("param")


def ending(frame, param):
    """Days after the start (or the response), event, description, detail, source, row."""
    row = frame.loc[param]
    assert (row["event_date"] - row["start_date"]).days == row["days"] - 1
    return tuple(row[["days", "event", "description", "detail", "source", "source_row"]].tolist())


def test_progression():
    found = times([(42, "SD"), (84, "PD"), (126, "PD")], death=150, last_alive=150)
    assert ending(found, "OS") == (151, 1, "DEATH", "", "death", -1)
    assert ending(found, "PFS") == (85, 1, "PD", "", "response", 1)
    assert ending(found, "TTP") == (85, 1, "PD", "", "response", 1)
    assert ending(found, "FU") == (151, 0, "DEATH", "", "death", -1)
    assert not {"DOR", "CDOR", "TTR", "CTTR"} & set(found.index)


def test_death_without_progression():
    found = times([(42, "SD"), (84, "NE")], death=100)
    assert ending(found, "PFS") == (101, 1, "DEATH", "", "death", -1)
    assert ending(found, "TTP") == (85, 0, "LAST_ASSESSMENT", "DEATH", "response", 1)


def test_alive_without_progression():
    found = times([(42, "SD"), (84, "SD")], last_alive=120)
    assert ending(found, "OS") == (121, 0, "ALIVE", "", "alive", -1)
    assert ending(found, "PFS") == (85, 0, "LAST_ASSESSMENT", "", "response", 1)
    assert ending(found, "FU") == (121, 1, "ALIVE", "", "alive", -1)


def test_nothing_after_the_start():
    found = times()
    assert list(found.index) == ["OS", "PFS", "TTP", "FU"]
    assert ending(found, "OS") == (1, 0, "ALIVE", "", "start", -1)
    assert ending(found, "PFS") == (1, 0, "START", "NO_ASSESSMENT", "start", -1)


def test_death_on_the_day_of_progression_is_one_event_named_pd():
    found = times([(42, "PD")], death=42)
    assert ending(found, "PFS") == (43, 1, "PD", "", "response", 0)


def test_response_times_start_at_the_first_scan():
    found = times([(42, "PR"), (84, "SD"), (126, "PR"), (160, "CR"), (200, "PD")], death=250)
    assert ending(found, "TTR") == (43, 1, "RESPONSE", "", "response", 0)
    assert ending(found, "DOR") == (159, 1, "PD", "", "response", 4)
    assert ending(found, "CTTR") == (127, 1, "RESPONSE", "", "response", 2)
    assert ending(found, "CDOR") == (75, 1, "PD", "", "response", 4)


def test_all_params_in_their_order():
    found = times([(42, "PR"), (84, "PR")])
    assert tuple(found.index) == PARAMS
    assert ending(found, "DOR") == (43, 0, "LAST_ASSESSMENT", "", "response", 1)


def test_without_the_first_day_a_time_is_the_plain_difference():
    found = times([(42, "PD")], settings={"count_first_day": False})
    assert found.loc["PFS", "days"] == 42


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"new_therapy": "ignore"}, (127, 1, "PD", "", "response", 2)),
        ({"new_therapy": "censor"}, (43, 0, "LAST_ASSESSMENT", "NEW_THERAPY", "response", 0)),
        (
            {"new_therapy": "censor", "assessment_on_new_therapy_day_counts": True},
            (85, 0, "LAST_ASSESSMENT", "NEW_THERAPY", "response", 1),
        ),
        ({"new_therapy": "event"}, (85, 1, "NEW_THERAPY", "", "new_therapy", -1)),
    ],
)
def test_new_therapy(settings, expected):
    found = times([(42, "SD"), (84, "SD"), (126, "PD")], new_therapy=84, settings=settings)
    assert ending(found, "PFS") == expected


def test_new_therapy_is_no_event_of_ttp():
    found = times([(42, "SD")], new_therapy=84, settings={"new_therapy": "event"})
    assert ending(found, "TTP") == (43, 0, "LAST_ASSESSMENT", "", "response", 0)


@pytest.mark.parametrize(
    ("death", "counts", "event"), [(100, True, 1), (100, False, 0), (84, False, 1)]
)
def test_death_after_new_therapy(death, counts, event):
    settings = {"death_after_new_therapy_counts": counts}
    found = times([(42, "SD")], new_therapy=84, death=death, settings=settings)
    assert found.loc["PFS", "event"] == event
    assert found.loc["OS", "event"] == 1


@pytest.mark.parametrize(
    ("day", "counts", "expected"),
    [
        (60, True, (61, 1, "CLINICAL_PROGRESSION", "", "clinical_progression", -1)),
        (60, False, (85, 1, "PD", "", "response", 1)),
        (90, True, (85, 1, "PD", "", "response", 1)),
        (84, True, (85, 1, "PD", "", "response", 1)),
    ],
)
def test_clinical_progression(day, counts, expected):
    settings = {"clinical_progression_counts": counts}
    found = times([(42, "SD"), (84, "PD")], clinical_progression=day, settings=settings)
    assert ending(found, "PFS") == expected
    assert ending(found, "TTP") == expected


def test_clinical_progression_after_new_therapy_does_not_count():
    settings = {"clinical_progression_counts": True}
    found = times([(42, "SD")], clinical_progression=90, new_therapy=84, settings=settings)
    assert found.loc["PFS", "event"] == 0
    ignored = settings | {"new_therapy": "ignore"}
    found = times([(42, "SD")], clinical_progression=90, new_therapy=84, settings=ignored)
    assert found.loc["PFS", "event"] == 1


def test_clinical_progression_before_a_response_does_not_end_it():
    settings = {"clinical_progression_counts": True}
    found = times([(84, "PR"), (126, "PR")], clinical_progression=60, settings=settings)
    assert ending(found, "PFS")[:3] == (61, 1, "CLINICAL_PROGRESSION")
    assert ending(found, "DOR") == (43, 0, "LAST_ASSESSMENT", "", "response", 1)


@pytest.mark.parametrize(
    ("day", "event"), [pytest.param(42 + 98, 1, id="98 days"), pytest.param(42 + 99, 0, id="99")]
)
@pytest.mark.parametrize("gap", ["visits", "days"])
@pytest.mark.parametrize("kind", ["PD", "DEATH"])
def test_gap_of_two_visits(kind, gap, day, event):
    sequence = [(42, "SD")] + ([(day, "PD")] if kind == "PD" else [])
    death = day if kind == "DEATH" else None
    found = times(sequence, death=death, settings={"gap": gap})
    if event:
        assert ending(found, "PFS")[:3] == (day + 1, 1, kind)
    else:
        assert ending(found, "PFS") == (43, 0, "LAST_ASSESSMENT", "GAP", "response", 0)


@pytest.mark.parametrize(("day", "event"), [(294 + 42 + 84 + 14, 1), (294 + 42 + 84 + 15, 0)])
def test_gap_follows_the_schedule_when_the_interval_changes(day, event):
    """Every 6 weeks to week 48, then every 12: from day 294 the next visits are 336 and 420."""
    settings = {"gap": "visits", "visit_interval_days": ((336, 42), (None, 84))}
    sequence = [(42 * number, "SD") for number in range(1, 8)]
    found = times([*sequence, (day, "PD")], settings=settings)
    assert found.loc["PFS", "event"] == event


@pytest.mark.parametrize(("day", "event"), [(98, 1), (99, 0)])
def test_gap_counts_from_the_start_without_an_assessment(day, event):
    found = times(death=day, settings={"gap": "visits"})
    assert found.loc["PFS", "event"] == event
    if not event:
        assert ending(found, "PFS") == (1, 0, "START", "GAP", "start", -1)


def test_an_unreadable_scan_does_not_bridge_a_gap_of_evaluable_ones():
    sequence = [(42, "SD"), (100, "NE"), (160, "PD")]
    evaluable = {"gap": "visits", "adequate_assessment": "evaluable"}
    assert times(sequence, settings={"gap": "visits"}).loc["PFS", "event"] == 1
    assert times(sequence, settings=evaluable).loc["PFS", "event"] == 0


@pytest.mark.parametrize(("day", "event"), [(60, 1), (61, 0)])
def test_early_death_without_assessment(day, event):
    found = times(death=day, settings={"death_without_assessment_days": 60})
    assert found.loc["PFS", "event"] == event
    assert found.loc["OS", "event"] == 1
    seen = times([(42, "SD")], death=day, settings={"death_without_assessment_days": 60})
    assert seen.loc["PFS", "event"] == 1


@pytest.mark.parametrize(("kind", "days"), [("any", 127), ("evaluable", 85), ("all_lesions", 43)])
def test_adequate_assessment(kind, days):
    sequence = [(42, "SD"), (84, "PR"), (126, "NE")]
    settings = {"adequate_assessment": kind}
    found = times(sequence, adequate=[True, False, False], settings=settings)
    assert ending(found, "PFS")[:3] == (days, 0, "LAST_ASSESSMENT")
    assert found.loc["DOR", "days"] == max(days - 84, 1)


def test_all_lesions_need_the_column():
    with pytest.raises(ValueError, match="column adequate"):
        times([(42, "SD")], settings={"adequate_assessment": "all_lesions"})


@pytest.mark.parametrize(
    ("required", "adequate", "expected"),
    [
        (True, False, (1, 0, "START", "NO_BASELINE", "start", -1)),
        (True, True, (85, 1, "PD", "", "response", 1)),
        (False, False, (85, 1, "PD", "", "response", 1)),
    ],
)
def test_baseline(required, adequate, expected):
    settings = {"require_baseline": required}
    found = times([(42, "PR"), (84, "PD")], baseline_adequate=adequate, settings=settings)
    assert ending(found, "PFS") == expected
    if adequate is False and required:
        assert ending(found, "DOR")[:3] == (1, 0, "LAST_ASSESSMENT")


@pytest.mark.parametrize(
    ("text", "setting", "alive", "expected"),
    [
        ("2024-05", "first", None, "2024-05-01"),
        ("2024-05", "middle", None, "2024-05-15"),
        ("2024-05", "last", None, "2024-05-31"),
        ("2024", "first", None, "2024-01-01"),
        ("2024", "middle", None, "2024-07-01"),
        ("2024", "last", None, "2024-12-31"),
        ("2024-05", "first", "2024-05-20", "2024-05-20"),
        ("2024-05", "last", "2024-05-20", "2024-05-31"),
        ("2024-05", "first", "2024-06-02", "2024-05-31"),
        ("2024-05-10", "last", "2024-05-20", "2024-05-10"),
    ],
)
def test_partial_date_of_death(text, setting, alive, expected):
    found = times(death=text, last_alive=alive, settings={"partial_death_date": setting})
    assert found.loc["OS", "event_date"].date().isoformat() == expected
    assert found.loc["OS", "event"] == 1


@pytest.mark.parametrize(
    ("cut", "expected"),
    [
        (200, (151, 1, "DEATH", "", "death", -1)),
        (150, (151, 1, "DEATH", "", "death", -1)),
        (149, (150, 0, "ALIVE", "", "cut", -1)),
        (100, (101, 0, "ALIVE", "", "cut", -1)),
    ],
)
def test_cut_moves_survival(cut, expected):
    found = times([(42, "SD")], death=150, last_alive=120, cut=cut)
    assert ending(found, "OS") == expected


def test_cut_moves_progression():
    sequence = [(42, "PR"), (84, "PR"), (126, "PD")]
    assert ending(times(sequence, cut=126), "PFS") == (127, 1, "PD", "", "response", 2)
    assert ending(times(sequence, cut=125), "PFS") == (85, 0, "LAST_ASSESSMENT", "", "response", 1)
    assert "CDOR" not in times(sequence, cut=83).index
    assert ending(times(sequence, cut=41), "PFS")[2:4] == ("START", "NO_ASSESSMENT")
    assert times(sequence, cut=-1).empty


def test_new_therapy_after_the_cut_is_not_known():
    assert ending(times([(42, "SD")], new_therapy=90, cut=80), "PFS")[3] == ""


@pytest.mark.parametrize(
    ("counts", "expected"), [(True, (85, "response", 1)), (False, (61, "alive", -1))]
)
def test_an_assessment_shows_that_the_patient_lives(counts, expected):
    settings = {"alive_at_assessment": counts}
    found = times([(42, "SD"), (84, "SD")], last_alive=60, settings=settings)
    assert tuple(found.loc["OS", ["days", "source", "source_row"]]) == expected


@pytest.mark.parametrize(
    ("subject", "fda", "ema"),
    [
        pytest.param({"new_therapy": 50}, (43, 0), (85, 1), id="new therapy before PD"),
        pytest.param({"baseline_adequate": False}, (1, 0), (85, 1), id="no baseline"),
        pytest.param({}, (85, 1), (85, 1), id="plain PD"),
    ],
)
def test_presets_on_the_agencies_table(subject, fda, ema):
    sequence = [(42, "SD"), (84, "PD")]
    for rules, expected in ((FDA_TYPE, fda), (EMA_TYPE, ema)):
        assert (
            tuple(times(sequence, rules=rules, **subject).loc["PFS", ["days", "event"]]) == expected
        )


def test_presets_after_two_missed_visits():
    sequence = [(42, "SD"), (168, "PD")]
    assert times(sequence, rules=FDA_TYPE).loc["PFS", "days"] == 43
    assert times(sequence, rules=EMA_TYPE).loc["PFS", "days"] == 169


def test_an_empty_trial():
    subjects = pd.DataFrame({"subject": [], "start_date": []})
    responses = pd.DataFrame({"subject": [], "date": [], "overall": []})
    assert time_to_event(subjects, responses).empty
