"""The 24 points of ONCOLOGY 4.3: each set in a trial's definition, with a case on each side."""

from dataclasses import fields
from datetime import date

import pandas as pd
import pytest
from django.conf import settings

from enrollment.actions import load_definition
from enrollment.calc.definition import parse
from enrollment.calc.definition.endpoints import Endpoints
from outcomes.actions.nightly import queue_run
from outcomes.actions.snapshot import complete_run
from outcomes.calc.best_response import best_responses
from outcomes.calc.endpoints import time_to_event
from outcomes.calc.irecist import irecist_responses
from outcomes.calc.recist import timepoint_responses
from outcomes.calc.rules import EndpointRules
from outcomes.calc.snapshot.curves import summarize_curve
from outcomes.calc.snapshot.settings import endpoint_rules
from outcomes.models import Snapshot
from tests.factories import SMALL_TRIAL
from tests.integration.outcomes.story import Story
from tests.integration.outcomes.test_grouped_results import grouped
from tests.integration.outcomes.test_snapshot import rows
from tests.integration.outcomes.two_arms import fill, make
from tests.integration.outcomes.two_arms import night as grouped_night

START = pd.Timestamp("2024-01-01")
PR_42 = {"responses": [(42, "PR")]}
PD_84 = {"responses": [(42, "SD"), (84, "PD")]}
SWITCHED = {"responses": [(42, "SD"), (84, "PD")], "new_therapy": 60}
LATE_PD = {"responses": [(42, "SD"), (141, "PD")]}


def small(text):
    """The small trial; what it sets of its own stands in the text."""
    source = SMALL_TRIAL.read_text("utf-8").replace('preset = "fda_type"', 'preset = "ema_type"')
    name, _, value = text.partition(" = ")
    if name in Endpoints.model_fields:
        kept = [line for line in source.splitlines() if not line.startswith(f"{name} = ")]
        return "\n".join(kept).replace("[endpoints]", f"[endpoints]\n{text}")
    lines = "\n".join(text.split("; "))
    return source.replace("[verification]", f"[endpoints.overrides]\n{lines}\n[verification]")


def day(value):
    return pd.NaT if value is None else START + pd.Timedelta(days=value)


def tables(patient):
    subject = {
        "subject": 1,
        "start_date": START,
        "death_date": patient.get("death", ""),
        "baseline_adequate": patient.get("baseline", True),
    }
    for name in ("new_therapy", "clinical_progression", "last_alive"):
        subject[f"{name}_date"] = day(patient.get(name))
    found = [(1, day(on), said, said != "PR") for on, said in patient["responses"]]
    responses = pd.DataFrame(found, columns=["subject", "date", "overall", "adequate"])
    return pd.DataFrame([subject]), responses.astype({"date": "datetime64[ns]"})


def best(name):
    def read(rules, patient):
        return best_responses(*tables(patient), rules=rules)[name].iloc[0]

    return read


def time(param):
    def read(rules, patient):
        times = time_to_event(*tables(patient), rules=rules).set_index("param")
        return tuple(int(value) for value in times.loc[param, ["days", "event"]])

    return read


def last_point(rules, sums, node="N"):
    """Overall response of the last of several scans of one target of 100 mm at baseline."""
    lesion = [1, "T1", "TARGET", node, 100.0, "", ""]
    names = ["subject", "lesion", "kind", "lymph_node", "baseline_mm", "first_seen_visit"]
    lesions = pd.DataFrame([lesion], columns=[*names, "unequivocal"])
    scans = [
        [1, f"V{n}", scan, "T1", size, state] for n, (scan, size, state) in enumerate(sums, start=1)
    ]
    columns = ["subject", "visit", "date", "lesion", "mm", "state"]
    return timepoint_responses(lesions, pd.DataFrame(scans, columns=columns), rules=rules).iloc[-1]


def scans(*sizes):
    return [(f"2024-0{n}-01", size, "") for n, size in enumerate(sizes, start=1)]


def overall(rules, sizes):
    return last_point(rules, scans(*sizes))["overall"]


def node(rules, sizes):
    return last_point(rules, scans(*sizes), node="Y")["overall"]


def date_of(rules, found):
    return f"{last_point(rules, found)['date']:%m-%d}"


def sum_of(rules, found):
    return last_point(rules, found)["sum_mm"]


