"""The engine against the same tables in plain loops (`by_hand`), on drawn patients."""

import random

import pandas as pd
import pytest

from outcomes.calc.best_response import best_responses
from outcomes.calc.endpoints import time_to_event
from outcomes.calc.recist import timepoint_responses
from outcomes.calc.rules import EMA_TYPE, FDA_TYPE, EndpointRules
from tests.unit.outcomes.calc import by_hand
from tests.unit.outcomes.calc.conftest import LESION_COLUMNS, SCAN_COLUMNS

START = pd.Timestamp("2024-01-01")
PATIENTS = 400
STATES = ["PRESENT", "ABSENT", "ABSENT", "NOT EVALUABLE", None, "UNEQUIVOCAL PROGRESSION"]
SIZES = [0, 0, 0, 10, 32, 49, 50, 82, 98, 99, 100, 140, 196, 270, 320, 324, None]
RESPONSES = ["CR", "PR", "SD", "NON-CR/NON-PD", "PD", "NE"]


def drawn_lesions(draw):
    targets = [
        (draw.choice([140, 270, 150, 200, 100]), draw.random() < 0.3)
        for _ in range(draw.choice([0, 1, 1, 2, 3]))
    ]
    nontargets = draw.choice([0, 0, 1, 2])
    visits = []
    for _ in range(draw.randint(1, 5)):
        scale = draw.choice([0, 0.5, 0.7, 0.69, 1, 1.2, None])
        exact = scale is not None and draw.random() < 0.6
        sizes = [round(base * scale) if exact else draw.choice(SIZES) for base, _node in targets]
        visits.append((sizes, [draw.choice(STATES[:4] * 2 + STATES) for _ in range(nontargets)]))
    return targets, visits, draw.choice([None, None, None, draw.randrange(len(visits))])


def lesion_tables(patients):
    lesions, scans = [], []
    for subject, (targets, visits, new_at) in enumerate(patients):
        for number, (baseline, node) in enumerate(targets):
            lesions.append([subject, f"T{number}", "TARGET", "NY"[node], baseline / 10, "", ""])
        lesions += [
            [subject, f"N{number}", "NON-TARGET", "N", None, "", ""]
            for number in range(len(visits[0][1]))
        ]
        if new_at is not None:
            lesions.append([subject, "X", "NEW NON-TARGET", "N", None, f"V{new_at}", "Y"])
        for number, (sizes, states) in enumerate(visits):
            here = [subject, f"V{number}", START + by_hand.days(42 * number)]
            scans.append([*here, "", None, ""])
            scans += [
                [*here, f"T{n}", size / 10, ""] for n, size in enumerate(sizes) if size is not None
            ]
            scans += [
                [*here, f"N{n}", None, state] for n, state in enumerate(states) if state is not None
            ]
    return (
        pd.DataFrame(lesions, columns=LESION_COLUMNS),
        pd.DataFrame(scans, columns=SCAN_COLUMNS),
    )


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param(EndpointRules(), id="to the letter"),
        pytest.param(EndpointRules(pd_min_increase_mm=None), id="without 5 mm"),
        pytest.param(EndpointRules(sticky_partial_response=True), id="sticky"),
        pytest.param(EndpointRules(after_complete_response="pd"), id="after CR"),
        pytest.param(
            EndpointRules(node_after_complete_response="pd", nadir_zero="pd"), id="node, nadir 0"
        ),
    ],
)
def test_time_points(rules):
    draw = random.Random(11)
    patients = [drawn_lesions(draw) for _ in range(PATIENTS)]
    found = timepoint_responses(*lesion_tables(patients), rules=rules)
    for subject, rows in found.groupby("subject"):
        targets, visits, new_at = patients[subject]
        expected = by_hand.time_points(targets, visits, rules, new_at=new_at)
        answers = list(zip(rows["target"], rows["nontarget"], rows["overall"], strict=True))
        assert answers == expected, (targets, visits, new_at)


def drawn_patients():
    draw = random.Random(12)
    chances = [None, None, *range(1, 400, 3)]
    spans = [13, 27, 28, 29, 35, 42, 42, 42, 43, 84, 130]
    patients = []
    for _ in range(PATIENTS):
        day, responses = draw.choice([0, 0, 0, 10]), []
        for _ in range(draw.randint(0, 8)):
            day += draw.choice(spans)
            responses.append((day, draw.choice(RESPONSES[:3] * 3 + RESPONSES)))
        if responses and draw.random() < 0.2:
            responses.append((responses[-1][0], draw.choice(RESPONSES)))
        draw.shuffle(responses)
        names = ("death", "last_alive", "new_therapy")
        patients.append({"responses": responses} | {name: draw.choice(chances) for name in names})
    return patients


def tables(patients):
    subjects = pd.DataFrame(
        [
            {"subject": number, "start_date": START}
            | {
                f"{name}_date": pd.NaT if one[name] is None else START + by_hand.days(one[name])
                for name in ("death", "last_alive", "new_therapy")
            }
            for number, one in enumerate(patients)
        ]
    )
    rows = [
        (number, START + by_hand.days(day), response)
        for number, one in enumerate(patients)
        for day, response in one["responses"]
    ]
    return subjects, pd.DataFrame(rows, columns=["subject", "date", "overall"])


RULES = [
    pytest.param(EndpointRules(new_therapy="ignore"), id="all"),
    pytest.param(EndpointRules(), id="before new therapy"),
    pytest.param(EndpointRules(assessment_on_new_therapy_day_counts=True), id="its day counts"),
    pytest.param(EndpointRules(max_sd_between=1, max_ne_between=0), id="PR, SD, PR"),
    pytest.param(
        EndpointRules(max_ne_between=2, min_sd_days=84, confirmation_days=42, no_assessment="NE"),
        id="other days",
    ),
    pytest.param(FDA_TYPE, id="fda_type"),
    pytest.param(EMA_TYPE, id="ema_type"),
]


@pytest.mark.parametrize("rules", RULES)
def test_best_responses(rules):
    patients = drawn_patients()
    found = best_responses(*tables(patients), rules=rules)
    for number, row in enumerate(found.itertuples()):
        for name in ("bor", "cbor"):
            response, day = by_hand.best(patients[number], rules, is_confirmed=name == "cbor")
            date = getattr(row, f"{name}_date")
            at = None if pd.isna(date) else (date - START).days
            assert (getattr(row, name), at) == (response, day), patients[number]


@pytest.mark.parametrize("rules", RULES)
def test_times(rules):
    patients = [
        one | {"death": None if one["death"] is None else one["death"] + 800} if number % 3 else one
        for number, one in enumerate(drawn_patients())
    ]
    subjects, responses = tables(patients)
    found = time_to_event(subjects, responses, rules=rules).set_index(["subject", "param"])
    for number, one in enumerate(patients):
        time = found.loc[number, "PFS"]
        expected = by_hand.progression_free(one, rules)
        assert ((time["days"] - 1), time["event"], time["description"]) == expected, one
        time = found.loc[number, "OS"]
        assert ((time["days"] - 1), time["event"]) == by_hand.overall_survival(one), one
