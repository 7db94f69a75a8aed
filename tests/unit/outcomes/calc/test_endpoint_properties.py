"""What must hold for any data (Hypothesis)."""

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from outcomes.calc.best_response import best_responses
from outcomes.calc.endpoints import time_to_event
from outcomes.calc.irecist import irecist_responses
from outcomes.calc.recist import timepoint_responses
from outcomes.calc.rules import EMA_TYPE, FDA_TYPE, EndpointRules

START = pd.Timestamp("2024-01-01")
RESPONSES = ["CR", "PR", "SD", "NON-CR/NON-PD", "PD", "NE"]

day = st.integers(1, 400)
maybe_day = st.none() | day
rule_sets = st.sampled_from(
    [
        EndpointRules(),
        EndpointRules(new_therapy="event", clinical_progression_counts=True, max_sd_between=1),
        FDA_TYPE,
        EMA_TYPE,
    ]
)
patient = st.fixed_dictionaries(
    {
        "responses": st.lists(st.tuples(day, st.sampled_from(RESPONSES)), max_size=8),
        "death": maybe_day,
        "last_alive": maybe_day,
        "new_therapy": maybe_day,
        "clinical_progression": maybe_day,
    }
)
trials = st.lists(patient, min_size=1, max_size=4)


def at(days):
    return pd.NaT if days is None else START + pd.Timedelta(days=days)


def tables(trial):
    names = ["death", "last_alive", "new_therapy", "clinical_progression"]
    subjects = pd.DataFrame(
        [
            {"subject": number, "start_date": START, **{f"{n}_date": at(one[n]) for n in names}}
            for number, one in enumerate(trial)
        ]
    )
    rows = [
        (number, at(days), response)
        for number, one in enumerate(trial)
        for days, response in one["responses"]
    ]
    responses = pd.DataFrame(rows, columns=["subject", "date", "overall"])
    return subjects, responses.astype({"date": "datetime64[ns]"})


@settings(max_examples=30, deadline=None)
@given(trials, rule_sets, st.randoms(use_true_random=False))
def test_order_of_rows_and_patients_never_matters(trial, rules, random):
    subjects, responses = tables(trial)
    mixed_subjects = subjects.loc[random.sample(list(subjects.index), len(subjects))]
    mixed = responses.loc[random.sample(list(responses.index), len(responses))]
    for derive, key in ((best_responses, ["subject"]), (time_to_event, ["subject", "param"])):
        expected = derive(subjects, responses, rules=rules).set_index(key).sort_index()
        found = derive(mixed_subjects, mixed, rules=rules).set_index(key).sort_index()
        pd.testing.assert_frame_equal(found, expected)


@settings(max_examples=30, deadline=None)
@given(trials, rule_sets, st.integers(0, 400), st.integers(0, 100))
def test_a_later_cut_never_removes_an_event(trial, rules, cut, later):
    subjects, responses = tables(trial)
    events = []
    for last in (at(cut), at(cut + later)):
        times = time_to_event(subjects, responses, rules=rules, cut=last)
        # the event of follow-up is to be alive
        times = times[(times["event"] == 1) & (times["param"] != "FU")]
        events.append(set(zip(times["subject"], times["param"], strict=True)))
    assert events[0] <= events[1]


@settings(max_examples=20, deadline=None)
@given(trials, rule_sets, st.integers(0, 400), st.integers(0, 100))
def test_a_later_cut_takes_back_no_response_and_no_progression(trial, rules, cut, later):
    subjects, responses = tables(trial)
    found = []
    for last in (at(cut), at(cut + later)):
        best = best_responses(subjects, responses, rules=rules, cut=last)
        names = ("rsp", "crsp", "cb", "ccb", "pd")
        found.append({(n, who) for n in names for who in best["subject"][best[n] == "Y"]})
    assert found[0] <= found[1]


@settings(max_examples=30, deadline=None)
@given(trials, rule_sets, st.integers(0, 400))
def test_nothing_is_dated_after_the_cut_or_before_its_start(trial, rules, cut):
    subjects, responses = tables(trial)
    times = time_to_event(subjects, responses, rules=rules, cut=at(cut))
    assert (times["event_date"] <= at(cut)).all()
    assert (times["event_date"] >= times["start_date"]).all()