def two_days(rules, _patient):
    lesions = [[1, f"T{n}", "TARGET", "N", 50.0, "", ""] for n in (1, 2)]
    names = ["subject", "lesion", "kind", "lymph_node", "baseline_mm", "first_seen_visit"]
    found = [[1, "V1", f"2024-02-0{n}", f"T{n}", 20.0, ""] for n in (1, 2)]
    columns = ["subject", "visit", "date", "lesion", "mm", "state"]
    frames = pd.DataFrame(lesions, columns=[*names, "unequivocal"]), pd.DataFrame(found)
    frames[1].columns = columns
    return f"{timepoint_responses(*frames, rules=rules)['date'].iloc[0]:%m-%d}"


def irecist(rules, gap):
    """The answer so many days after a first progression, with a further rise of 5 mm."""
    names = ["subject", "lesion", "kind", "lymph_node", "baseline_mm", "first_seen_visit"]
    lesions = pd.DataFrame(
        [[1, "T1", "TARGET", "N", 100.0, "", ""]], columns=[*names, "unequivocal"]
    )
    found = [[1, f"V{n}", day(n * gap), "T1", size, ""] for n, size in ((1, 120), (2, 125))]
    columns = ["subject", "visit", "date", "lesion", "mm", "state"]
    frames = lesions, pd.DataFrame(found, columns=columns)
    return irecist_responses(*frames, rules=rules)["irecist"].iloc[-1]


def curve(name):
    def read(rules, _patient):
        times = pd.DataFrame({"days": [10, 20, 30, 40], "event": [1, 1, 1, 0]})
        found = summarize_curve(times, endpoint="os", criteria=None, rules=rules)[name]
        return round(found[1] if isinstance(found, list) else found, 3)

    return read


