import pandas as pd

from outcomes.calc.snapshot.safety import event_lines

NAUSEA, VOMITING = (
    ("Gastrointestinal disorders", "Nausea"),
    ("Gastrointestinal disorders", "Vomiting"),
)
FATIGUE = ("General disorders", "Fatigue")
COLUMNS = [
    "subject",
    "organ_class",
    "term",
    "grade",
    "is_treatment_emergent",
    "is_treatment_related",
    "is_serious",
]


def lines(*rows):
    """Each row: subject, (class, term), grade, and letters for emergent, related, serious."""
    table = pd.DataFrame(
        [
            (who, *term, grade, *(flag in flags for flag in "ERS"))
            for who, term, grade, flags in rows
        ],
        columns=COLUMNS,
    )
    return {(line["organ_class"], line["term"]): line["sets"] for line in event_lines(table)}


def test_person_stands_once_in_each_line_by_the_worst_grade():
    found = lines((1, NAUSEA, 1, "E"), (1, NAUSEA, 3, "E"), (1, VOMITING, 2, "E"))
    assert found[NAUSEA]["all"] == [0, 0, 1, 0, 0]
    assert found[VOMITING]["all"] == [0, 1, 0, 0, 0]
    assert found["Gastrointestinal disorders", ""]["all"] == [0, 0, 1, 0, 0]
    assert found["", ""]["all"] == [0, 0, 1, 0, 0]


def test_each_set_takes_the_worst_grade_of_its_own_events():
    found = lines((1, NAUSEA, 3, "E"), (1, NAUSEA, 1, "ER"), (2, NAUSEA, 2, "S"))
    assert found[NAUSEA] == {
        "all": [0, 1, 1, 0, 0],
        "emergent": [0, 0, 1, 0, 0],
        "related": [1, 0, 0, 0, 0],
        "serious": [0, 1, 0, 0, 0],
    }


def test_lines_stand_by_class_then_term_most_frequent_first():
    found = lines(
        (1, FATIGUE, 1, ""),
        (2, FATIGUE, 1, ""),
        (3, FATIGUE, 1, ""),
        (1, VOMITING, 1, ""),
        (2, VOMITING, 1, ""),
        (1, NAUSEA, 1, ""),
    )
    assert list(found) == [
        ("", ""),
        ("General disorders", ""),
        FATIGUE,
        ("Gastrointestinal disorders", ""),
        VOMITING,
        NAUSEA,
    ]


def test_term_of_no_catalog_does_not_take_the_line_of_all():
    found = lines((1, ("", "hiccup of the deep"), 1, ""), (2, FATIGUE, 2, ""))
    assert found["", ""]["all"] == [1, 1, 0, 0, 0]
    assert found["-", ""]["all"] == [1, 0, 0, 0, 0]


def test_no_event_is_one_line_of_nobody():
    assert lines() == {("", ""): dict.fromkeys(["all", "emergent", "related", "serious"], [0] * 5)}
