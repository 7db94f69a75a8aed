import pandas as pd
import pytest

LESION_COLUMNS = [
    "subject",
    "lesion",
    "kind",
    "lymph_node",
    "baseline_mm",
    "first_seen_visit",
    "unequivocal",
]
SCAN_COLUMNS = ["subject", "visit", "date", "lesion", "mm", "state"]


class Scans:
    """Builds the two tables for one or more patients, a visit every 42 days."""

    def __init__(self):
        self.lesions = []
        self.scans = []

    def lesion(
        self,
        lesion,
        values,
        *,
        kind="TARGET",
        baseline=None,
        node="N",
        subject="P1",
        new="",
        sure="",
    ):
        """`values` holds one mm, one state or None (no row) for each visit."""
        self.lesions.append([subject, lesion, kind, node, baseline, new, sure])
        for number, value in enumerate(values, start=1):
            date = pd.Timestamp("2024-01-01") + pd.Timedelta(days=42 * number)
            mm, state = (None, value) if isinstance(value, str) else (value, "")
            row = [subject, f"V{number}", date.date().isoformat(), lesion, mm, state]
            if value is None:
                row[3] = ""
            self.scans.append(row)
        return self

    def frames(self):
        return (
            pd.DataFrame(self.lesions, columns=LESION_COLUMNS),
            pd.DataFrame(self.scans, columns=SCAN_COLUMNS),
        )


@pytest.fixture
def scans():
    return Scans()
