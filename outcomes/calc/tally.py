"""What each visit shows, counted over the lesions that were known at it."""

import pandas as pd

from outcomes.calc.lesions import UM_PER_MM

NODE_LIMIT_UM = 10 * UM_PER_MM
"""A node with a shorter short axis is normal (Eisenhauer 2009, section 4.3)."""


def tally_visits(lesions: pd.DataFrame, scans: pd.DataFrame) -> pd.DataFrame:
    """One row per patient and visit, in the order of time, from the tables of `lesions.py`.

    Counts: targets, targets_missing, targets_left (not gone), target_nodes_big, nontargets,
    nontargets_unread, nontargets_left, nontarget_nodes_big, nontargets_progressed, new_lesions,
    equivocal_lesions. Sums: measured_um, baseline_um. Dates: first_date, last_date of the visit;
    target_date (last target read), progressed_date, left_date, new_date (first row that shows it).
    """
    visits = (
        scans.groupby(["subject", "visit"], sort=False)["date"]
        .agg(first_date="min", last_date="max")
        .reset_index()
        .sort_values(["subject", "first_date", "last_date", "visit"], ignore_index=True)
    )
    rows = _rows_per_visit(lesions, scans, visits)
    is_new = rows["kind"].str.startswith("NEW")
    tally = (
        visits.join(_tally_targets(rows[rows["kind"] == "TARGET"]))
        .join(_tally_nontargets(rows[rows["kind"] == "NON-TARGET"]))
        .join(_tally_new(rows[is_new], visits))
    )
    numbers = tally.columns[[dtype.kind in "iuf" for dtype in tally.dtypes]]
    tally[numbers] = tally[numbers].fillna(0).astype("int64")
    return tally


def _rows_per_visit(
    lesions: pd.DataFrame, scans: pd.DataFrame, visits: pd.DataFrame
) -> pd.DataFrame:
    """Every lesion at every visit of its patient; without a scan its state and size are missing."""
    numbered = visits[["subject", "visit"]].assign(row=visits.index)
    rows = lesions.merge(numbered, on="subject")
    return rows.merge(
        scans[["subject", "visit", "lesion", "state", "size_um", "date"]],
        how="left",
        on=["subject", "visit", "lesion"],
    )


def _tally_targets(rows: pd.DataFrame) -> pd.DataFrame:
    size, is_node = rows["size_um"], rows["is_node"]
    counted = pd.DataFrame(
        {
            "row": rows["row"],
            "targets": 1,
            "targets_missing": size.isna(),
            "targets_left": (size > 0) & ~is_node,
            "target_nodes_big": (size >= NODE_LIMIT_UM) & is_node,
            "measured_um": size.fillna(0),
            "baseline_um": rows["baseline_um"],
        }
    )
    dates = rows["date"].where(size.notna()).groupby(rows["row"]).max().rename("target_date")
    return counted.groupby("row").sum().join(dates)


def _tally_nontargets(rows: pd.DataFrame) -> pd.DataFrame:
    size, state, is_node = rows["size_um"], rows["state"].fillna(""), rows["is_node"]
    progressed = state == "UNEQUIVOCAL PROGRESSION"
    unread = (state == "NOT EVALUABLE") | ((state == "") & size.isna())
    gone = (state == "ABSENT") | (size == 0) | (is_node & (size < NODE_LIMIT_UM))
    left = ~unread & ~gone
    counted = pd.DataFrame(
        {
            "row": rows["row"],
            "nontargets": 1,
            "nontargets_unread": unread,
            "nontargets_left": left & ~is_node,
            "nontarget_nodes_big": left & is_node,
            "nontargets_progressed": progressed,
        }
    )
    by_row = rows["row"]
    dates = {
        "progressed_date": rows["date"].where(progressed).groupby(by_row).min(),
        "left_date": rows["date"].where(left).groupby(by_row).min(),
    }
    return counted.groupby("row").sum().join(pd.DataFrame(dates))


def _tally_new(rows: pd.DataFrame, visits: pd.DataFrame) -> pd.DataFrame:
    """New lesions from the visit that first showed them, until a row says that they are gone.

    A lesion confirmed later counts from its first scan (ONCOLOGY 1.5).
    """
    shown = rows[["subject", "lesion", "row"]][rows["visit"] == rows["first_seen_visit"]]
    rows = rows.merge(shown, on=["subject", "lesion"], suffixes=("", "_first"))
    said = rows["state"] == "UNEQUIVOCAL PROGRESSION"
    confirmed = rows["confirmed"] | said.groupby([rows["subject"], rows["lesion"]]).transform("any")
    present = (rows["row"] >= rows["row_first"]) & (rows["state"] != "ABSENT")
    counted = pd.DataFrame(
        {
            "row": rows["row"],
            "new_lesions": present & confirmed,
            "equivocal_lesions": present & ~confirmed,
        }
    )
    date = rows["date"].fillna(rows["row"].map(visits["first_date"]))
    dates = date.where(present & confirmed).groupby(rows["row"]).min().rename("new_date")
    return counted.groupby("row").sum().join(dates)
