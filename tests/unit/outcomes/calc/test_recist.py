"""Each row of RECIST's tables, with one case on each side of every threshold."""

import pandas as pd
import pytest

from outcomes.calc.lesions import BadRows, find_problems
from outcomes.calc.recist import timepoint_responses
from outcomes.calc.rules import EndpointRules


def column(scans, name="overall", **options):
    settings = EndpointRules.from_mapping(options.pop("rules", {}))
    return list(timepoint_responses(*scans.frames(), rules=settings, **options)[name])


@pytest.mark.parametrize(
    ("baseline", "values", "expected"),
    [
        pytest.param(14.0, [9.8], "PR", id="exactly -30 %, wrong in floats"),
        pytest.param(14.0, [9.9], "SD", id="just under 30 %"),
        pytest.param(27.0, [32.4], "PD", id="exactly +20 %, wrong in floats"),
        pytest.param(27.0, [32.3], "SD", id="just under +20 %"),
        pytest.param(40.0, [3.2, 8.2], "PD", id="exactly +5 mm, wrong in floats"),
        pytest.param(40.0, [3.2, 8.1], "PR", id="just under +5 mm"),
        pytest.param(100.0, [60.0, 71.9], "SD", id="from nadir just under 20 %"),
        pytest.param(100.0, [60.0, 72.0], "PD", id="from nadir, still 28 % under baseline"),
        pytest.param(100.0, [50.0, 60.0], "PD", id="PD is tested before PR"),
        pytest.param(20.0, [24.0], "SD", id="20 % but 4 mm"),
        pytest.param(20.0, [25.0], "PD", id="25 % and 5 mm"),
        pytest.param(100.0, [119.9], "SD", id="baseline is a nadir, below"),
        pytest.param(100.0, [120.0], "PD", id="baseline is a nadir, at"),
        pytest.param(20.0, [0.0], "CR", id="gone"),
        pytest.param(20.0, ["ABSENT"], "CR", id="absent is 0 mm"),
        pytest.param(20.0, [0.1], "PR", id="a tenth left"),
        pytest.param(7.0, ["TOO SMALL"], "SD", id="too small is 5 mm: 71 %"),
        pytest.param(8.0, ["TOO SMALL"], "PR", id="too small is 5 mm: 62.5 %"),
        pytest.param(20.0, ["NOT EVALUABLE"], "NE", id="not readable is missing"),
        pytest.param(20.0, ["PRESENT"], "NE", id="seen without a number is missing"),
        pytest.param(20.0, [None], "NE", id="no row is missing"),
    ],
)
def test_one_target(scans, baseline, values, expected):
    assert column(scans.lesion("T1", values, baseline=baseline))[-1] == expected


@pytest.mark.parametrize(
    ("node_mm", "lesion_mm", "overall", "rule"),
    [
        pytest.param(9.9, 0.0, "CR", "CR-NODES", id="node just under 10 mm"),
        pytest.param(10.0, 0.0, "PR", "PR-30", id="node of 10 mm"),
        pytest.param(0.0, 0.0, "CR", "CR-ALL-GONE", id="all 0 mm"),
        pytest.param(2.0, 1.0, "PR", "PR-30", id="sum of 3 mm is no CR"),
    ],
)
def test_nodes_are_gone_below_10_mm(scans, node_mm, lesion_mm, overall, rule):
    scans.lesion("T1", [lesion_mm], baseline=30.0).lesion("T2", [node_mm], baseline=16.0, node="Y")
    assert column(scans) == [overall]
    assert column(scans, "rule") == [rule]


def test_a_node_below_10_mm_still_counts_in_the_sum(scans):
    scans.lesion("T1", [20.0, 20.0], baseline=30.0).lesion(
        "T2", [4.0, 9.0], baseline=16.0, node="Y"
    )
    assert column(scans, "sum_mm") == [24.0, 29.0]
    assert column(scans) == ["PR", "PD"]


