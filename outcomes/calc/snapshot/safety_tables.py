"""The derived tables of the safety population: one row per count or statistic, no patient named."""

import pandas as pd

from outcomes.calc.snapshot.adverse_events import GRADES
from outcomes.calc.snapshot.safety_summary import QualityOfLife, Safety

_AT_VISIT = ["visit", "day", "n"]
_QUARTILES = ["q1", "median", "q3"]


def population_tables(
    trial: str, safety: Safety, quality_of_life: QualityOfLife
) -> dict[str, pd.DataFrame]:
    """By the tables' names. Each begins with trial and population."""
    made = {
        "adverse_event_incidence": _incidence(safety),
        "laboratory_shifts": _shifts(safety),
        "laboratory_trends": _trends(safety),
        "quality_of_life_changes": _changes(quality_of_life),
    }
    for table in made.values():
        table.insert(0, "trial", trial)
        table.insert(1, "population", safety["population"]["id"])
    return made


def _incidence(safety: Safety) -> pd.DataFrame:
    """Empty organ class and term: all events; empty term: the whole class."""
    n = safety["population"]["n"]
    rows = [
        [line["organ_class"], line["term"], name, n, (people := sum(grades)), _percent(people, n)]
        for line in safety["events"]
        for name, grades in line["sets"].items()
    ]
    counts = [grades for line in safety["events"] for grades in line["sets"].values()]
    columns = ["organ_class", "term", "events", "n", "patients", "percent"]
    worst = pd.DataFrame(counts, columns=[f"grade_{grade}" for grade in GRADES])
    return pd.concat([pd.DataFrame(rows, columns=columns), worst], axis=1)


def _percent(count: int, n: int) -> float | None:
    return 100 * count / n if n else None


def _shifts(safety: Safety) -> pd.DataFrame:
    """The baseline is missing where its grade is not known."""
    rows = [
        [
            shift["test"],
            shift["term"],
            shift["direction"],
            None if baseline == len(shift["counts"]) - 1 else baseline,
            worst,
            patients,
        ]
        for shift in safety["shifts"]
        for baseline, row in enumerate(shift["counts"])
        for worst, patients in enumerate(row)
    ]
    columns = ["test", "term", "direction", "baseline_grade", "worst_grade", "patients"]
    table = pd.DataFrame(rows, columns=columns)
    return table.astype({"baseline_grade": "Int64"})


def _trends(safety: Safety) -> pd.DataFrame:
    names = [*_AT_VISIT, *_QUARTILES]
    rows = [
        [trend["test"], trend["unit"], *(dict(point)[name] for name in names)]
        for trend in safety["trends"]
        for point in trend["visits"]
    ]
    return pd.DataFrame(rows, columns=["test", "unit", *names])


def _changes(part: QualityOfLife) -> pd.DataFrame:
    names = [*_AT_VISIT, "mean", "lower", "upper", *_QUARTILES]
    rows = [
        [scale["scale"], *(dict(point)[name] for name in names), part["level"]]
        for scale in part["scales"]
        for point in scale["visits"]
    ]
    return pd.DataFrame(rows, columns=["scale", *names, "level"])
