"""Lesions and scans brought together: what each visit shows, and on which day."""

import pandas as pd

from outcomes.calc.counting import NODE_LIMIT_UM, count_lesions


def tally_visits(lesions: pd.DataFrame, scans: pd.DataFrame) -> pd.DataFrame:
    """One row per patient and visit, in the order of time, from the tables of `lesions.py`.

    Columns: subject, visit, what `counting.count_lesions` counts, and days: first_date and
    last_date of the visit, target_date (last target read), progressed_date, left_date, new_date
    (first row that shows it).
    """
    visits = (
        scans.groupby(["subject", "visit"], sort=False)["date"]
        .agg(first_date="min", last_date="max")
        .reset_index()
        .sort_values(["subject", "first_date", "last_date", "visit"], ignore_index=True)
    )
    rows = _rows_per_visit(lesions, scans, visits)
    counts = count_lesions(rows, len(visits))
    return visits.join(pd.DataFrame(counts, index=visits.index)).join(_days(rows, visits))


def _rows_per_visit(
    lesions: pd.DataFrame, scans: pd.DataFrame, visits: pd.DataFrame
) -> pd.DataFrame:
    """Every lesion at every visit of its patient, as `count_lesions` takes it.

    A lesion that a later visit calls unequivocal counts from its first scan (ONCOLOGY 1.5).
    """
    numbered = visits[["subject", "visit"]].assign(row=visits.index)
    rows = lesions.merge(numbered, on="subject").merge(
        scans[["subject", "visit", "lesion", "state", "size_um", "date"]],
        how="left",
        on=["subject", "visit", "lesion"],
    )
    rows["state"] = rows["state"].fillna("")
    same_lesion = [rows["subject"], rows["lesion"]]
    shown = rows["row"].where(rows["visit"] == rows["first_seen_visit"])
    first = shown.groupby(same_lesion).transform("min")
    said = rows["state"] == "UNEQUIVOCAL PROGRESSION"
    return rows.drop(columns="visit").assign(
        visit=rows["row"],
        is_shown=rows["row"] == first,
        is_known=rows["row"] >= first,
        is_confirmed=rows["confirmed"] | said.groupby(same_lesion).transform("any"),
    )


def _days(rows: pd.DataFrame, visits: pd.DataFrame) -> pd.DataFrame:
    """Each day as one row per visit; missing where nothing shows it."""
    size, state, by_visit = rows["size_um"], rows["state"], rows["visit"]
    is_target, is_nontarget = rows["kind"] == "TARGET", rows["kind"] == "NON-TARGET"
    unread = (state == "NOT EVALUABLE") | ((state == "") & size.isna())
    gone = (state == "ABSENT") | (size == 0) | (rows["is_node"] & (size < NODE_LIMIT_UM))
    sure = rows["is_known"] & rows["is_confirmed"] & (state != "ABSENT")
    is_new = rows["kind"].str.startswith("NEW") & sure
    on = rows["date"].fillna(by_visit.map(visits["first_date"]))
    days = {
        "target_date": (rows["date"].where(is_target & size.notna()), "max"),
        "progressed_date": (
            rows["date"].where(is_nontarget & (state == "UNEQUIVOCAL PROGRESSION")),
            "min",
        ),
        "left_date": (rows["date"].where(is_nontarget & ~unread & ~gone), "min"),
        "new_date": (on.where(is_new), "min"),
    }
    found = {name: day.groupby(by_visit).agg(how) for name, (day, how) in days.items()}
    return pd.DataFrame(found, index=visits.index).astype("datetime64[ns]")