@pytest.mark.parametrize(
    ("read_mm", "overall", "rule"),
    [(36.0, "PD", "PD-20-5-PARTIAL"), (35.9, "NE", "NE-MISSING"), (0.0, "NE", "NE-MISSING")],
)
def test_a_missing_lesion_hides_all_but_proven_progression(scans, read_mm, overall, rule):
    scans.lesion("T1", [read_mm], baseline=20.0).lesion("T2", [None], baseline=10.0)
    result = timepoint_responses(*scans.frames()).iloc[0]
    assert (result["overall"], result["rule"]) == (overall, rule)
    assert pd.isna(result["sum_mm"])
    assert pd.isna(result["change_pct"])
    assert (result["measured_mm"], result["targets_missing"]) == (read_mm, 1)


def test_an_incomplete_sum_never_becomes_the_nadir(scans):
    scans.lesion("T1", [10.0, 30.0], baseline=30.0).lesion("T2", [None, 20.0], baseline=20.0)
    assert column(scans, "nadir_mm") == [50.0, 50.0]
    assert column(scans) == ["NE", "SD"]


def test_nadir_is_the_smallest_before_the_visit(scans):
    scans.lesion("T1", [90.0, 60.0, 70.0, 50.0, 80.0], baseline=100.0)
    assert column(scans, "nadir_mm") == [100.0, 90.0, 60.0, 60.0, 50.0]
    assert column(scans, "change_pct") == pytest.approx([-10, -40, -30, -50, -20])
    assert column(scans, "nadir_change_pct")[-1] == pytest.approx(60)


@pytest.mark.parametrize(
    ("states", "node", "expected"),
    [
        (["ABSENT", "ABSENT"], "N", "CR"),
        (["ABSENT", "PRESENT"], "N", "NON-CR/NON-PD"),
        (["INCREASED", "ABSENT"], "N", "NON-CR/NON-PD"),
        (["TOO SMALL", "ABSENT"], "N", "NON-CR/NON-PD"),
        (["ABSENT", "NOT EVALUABLE"], "N", "NE"),
        (["PRESENT", None], "N", "NE"),
        (["UNEQUIVOCAL PROGRESSION", "NOT EVALUABLE"], "N", "PD"),
        ([9.9, "ABSENT"], "Y", "CR"),
        ([10.0, "ABSENT"], "Y", "NON-CR/NON-PD"),
        ([9.9, "ABSENT"], "N", "NON-CR/NON-PD"),
    ],
)
def test_nontarget_disease_only(scans, states, node, expected):
    for number, state in enumerate(states):
        scans.lesion(f"N{number}", [state], kind="NON-TARGET", node=node)
    assert column(scans, "nontarget") == [expected]
    assert column(scans) == [expected]
    assert column(scans, "target") == [""]


TARGETS = {"CR": 0.0, "PR": 20.0, "SD": 35.0, "PD": 60.0, "NE": "NOT EVALUABLE"}
NONTARGETS = {
    "CR": "ABSENT",
    "NON-CR/NON-PD": "PRESENT",
    "NE": "NOT EVALUABLE",
    "PD": "UNEQUIVOCAL PROGRESSION",
}


@pytest.mark.parametrize("nontarget", NONTARGETS)
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("new", [False, True])
def test_overall_table(scans, target, nontarget, new):
    scans.lesion("T1", [TARGETS[target]], baseline=40.0)
    scans.lesion("N1", [NONTARGETS[nontarget]], kind="NON-TARGET")
    if new:
        scans.lesion("X1", ["PRESENT"], kind="NEW TARGET", new="V1", sure="Y")
    expected = target
    if target == "CR" and nontarget != "CR":
        expected = "PR"
    if new or "PD" in (target, nontarget):
        expected = "PD"
    assert column(scans) == [expected]
    assert column(scans, "target") == [target]
    assert column(scans, "nontarget") == [nontarget]


