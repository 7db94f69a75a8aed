from datetime import date

import pandas as pd

from outcomes.calc.emergence import TreatmentPeriod
from outcomes.calc.snapshot.adverse_event_flags import COLUMNS, flag_adverse_events

PERIODS = {0: TreatmentPeriod(date(2026, 3, 10), date(2026, 5, 10))}


def flagged(*rows):
    """Rows are a term, a grade, an onset and whether it is related."""
    table = pd.DataFrame(
        [
            (0, number, term, "", grade, onset, "", True, False, related, False)
            for number, (term, grade, onset, related) in enumerate(rows, start=1)
        ],
        columns=[
            "subject",
            "event",
            "term",
            "organ_class",
            "grade",
            "started_on",
            "ended_on",
            "is_ongoing",
            "is_serious",
            "is_related",
            "is_related_to_background",
        ],
    )
    return flag_adverse_events(table, PERIODS)


def test_related_event_counts_as_treatment_related_only_under_treatment():
    table = flagged(("Rash", 1, "2026-03-09", True), ("Nausea", 1, "2026-03-10", True))
    assert table["is_treatment_emergent"].tolist() == [False, True]
    assert table["is_treatment_related"].tolist() == [False, True]


def test_first_row_of_the_worst_grade_counts_the_term():
    table = flagged(
        ("Nausea", 4, "2026-01-01", False),
        ("Nausea", 1, "2026-03-20", False),
        ("Nausea", 3, "2026-04-01", False),
        ("Nausea", 3, "2026-04-20", False),
    )
    # The later rows are not worse than what was there before the first dose.
    assert table["is_worst"].tolist() == [False, False, False, False]
    table = flagged(
        ("Nausea", 1, "2026-03-20", False),
        ("Nausea", 3, "2026-04-01", False),
        ("Nausea", 3, "2026-04-20", False),
        ("Rash", 2, "2026-02-01", False),
    )
    assert table["worst_grade"].tolist()[:3] == [3, 3, 3]
    assert pd.isna(table["worst_grade"].tolist()[3])
    assert table["is_worst"].tolist() == [False, True, False, False]


def test_no_events_is_an_empty_table():
    table = flagged()
    assert table.empty
    assert table.columns.tolist() == COLUMNS
