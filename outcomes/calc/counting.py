"""What a visit shows, counted over its lesions. NumPy alone, so that the web can use it too."""

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

UM_PER_MM = 1000
NODE_LIMIT_UM = 10 * UM_PER_MM
"""A node with a shorter short axis is normal (Eisenhauer 2009, section 4.3)."""

LEAST_VIABLE_UM = 10 * UM_PER_MM
"""mRECIST: a target has a viable part of at least this at baseline (Lencioni 2010, table 2)."""

Counts = dict[str, npt.NDArray[np.int64]]


class Columns(Protocol):
    """Anything that gives a column by its name: a mapping of arrays or a data frame."""

    def __getitem__(self, name: str, /) -> Any: ...


def count_lesions(rows: Columns, visits: int) -> Counts:
    """One number per visit and count, from one row per lesion and visit.

    `rows`, arrays of one length: visit (position), kind (as in `lesions.KINDS`), is_node, state (as
    in `lesions.STATES`, empty where not said), size_um (NaN where not measured), baseline_um,
    is_shown (for new lesions: first seen at this visit), is_known (first seen at it or before),
    is_confirmed (unequivocal, maybe by a later visit).

    Returns:
        targets, targets_missing, targets_left (not gone), target_nodes_big, measured_um,
        baseline_um; nontargets, nontargets_unread, nontargets_left, nontarget_nodes_big,
        nontargets_progressed, nontargets_grown (also short of progression); new_lesions,
        equivocal_lesions, new_shown, new_target_um (of what was measured), new_targets_missing,
        new_nontargets_grown.
    """
    visit = np.asarray(rows["visit"], dtype=np.int64)
    flags = _target_flags(rows) | _nontarget_flags(rows) | _new_flags(rows)
    return {
        name: np.rint(np.bincount(visit, weights=weights, minlength=visits)).astype(np.int64)
        for name, weights in flags.items()
    }


def _target_flags(rows: Columns) -> dict[str, npt.NDArray[Any]]:
    here, size, is_node = _kind(rows, "TARGET"), rows["size_um"], _bools(rows["is_node"])
    size = np.asarray(size, dtype=float)
    return {
        "targets": here,
        "targets_missing": here & np.isnan(size),
        "targets_left": here & (size > 0) & ~is_node,
        "target_nodes_big": here & (size >= NODE_LIMIT_UM) & is_node,
        "measured_um": np.where(here, np.nan_to_num(size), 0),
        "baseline_um": np.where(here, np.nan_to_num(np.asarray(rows["baseline_um"], float)), 0),
    }


def _nontarget_flags(rows: Columns) -> dict[str, npt.NDArray[Any]]:
    here, is_node = _kind(rows, "NON-TARGET"), _bools(rows["is_node"])
    size, state = np.asarray(rows["size_um"], dtype=float), np.asarray(rows["state"])
    unread = (state == "NOT EVALUABLE") | ((state == "") & np.isnan(size))
    gone = (state == "ABSENT") | (size == 0) | (is_node & (size < NODE_LIMIT_UM))
    left = here & ~unread & ~gone
    progressed = here & (state == "UNEQUIVOCAL PROGRESSION")
    return {
        "nontargets": here,
        "nontargets_unread": here & unread,
        "nontargets_left": left & ~is_node,
        "nontarget_nodes_big": left & is_node,
        "nontargets_progressed": progressed,
        "nontargets_grown": progressed | (here & (state == "INCREASED")),
    }


def _new_flags(rows: Columns) -> dict[str, npt.NDArray[Any]]:
    """New lesions from the visit that first showed them, until a row says that they are gone."""
    is_target, is_other = _kind(rows, "NEW TARGET"), _kind(rows, "NEW NON-TARGET")
    state, is_shown = np.asarray(rows["state"]), _bools(rows["is_shown"])
    size = np.asarray(rows["size_um"], dtype=float)
    present = (is_target | is_other) & _bools(rows["is_known"]) & (state != "ABSENT")
    sure = present & _bools(rows["is_confirmed"])
    grown = ((state == "INCREASED") | (state == "UNEQUIVOCAL PROGRESSION")) & ~is_shown
    return {
        "new_lesions": sure,
        "equivocal_lesions": present & ~sure,
        "new_shown": sure & is_shown,
        "new_target_um": np.where(sure & is_target, np.nan_to_num(size), 0),
        "new_targets_missing": sure & is_target & np.isnan(size),
        "new_nontargets_grown": sure & grown & is_other,
    }


def _kind(rows: Columns, kind: str) -> npt.NDArray[np.bool_]:
    return np.asarray(rows["kind"]) == kind


def _bools(values: Any) -> npt.NDArray[np.bool_]:
    return np.asarray(values, dtype=bool)
