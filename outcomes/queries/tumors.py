"""Lesions and scans, in the words of `outcomes.calc.recist`."""

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import date

import pandas as pd

from core.fields.captured import YesNo
from core.models import Trial
from outcomes.calc.counting import UM_PER_MM
from outcomes.calc.new_targets import FirstSight, new_targets
from outcomes.models import Lesion, TumorAssessment
from outcomes.queries.engine_words import KINDS, STATES
from outcomes.queries.frames import completed, completed_rows, dates, frame
from outcomes.queries.readers import Tables

_IN_TIME = ["scanned_on", "last_on", "visit"]
"""As the engine and the page order visits: two scans of one day have no order of their own."""


@dataclass(frozen=True)
class Tumors:
    """One reader's rows: `scans` as `read_scans`, the others as the engine takes them, with id."""

    scans: pd.DataFrame
    lesions: pd.DataFrame
    assessments: pd.DataFrame


def read_tumors(trial: Trial, cut_on: date, tables: Tables) -> Tumors:
    scans = read_scans(trial, cut_on, tables)
    measured = read_measurements(trial, cut_on, tables)
    lesions = read_lesions(trial, tables)
    return Tumors(
        scans,
        lesion_table(lesions, scans, measured),
        assessment_table(lesions, scans, measured),
    )


def read_scans(trial: Trial, cut_on: date, tables: Tables) -> pd.DataFrame:
    """A reader's assessments by the cut, in the order of patients and days.

    Columns: id, record, visit, scanned_on, last_scanned_on, is_baseline (bool), new_lesion.
    """
    rows = completed(tables.scans, trial).filter(scanned_on__lte=cut_on)
    scans = frame(
        rows.order_by("patient_id", "scanned_on", "visit__position"),
        id="patient_id",
        record="id",
        visit="visit__key",
        scanned_on="scanned_on",
        last_scanned_on="last_scanned_on",
        is_baseline="is_baseline",
        new_lesion="new_lesion",
    )
    scans["is_baseline"] = scans["is_baseline"] == YesNo.YES
    scans["scanned_on"] = dates(scans["scanned_on"])
    scans["last_scanned_on"] = dates(scans["last_scanned_on"])
    late = scans["last_scanned_on"] > pd.Timestamp(cut_on)
    scans["last_scanned_on"] = scans["last_scanned_on"].mask(late)
    return scans


def read_measurements(trial: Trial, cut_on: date, tables: Tables) -> pd.DataFrame:
    """One row per lesion and scan by the cut.

    Columns: record, lesion_id, state, mm, viable_mm (floats).
    """
    rows = completed_rows(tables.rows, trial).filter(record__scanned_on__lte=cut_on)
    measured = frame(
        rows.order_by("record_id", "lesion_id"),
        record="record_id",
        lesion_id="lesion_id",
        state="status",
        mm="diameter_mm",
        viable_mm="viable_mm",
    )
    measured["state"] = measured["state"].map(STATES)
    for column in ("mm", "viable_mm"):
        measured[column] = measured[column].astype(float)
    return measured


def read_lesions(trial: Trial, tables: Tables) -> pd.DataFrame:
    """Every lesion; those without a completed measurement drop out later.

    Columns: id, lesion_id, lesion (its number, as text), organ, kind, lymph_node, unequivocal.
    """
    rows = tables.lesions._default_manager.filter(patient__trial=trial)
    lesions = frame(
        rows.order_by("patient_id", "number"),
        id="patient_id",
        lesion_id="id",
        lesion="number",
        organ="organ",
        kind="kind",
        lymph_node="is_node",
        unequivocal="is_unequivocal",
    )
    lesions["kind"] = lesions["kind"].map(KINDS)
    lesions["lesion"] = lesions["lesion"].astype(str)
    return lesions