CASES = [
    # point, how it is read, of what; the setting and what comes of it, on either side
    (4, best("bor"), {"responses": [(42, "SD")]}, "minimum_sd_days = 42", "SD",
     "minimum_sd_days = 43", "NE"),
    (4, best("bor"), {"responses": [(42, "SD")]}, "min_sd_days = 42", "SD", "min_sd_days = 43",
     "NE"),
    (4, best("cb"), {"responses": [(42, "SD")]}, "benefit_days = 42", "Y", "benefit_days = 43",
     "N"),
    (4, best("cb"), {"responses": [(77, "SD")]}, "clinical_benefit_week = 12", "Y",
     "clinical_benefit_week = 13", "N"),
    (5, best("cbor"), {"responses": [(42, "PR"), (70, "PR")]}, "confirmation_days = 28", "PR",
     "confirmation_days = 29", "SD"),
    (6, best("cbor"), {"responses": [(42, "PR"), (56, "NE"), (84, "PR")]}, "max_ne_between = 1",
     "PR", "max_ne_between = 0", "SD"),
    (7, best("cbor"), {"responses": [(42, "PR"), (56, "SD"), (84, "PR")]}, "max_sd_between = 1",
     "PR", "max_sd_between = 0", "SD"),
    (8, overall, (70, 80), "sticky_partial_response = true", "PR",
     "sticky_partial_response = false", "SD"),
    (9, overall, (0, 4), 'after_complete_response = "pd"', "PD",
     'after_complete_response = "sum_rule"', "PR"),
    (9, node, (8, 10), 'node_after_complete_response = "pd"', "PD",
     'node_after_complete_response = "sum_rule"', "PR"),
    (9, overall, (0, 4), 'nadir_zero = "pd"', "PD", 'nadir_zero = "sum_rule"', "PR"),
    (10, best("bor"), {"responses": []}, 'no_assessment = "MISSING"', "MISSING",
     'no_assessment = "NE"', "NE"),
    (11, time("PFS"), SWITCHED, 'new_therapy = "censor"', (43, 0), 'new_therapy = "event"',
     (61, 1)),
    (11, time("PFS"), SWITCHED, 'new_therapy = "censor"', (43, 0), 'new_therapy = "ignore"',
     (85, 1)),
    (11, best("bor"), PR_42 | {"new_therapy": 42},
     'new_therapy = "censor"; assessment_on_new_therapy_day_counts = true', "PR",
     'new_therapy = "censor"; assessment_on_new_therapy_day_counts = false', "MISSING"),
    (12, time("PFS"), {"responses": [(42, "SD")], "new_therapy": 60, "death": "2024-03-11"},
     'new_therapy = "censor"; death_after_new_therapy_counts = true', (71, 1),
     'new_therapy = "censor"; death_after_new_therapy_counts = false', (43, 0)),
    (13, time("PFS"), LATE_PD, 'gap = "off"', (142, 1), 'gap = "visits"', (43, 0)),
    (13, time("PFS"), LATE_PD, 'gap = "visits"; gap_visits = 3', (142, 1),
     'gap = "visits"; gap_visits = 2', (43, 0)),
    (13, time("PFS"), LATE_PD, 'gap = "days"; gap_days = 99', (142, 1),
     'gap = "days"; gap_days = 98', (43, 0)),
    (13, time("PFS"), LATE_PD, 'gap = "visits"; visit_window_days = 8', (142, 1),
     'gap = "visits"; visit_window_days = 7', (43, 0)),
    (13, time("PFS"), LATE_PD, 'gap = "visits"; visit_interval_days = [[84, 42], [0, 84]]',
     (142, 1), 'gap = "visits"; visit_interval_days = [[336, 42], [0, 84]]', (43, 0)),
    (14, time("PFS"), {"responses": [(42, "SD"), (84, "NE")]}, 'adequate_assessment = "any"',
     (85, 0), 'adequate_assessment = "evaluable"', (43, 0)),
    (14, time("PFS"), {"responses": [(42, "SD"), (84, "PR")]},
     'adequate_assessment = "evaluable"', (85, 0), 'adequate_assessment = "all_lesions"', (43, 0)),
    (14, time("OS"), PR_42 | {"last_alive": 20}, "alive_at_assessment = true", (43, 0),
     "alive_at_assessment = false", (21, 0)),
    (15, time("PFS"), PD_84 | {"baseline": False}, "require_baseline = false", (85, 1),
     "require_baseline = true", (1, 0)),
    (15, time("PFS"), {"responses": [], "death": "2024-02-29"},
     "death_without_assessment_days = 59", (60, 1), "death_without_assessment_days = 58", (1, 0)),
    (16, time("PFS"), PD_84 | {"clinical_progression": 50}, "clinical_progression_counts = true",
     (51, 1), "clinical_progression_counts = false", (85, 1)),
    (17, time("OS"), {"responses": [], "death": "2024-03"}, 'partial_death_date = "first"', (61, 1),
     'partial_death_date = "middle"', (75, 1)),
    (17, time("OS"), {"responses": [], "death": "2024-03"}, 'partial_death_date = "first"', (61, 1),
     'partial_death_date = "last"', (91, 1)),
    (19, time("PFS"), PD_84, "count_first_day = true", (85, 1), "count_first_day = false", (84, 1)),
    (20, curve("median"), None, "days_per_month = 10.0", 2.5, "days_per_month = 25.0", 1.0),
    (21, curve("lower"), None, 'survival_interval = "log-log"', 0.128,
     'survival_interval = "log"', 0.426),
    (21, curve("level"), None, "confidence_level = 0.9", 0.9, "confidence_level = 0.95", 0.95),
    # Settings of the time point, sections 1.2, 1.7, 2 and 3
    (3, overall, (10, 12), "pd_min_increase_mm = 2", "PD", "pd_min_increase_mm = 2.1", "PR"),
    (3, sum_of, [("2024-02-01", None, "TOO SMALL")], "too_small_mm = 5", 5.0, "too_small_mm = 3",
     3.0),
    (3, two_days, None, 'time_point_date = "by_response"', "02-02", 'time_point_date = "first_day"',
     "02-01"),
    (3, irecist, 28, "icpd_min_days = 28", "iCPD", "icpd_min_days = 29", "iUPD"),
    (3, date_of, [("2024-02", 90, "")], 'partial_scan_date = "last"', "02-29",
     'partial_scan_date = "middle"', "02-15"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("point", "read", "data", "one", "expected", "other", "then"),
    [pytest.param(*case, id=f"{case[0]} {case[3]}") for case in CASES],
)
def test_setting_of_the_definition_decides(point, read, data, one, expected, other, then):
    assert read(endpoint_rules(parse(small(one))), data) == expected
    assert read(endpoint_rules(parse(small(other))), data) == then


def told(setting):
    """The night of a trial with this setting: one patient progresses on day 84, 2026-03-26."""
    file = settings.BASE_DIR / "enrollment" / "definitions" / "hcc-single-arm.toml"
    name = setting.partition(" = ")[0]
    kept = [
        line
        for line in file.read_text("utf-8").splitlines()
        if not (line.startswith(f"{name} = ") and name in Endpoints.model_fields)
    ]
    heading = "[trial]" if name == "tumor_criteria" else "[endpoints]"
    if name == "tumor_criteria":
        kept = [line for line in kept if not line.startswith("tumor_criteria = ")]
    source = "\n".join(kept).replace(heading, f"{heading}\n{setting}", 1)
    version = load_definition(source, by=None).version
    Story(version, "A01-001").scan(-7, 100).scan(42, 60).scan(84, 90)
    Story(version, "A01-002", dosed=False).scan(-7, 50).scan(42, 52)
    complete_run(queue_run(version.trial, by=None, cut_on=date(2026, 6, 30)).pk)
    return Snapshot.objects.current(version.trial)


def progression(snapshot):
    [found] = [
        row
        for row in rows(snapshot, "time_to_event")
        if (row["patient"], row["endpoint"], row["criteria"]) == ("A01-001", "PFS", "recist_1_1")
    ]
    return found["days"], found["event"]


def counted(snapshot):
    return snapshot.summary["population"]["n"]


def criteria(snapshot):
    return sorted({row["criteria"] for row in rows(snapshot, "responses")})


def read_scans(snapshot):
    return sum(row["criteria"] == "recist_1_1" for row in rows(snapshot, "responses"))


NIGHTS = [
    # All scans of the story were read by the investigator.
    (2, read_scans, 'reader = "investigator"', 3),
    (2, read_scans, 'reader = "central"', 0),
    (1, progression, 'reference_date = "first_dose"', ("85", "1")),
    (1, progression, 'reference_date = "enrollment"', ("86", "1")),
    (3, criteria, 'tumor_criteria = ["recist_1_1"]', ["recist_1_1"]),
    (3, criteria, 'tumor_criteria = ["recist_1_1", "irecist"]', ["irecist", "recist_1_1"]),
    (18, progression, "data_cut_on = 2026-03-26", ("85", "1")),
    (18, progression, "data_cut_on = 2026-03-25", ("43", "0")),
    (24, counted, 'population = "treated"', 1),
    (24, counted, 'population = "enrolled"', 2),
]


@pytest.mark.parametrize(
    ("point", "read", "setting", "expected"),
    [pytest.param(*case, id=f"{case[0]} {case[2]}") for case in NIGHTS],
)
def test_night_follows_the_setting(db, point, read, setting, expected):
    assert read(told(setting)) == expected


GROUPED = [
    (22, 'ties = "efron"', lambda found: "Efron" in str(found)),
    (22, 'ties = "breslow"', lambda found: "Breslow" in str(found)),
    (23, 'stratified_by = ["ecog"]', lambda found: found["stratified_by"] == ["ecog"]),
    (23, "stratified_by = []", lambda found: found["stratified_by"] == []),
]


@pytest.mark.parametrize(
    ("point", "setting", "holds"), [pytest.param(*case, id=case[1]) for case in GROUPED]
)
def test_comparison_of_the_arms_follows_the_setting(db, point, setting, holds):
    trial = make("open", setting)
    fill(trial)
    assert holds(grouped(grouped_night(trial)))


LISTS = {
    *("preset", "primary", "secondary", "exploratory", "overrides"),
    *("two_stage", "reference_arm", "safety_population", "safety_follow_up_days"),
    "laboratory_event_grade",
}
"""What of [endpoints] is none of the 24 points."""


def test_every_point_and_every_setting_has_its_cases():
    points = {case[0] for case in [*CASES, *NIGHTS, *GROUPED]}
    assert points == set(range(1, 25))
    said = [text for case in CASES for text in (case[3], case[5])]
    said += [case[2] for case in NIGHTS] + [case[1] for case in GROUPED]
    named = {part.partition(" = ")[0] for text in said for part in text.split("; ")}
    assert {item.name for item in fields(EndpointRules)} <= named
    assert set(Endpoints.model_fields) - LISTS <= named
