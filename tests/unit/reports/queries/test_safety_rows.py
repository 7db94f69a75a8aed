import pytest

from reports.queries.safety import (
    Share,
    enough,
    event_rows,
    mood_of,
    severe_of,
    shift_rows,
    shift_tables,
    signed,
    spread_text,
)

SETS = ("all", "emergent", "related", "serious")


def behind(**asked):
    return "/".join(asked.values())


def line(organ_class, term, **sets):
    return {
        "organ_class": organ_class,
        "term": term,
        "sets": {name: sets.get(name, [0] * 5) for name in SETS},
    }


def safety(*, events=(), counts=None):
    shift = {
        "test": "alt_u_l",
        "term": "Alanine aminotransferase increased",
        "direction": "H",
        "counts": counts,
        "not_graded": 2,
    }
    return {
        "population": {"n": 8},
        "ctcae_version": "5.0",
        "events": list(events),
        "shifts": [shift] if counts else [],
    }


def test_row_has_people_in_percent_of_the_population():
    part = safety(
        events=[
            line("", "", all=[1, 1, 1, 0, 1], emergent=[1, 1, 1, 0, 0], related=[1, 0, 0, 0, 0])
        ]
    )
    [row] = event_rows(part, language="en", behind=behind)
    assert row.label == "Any adverse event"
    assert [share.text for share in row.shares] == [
        "4 (50.0 %)",
        "3 (37.5 %)",
        "1 (12.5 %)",
        "0 (0.0 %)",
        "2 (25.0 %)",
    ]
    assert row.shares[1].href == "emergent//"
    assert row.grades[2] == (1, "all///3")


def test_nobody_in_the_population_is_no_percentage():
    assert Share(0, 0).text == "0"


def test_names_are_in_the_readers_language():
    part = safety(
        events=[
            line("Gastrointestinal disorders", "Nausea"),
            line("-", "hiccup of the deep"),
            line("-", ""),
        ]
    )
    labels = [row.label for row in event_rows(part, language="zh-hans", behind=behind)]
    assert labels[0] == "恶心"
    assert labels[1] == "hiccup of the deep"


@pytest.mark.parametrize(
    ("grades", "expected"), [([0, 1, 0, 0, 0], 0), ([0, 0, 1, 0, 0], 1), ([0, 0, 1, 1, 1], 3)]
)
def test_grade_3_is_severe_and_grade_2_is_not(grades, expected):
    assert severe_of(grades) == expected


COUNTS = [
    [4, 1, 0, 0, 0],  # one from 0 to 1
    [0, 2, 0, 1, 0],  # one from 1 to 3
    [1, 0, 0, 0, 0],  # better
    [0, 0, 0, 1, 0],  # was 3 and stays
    [0, 0, 0, 0, 0],
    [0, 0, 0, 0, 1],  # baseline not known
]


def test_worse_than_at_baseline_needs_a_known_baseline():
    [row] = shift_rows(safety(counts=COUNTS), chosen={"cut": "3"}, behind=behind)
    assert row.href == "?cut=3&test=alt_u_l#laboratory"
    assert [x.count for x in (row.graded, row.not_graded, row.worsened, row.severe)] == [
        11,
        2,
        2,
        3,
    ]
    assert row.severe.href == "alt_u_l/H/severe"


def test_cells_are_the_darker_the_more_patients_they_hold():
    [table] = shift_tables(safety(counts=COUNTS), "alt_u_l", language="zh-hans", behind=behind)
    heats = [[cell.heat for cell in cells] for _label, cells in table.rows]
    assert heats[0] == [4, 1, 0, 0, 0]
    assert heats[1] == [0, 2, 0, 1, 0]
    worse = [[cell.is_worse for cell in cells] for _label, cells in table.rows]
    assert worse[1] == [False, False, True, True, True]
    assert not any(worse[5])
    assert table.rows[1][1][3].href == "alt_u_l/H/1/3"


@pytest.mark.parametrize(
    ("change", "kind", "expected"),
    [
        pytest.param(9.99, "functional", "", id="just under 10 points"),
        pytest.param(10, "functional", "better", id="at 10 points"),
        pytest.param(-10, "functional", "worse", id="less well"),
        pytest.param(-10, "global", "worse", id="less quality"),
        pytest.param(10, "symptom", "worse", id="more of a symptom"),
        pytest.param(-10, "symptom", "better", id="less of a symptom"),
    ],
)
def test_mood_of_a_change(change, kind, expected):
    assert mood_of(change, kind, 5) == expected
    assert mood_of(change, kind, 4) == ""


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        pytest.param([9, 5, 4], [9, 5], id="fewer than five are left out"),
        pytest.param([4, 2], [4, 2], id="unless there are no more anywhere"),
    ],
)
def test_visits_of_enough_patients(numbers, expected):
    assert [point["n"] for point in enough([{"n": n} for n in numbers])] == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(1.25, "+1.2"), (-1.26, "−1.3"), (0.0, "0.0"), (-0.04, "0.0"), (10.04, "+10.0")],
)
def test_signed_number(value, expected):
    assert signed(value) == expected


def test_spread_of_nobody_is_a_dash():
    nobody = dict.fromkeys(["mean", "low", "q1", "median", "q3", "high"])
    assert spread_text({"n": 0, **nobody}) == "–"