def test_progression_names_every_rule_that_fired(scans):
    scans.lesion("T1", [60.0], baseline=40.0)
    scans.lesion("N1", ["UNEQUIVOCAL PROGRESSION"], kind="NON-TARGET")
    scans.lesion("X1", [12.0], kind="NEW TARGET", new="V1", sure="Y")
    assert column(scans, "rule") == ["PD-20-5+PD-NON-TARGET+PD-NEW-LESION"]


@pytest.mark.parametrize(
    ("state", "rule"),
    [("PRESENT", "PR-NON-TARGET-LEFT"), ("NOT EVALUABLE", "PR-NON-TARGET-NE")],
)
def test_complete_targets_with_nontargets_name_why_it_is_partial(scans, state, rule):
    scans.lesion("T1", [0.0], baseline=40.0).lesion("N1", [state], kind="NON-TARGET")
    assert column(scans, "rule") == [rule]


def test_equivocal_new_lesion_is_reviewed_and_dated_back_once_confirmed(scans):
    scans.lesion("T1", [35.0, 35.0, 35.0], baseline=40.0)
    scans.lesion("X1", [None, "PRESENT", "PRESENT"], kind="NEW NON-TARGET", new="V2", sure="N")
    assert column(scans) == ["SD", "SD", "SD"]
    assert column(scans, "review") == ["", "EQUIVOCAL-NEW-LESION", "EQUIVOCAL-NEW-LESION"]
    scans.scans[-1][-1] = "UNEQUIVOCAL PROGRESSION"
    assert column(scans) == ["SD", "PD", "PD"]


def test_a_new_lesion_stays_until_it_is_seen_to_be_gone(scans):
    scans.lesion("T1", [35.0, 35.0, 35.0], baseline=40.0)
    scans.lesion("X1", [12.0, None, "ABSENT"], kind="NEW TARGET", new="V1", sure="Y")
    assert column(scans) == ["PD", "PD", "SD"]
    assert column(scans, "new_lesion") == [True, True, False]


def test_without_disease_at_baseline_only_a_new_lesion_says_something(scans):
    scans.lesion("X1", [None, "PRESENT"], kind="NEW TARGET", new="V2", sure="Y")
    assert column(scans) == ["NE", "PD"]
    assert column(scans, "rule") == ["NE-NO-DISEASE", "PD-NEW-LESION"]


@pytest.mark.parametrize(("sticky", "last"), [(True, "PR"), (False, "SD")])
def test_sticky_partial_response_of_the_eortc_example(scans, sticky, last):
    scans.lesion("T1", [70.0, 70.0, 80.0, 80.0, 80.0], baseline=100.0)
    found = column(scans, rules={"sticky_partial_response": sticky})
    assert found == ["PR", "PR", last, last, last]


def test_sticky_partial_response_ends_with_progression(scans):
    scans.lesion("T1", [70.0, 84.0, 80.0], baseline=100.0)
    assert column(scans, rules={"sticky_partial_response": True}) == ["PR", "PD", "SD"]


@pytest.mark.parametrize(
    ("mm", "setting", "overall", "rule", "review"),
    [
        (4.9, "pd", "PD", "PD-AFTER-CR", ""),
        (4.9, "sum_rule", "PR", "PR-30", "CR-QUESTIONED+NADIR-0"),
        (5.0, "sum_rule", "PD", "PD-20-5", ""),
    ],
)
def test_a_target_back_after_complete_response(scans, mm, setting, overall, rule, review):
    scans.lesion("T1", [0.0, mm], baseline=40.0)
    last = timepoint_responses(
        *scans.frames(), rules=EndpointRules(after_complete_response=setting)
    ).iloc[-1]
    assert (last["overall"], last["rule"], last["review"]) == (overall, rule, review)