@settings(max_examples=30, deadline=None)
@given(patient, rule_sets, st.lists(st.tuples(day, st.sampled_from(RESPONSES)), max_size=5))
def test_adding_data_after_progression_changes_no_response_and_no_time(one, rules, more):
    before = {**one, "responses": [r for r in one["responses"] if r[1] != "PD" and r[0] < 200]}
    before["responses"].append((200, "PD"))
    after = {**before, "responses": before["responses"] + [(200 + d, r) for d, r in more]}
    best = ["bor", "cbor", "rsp", "crsp", "cb", "ccb", "pd"]
    for trial in ([before], [after]):
        subjects, responses = tables(trial)
        found = (
            best_responses(subjects, responses, rules=rules)[best],
            time_to_event(subjects, responses, rules=rules)
            .query("param not in ['OS', 'FU'] and (event == 1 and event_date <= @END)")
            .drop(columns="source_row"),
        )
        if trial == [before]:
            expected = found
    for one_table, other in zip(found, expected, strict=True):
        pd.testing.assert_frame_equal(one_table, other)


END = at(200)

diameter = st.none() | st.integers(0, 400).map(lambda tenths: tenths / 10)
state = st.sampled_from(["PRESENT", "ABSENT", "NOT EVALUABLE", "UNEQUIVOCAL PROGRESSION"])
lesion_patient = st.fixed_dictionaries(
    {
        "targets": st.lists(st.tuples(st.integers(100, 400), st.booleans()), max_size=3),
        "nontargets": st.integers(0, 2),
        "visits": st.lists(
            st.tuples(st.lists(diameter, min_size=3, max_size=3), st.tuples(state, state)),
            min_size=1,
            max_size=6,
        ),
        "new_at": st.none() | st.integers(0, 5),
    }
)
lesion_rules = st.sampled_from(
    [
        EndpointRules(),
        EndpointRules(
            sticky_partial_response=True,
            after_complete_response="pd",
            node_after_complete_response="pd",
            nadir_zero="pd",
        ),
    ]
)


def lesion_tables(patients):
    lesions, scans = [], []
    for subject, one in enumerate(patients):
        for number, (baseline, node) in enumerate(one["targets"]):
            name = f"T{number}"
            lesions.append([subject, name, "TARGET", "NY"[node], baseline / 10, "", ""])
            scans += [
                [subject, f"V{v}", at(42 * (v + 1)), name, sizes[number], ""]
                for v, (sizes, _) in enumerate(one["visits"])
            ]
        for number in range(one["nontargets"]):
            lesions.append([subject, f"N{number}", "NON-TARGET", "N", None, "", ""])
            scans += [
                [subject, f"V{v}", at(42 * (v + 1)), f"N{number}", None, states[number]]
                for v, (_, states) in enumerate(one["visits"])
            ]
        scans += [
            [subject, f"V{v}", at(42 * (v + 1)), "", None, ""] for v in range(len(one["visits"]))
        ]
        if one["new_at"] is not None and one["new_at"] < len(one["visits"]):
            lesions.append([subject, "X", "NEW TARGET", "N", None, f"V{one['new_at']}", "Y"])
    return (
        pd.DataFrame(
            lesions,
            columns=[
                "subject",
                "lesion",
                "kind",
                "lymph_node",
                "baseline_mm",
                "first_seen_visit",
                "unequivocal",
            ],
        ),
        pd.DataFrame(scans, columns=["subject", "visit", "date", "lesion", "mm", "state"]),
    )


@settings(max_examples=30, deadline=None)
@given(
    st.lists(lesion_patient, min_size=1, max_size=3),
    lesion_rules,
    st.randoms(use_true_random=False),
)
def test_order_of_lesions_and_scans_never_matters(patients, rules, random):
    lesions, scans = lesion_tables(patients)
    mixed = [t.loc[random.sample(list(t.index), len(t))] for t in (lesions, scans)]
    for derive in (timepoint_responses, irecist_responses):
        pd.testing.assert_frame_equal(
            derive(*mixed, rules=rules), derive(lesions, scans, rules=rules)
        )


@settings(max_examples=30, deadline=None)
@given(st.lists(lesion_patient, min_size=1, max_size=3), lesion_rules)
def test_a_patient_is_judged_alike_alone_and_among_others(patients, rules):
    together = timepoint_responses(*lesion_tables(patients), rules=rules)
    alone = [
        timepoint_responses(*lesion_tables([one]), rules=rules).assign(subject=subject)
        for subject, one in enumerate(patients)
    ]
    pd.testing.assert_frame_equal(together, pd.concat(alone, ignore_index=True))


@settings(max_examples=30, deadline=None)
@given(lesion_patient, lesion_rules)
def test_later_visits_change_no_earlier_response(one, rules):
    kept = len(one["visits"]) - 1
    for derive in (timepoint_responses, irecist_responses):
        whole = derive(*lesion_tables([one]), rules=rules)
        if kept:
            part = derive(*lesion_tables([{**one, "visits": one["visits"][:kept]}]), rules=rules)
            pd.testing.assert_frame_equal(whole.iloc[:kept], part)