def lesion_table(
    lesions: pd.DataFrame, scans: pd.DataFrame, measured: pd.DataFrame
) -> pd.DataFrame:
    """`lesions` for the engine: with the baseline's diameters, the visit of a new lesion and
    which of the new ones are targets.

    Columns: id, lesion, kind, lymph_node, unequivocal, baseline_mm, baseline_viable_mm,
    first_seen_visit. Where a patient has two baseline scans the later one counts.
    """
    columns = ["record", "visit", "is_baseline", "new_lesion", "scanned_on"]
    on = scans[columns].assign(last_on=scans["last_scanned_on"].fillna(scans["scanned_on"]))
    seen = measured.merge(on, on="record").sort_values(_IN_TIME)
    baseline = seen[seen["is_baseline"]].drop_duplicates("lesion_id", keep="last")
    baseline = baseline[["lesion_id", "mm", "viable_mm"]].rename(
        columns={"mm": "baseline_mm", "viable_mm": "baseline_viable_mm"}
    )
    later = seen[~seen["is_baseline"] & ~seen["state"].isin(["ABSENT", "NOT EVALUABLE"])]
    first = later.drop_duplicates("lesion_id")[["lesion_id", "visit"]].rename(
        columns={"visit": "first_seen_visit"}
    )
    table = lesions[lesions["lesion_id"].isin(measured["lesion_id"])]
    table = table.merge(baseline, how="left", on="lesion_id").merge(
        first, how="left", on="lesion_id"
    )
    table["unequivocal"] = table["unequivocal"].mask(
        table["lesion_id"].isin(_confirmed_later(lesions, later)), YesNo.YES.value
    )
    is_new_target = table["lesion_id"].isin(_new_targets(lesions, later))
    table["kind"] = table["kind"].mask(is_new_target, "NEW TARGET")
    return table.drop(columns=["lesion_id", "organ"]).reset_index(drop=True)


def _new_targets(lesions: pd.DataFrame, later: pd.DataFrame) -> set[Hashable]:
    """The `lesion_id` of new lesions that the first scan to show them measured large enough."""
    new = lesions[lesions["kind"].str.startswith("NEW")].assign(
        number=lambda rows: pd.to_numeric(rows["lesion"], errors="coerce")
    )
    seen = later.drop_duplicates("lesion_id")[["lesion_id", *_IN_TIME, "mm"]]
    seen = seen.merge(new, on="lesion_id").sort_values(["id", *_IN_TIME, "number"])
    seen["um"] = (seen["mm"].astype(float) * UM_PER_MM).round()
    found: set[Hashable] = set()
    seen["is_node"] = seen["lymph_node"] == YesNo.YES
    for _patient, rows in seen.groupby("id"):
        columns = (rows[name].tolist() for name in ("lesion_id", "organ", "is_node", "um"))
        found |= new_targets(map(FirstSight, *columns))
    return found


def _confirmed_later(lesions: pd.DataFrame, later: pd.DataFrame) -> pd.Series:
    """Equivocal lesions that an assessment must mean when it says "unequivocal".

    It lists new lesions, none of which was called unequivocal when it was first seen.
    """
    new = later[later["new_lesion"] == TumorAssessment.NewLesion.UNEQUIVOCAL].merge(
        lesions.loc[lesions["kind"] == KINDS[Lesion.Kind.NEW], ["lesion_id", "unequivocal"]],
        on="lesion_id",
    )
    is_sure = new["unequivocal"] == YesNo.YES
    return new.loc[~is_sure.groupby(new["record"]).transform("any"), "lesion_id"]


def assessment_table(
    lesions: pd.DataFrame, scans: pd.DataFrame, measured: pd.DataFrame
) -> pd.DataFrame:
    """`assessments` for the engine, without the baseline.

    Columns: id, visit, date, lesion, state, mm, viable_mm. A row without lesion says that the
    visit took place; a second one carries the last day of scans that took several.
    """
    later = scans[~scans["is_baseline"]]
    rows = later[["id", "record", "visit", "scanned_on"]].merge(measured, on="record")
    rows = rows.merge(lesions[["lesion_id", "lesion"]], on="lesion_id")
    last = later.dropna(subset="last_scanned_on")
    days = pd.concat([later["scanned_on"], last["last_scanned_on"]])
    took_place = pd.concat([later, last])[["id", "visit"]].assign(scanned_on=days, lesion="")
    table = pd.concat([rows, took_place], ignore_index=True)
    table["state"] = table["state"].fillna("")
    columns = ["id", "visit", "scanned_on", "lesion", "state", "mm", "viable_mm"]
    return table[columns].rename(columns={"scanned_on": "date"})