@pytest.mark.parametrize(("setting", "overall"), [("pd", "PD"), ("sum_rule", "NON-CR/NON-PD")])
def test_a_nontarget_back_after_complete_response(scans, setting, overall):
    scans.lesion("N1", ["ABSENT", "PRESENT"], kind="NON-TARGET")
    assert column(scans, rules={"after_complete_response": setting}) == ["CR", overall]


@pytest.mark.parametrize(("setting", "overall"), [("pd", "PD"), ("sum_rule", "PR")])
@pytest.mark.parametrize("kind", ["TARGET", "NON-TARGET"])
def test_a_node_back_after_complete_response(scans, kind, setting, overall):
    scans.lesion("T1", [0.0, 0.0], baseline=40.0)
    baseline = 16.0 if kind == "TARGET" else None
    scans.lesion("L1", [9.0, 10.0], kind=kind, baseline=baseline, node="Y")
    rules = {"node_after_complete_response": setting, "after_complete_response": "pd"}
    assert column(scans, rules=rules) == ["CR", overall]


@pytest.mark.parametrize(("setting", "overall"), [("pd", "PD"), ("sum_rule", "PR")])
def test_nadir_zero_without_overall_complete_response(scans, setting, overall):
    scans.lesion("T1", [0.0, 4.9], baseline=40.0)
    scans.lesion("N1", ["PRESENT", "PRESENT"], kind="NON-TARGET")
    assert column(scans, rules={"nadir_zero": setting}) == ["PR", overall]


def test_without_a_smallest_growth_20_percent_is_enough(scans):
    scans.lesion("T1", [20.0, 24.0], baseline=20.0)
    assert column(scans, rules={"pd_min_increase_mm": None}) == ["SD", "PD"]
    assert column(scans, criteria="mRECIST") == ["SD", "SD"]


def test_a_time_point_over_several_days_is_dated_by_what_it_shows(scans):
    scans.lesion("T1", [60.0], baseline=40.0).lesion("T2", [10.0], baseline=10.0)
    scans.lesion("X1", [12.0], kind="NEW TARGET", new="V1", sure="Y")
    for row, day in zip(scans.scans, ["2024-02-12", "2024-02-14", "2024-02-13"], strict=True):
        row[2] = day
    day = lambda **rules: column(scans, "date", rules=rules)[0].date().isoformat()  # noqa: E731
    assert day() == "2024-02-13"
    assert day(time_point_date="first_day") == "2024-02-12"
    scans.lesions[-1][-1] = "N"
    assert day() == "2024-02-14"
    scans.scans[0][4] = 40.0
    assert day() == "2024-02-14"


def test_nontarget_progression_is_dated_by_its_own_scan(scans):
    scans.lesion("T1", [40.0], baseline=40.0)
    scans.lesion("N1", ["UNEQUIVOCAL PROGRESSION"], kind="NON-TARGET")
    scans.scans[0][2] = "2024-02-20"
    assert column(scans, "date")[0].date().isoformat() == "2024-02-12"


def test_a_partial_date_is_completed_by_the_setting(scans):
    scans.lesion("T1", [40.0], baseline=40.0)
    scans.scans[0][2] = "2024-02"
    assert column(scans, "date")[0].date().isoformat() == "2024-02-29"
    early = column(scans, "date", rules={"partial_scan_date": "first"})
    assert early[0].date().isoformat() == "2024-02-01"


def mrecist_frames(scans):
    scans.lesion("T1", [30.0], baseline=40.0).lesion("T2", [10.0], baseline=10.0)
    scans.lesion("N1", ["PRESENT"], kind="NON-TARGET")
    lesions, assessments = scans.frames()
    lesions["baseline_viable_mm"] = [35.0, None, None]
    assessments["viable_mm"] = [0.0, None, None]
    return lesions, assessments


def test_mrecist_follows_the_viable_part_and_extrahepatic_lesions_whole(scans):
    frames = mrecist_frames(scans)
    whole = timepoint_responses(*frames).iloc[0]
    viable = timepoint_responses(*frames, criteria="mRECIST").iloc[0]
    assert (whole["baseline_mm"], whole["sum_mm"], whole["overall"]) == (50.0, 40.0, "SD")
    assert (viable["baseline_mm"], viable["sum_mm"], viable["overall"]) == (45.0, 10.0, "PR")
    assert (whole["nontarget"], viable["nontarget"]) == ("NON-CR/NON-PD", "IR/SD")


def test_mrecist_without_the_viable_diameter_is_missing_not_whole(scans):
    lesions, assessments = mrecist_frames(scans)
    assessments["viable_mm"] = None
    assert list(timepoint_responses(lesions, assessments, criteria="mRECIST")["overall"]) == ["NE"]


@pytest.mark.parametrize(
    ("viable", "target", "nontarget"), [(10.0, "CR", "IR/SD"), (9.9, "", "IR/SD")]
)
def test_mrecist_target_has_a_viable_part_of_10_mm(scans, viable, target, nontarget):
    scans.lesion("T1", [35.0], baseline=35.0)
    scans.lesion("N1", ["PRESENT"], kind="NON-TARGET")
    lesions, assessments = scans.frames()
    lesions["baseline_viable_mm"] = [viable, None]
    assessments["viable_mm"] = [0.0, None]
    found = timepoint_responses(lesions, assessments, criteria="mRECIST").iloc[0]
    assert (found["target"], found["nontarget"]) == (target, nontarget)
    assert timepoint_responses(lesions, assessments).iloc[0]["target"] == "SD"


def test_empty_tables_give_an_empty_result(scans):
    assert timepoint_responses(*scans.frames()).empty


@pytest.mark.parametrize(
    ("table", "place", "value", "reason"),
    [
        ("lesions", ("kind",), "TUMOR", "the kind must be one of"),
        ("lesions", ("subject",), "", "the subject is missing"),
        ("lesions", ("baseline_mm",), None, "a target lesion needs its baseline"),
        ("lesions", ("baseline_mm",), -1, "the baseline must be a number of at least 0 mm"),
        ("lesions", ("lymph_node",), "yes", "lymph_node must be Y or N"),
        ("assessments", ("lesion",), "T9", "the lesion is not in the table of lesions"),
        ("assessments", ("mm",), -0.1, "mm must be a number of at least 0"),
        ("assessments", ("mm",), "12mm", "mm must be a number of at least 0"),
        ("assessments", ("date",), "12/02/2024", "the date must be like 2026-11-30"),
        ("assessments", ("date",), "", "the date must be like 2026-11-30"),
        ("assessments", ("visit",), "", "the visit is missing"),
        ("assessments", ("state",), "GREW", "the state must be one of PRESENT"),
        ("assessments", ("state",), "ABSENT", "an absent lesion cannot have a diameter"),
    ],
)
def test_a_bad_row_is_refused_with_table_row_and_reason(scans, table, place, value, reason):
    scans.lesion("T1", [20.0], baseline=20.0)
    frames = dict(zip(["lesions", "assessments"], scans.frames(), strict=True))
    frame = frames[table].astype(object)
    frame.loc[0, place[0]] = value
    frames[table] = frame
    found = [p for p in find_problems(**frames) if p.table == table]
    assert [p.row for p in found if p.reason.startswith(reason)] == [0]
    with pytest.raises(BadRows, match=r"row 0"):
        timepoint_responses(**frames)


def test_doubled_rows_and_unseen_new_lesions_are_refused(scans):
    scans.lesion("T1", [20.0], baseline=20.0).lesion("T1", [21.0], baseline=20.0)
    scans.lesion("X1", [None], kind="NEW TARGET", new="V7", sure="Y")
    reasons = {(p.table, p.row): p.reason for p in find_problems(*scans.frames())}
    assert reasons["lesions", 1] == "the lesion is listed twice"
    assert reasons["lesions", 2].startswith("a new lesion needs the visit")
    assert reasons["assessments", 1] == "the lesion is read twice at this visit"
