"""The data behind the figures on safety and quality of life, as rows in English keys."""

from collections.abc import Iterator

from outcomes.calc.snapshot.safety_summary import (
    MarkerTrend,
    QualityOfLife,
    Safety,
    SafetyByArm,
    ScaleChange,
    Shift,
    Trend,
)
from outcomes.models import Snapshot
from outcomes.queries.results import quality_of_life_of, safety_of

Row = list[object]
_GRADES = [f"grade_{grade}" for grade in range(1, 6)]


def safety_rows(snapshot: Snapshot, name: str) -> Iterator[Row] | None:
    """The figure's rows, header first; None for a figure that the snapshot does not have."""
    if name.startswith("quality-of-life-"):
        part = quality_of_life_of(snapshot)
        return _scale(part, name.removeprefix("quality-of-life-")) if part is not None else None
    safety = safety_of(snapshot)
    return _safety(safety, name) if safety is not None else None


def _safety(safety: Safety, name: str) -> Iterator[Row] | None:
    whole = {
        "adverse-events": _events,
        "dose-intensity": _intensities,
        "compliance": _compliance,
        "laboratory-shifts": _shifts,
    }
    if name in whole:
        return whole[name](safety)
    for trend in safety["trends"]:
        if name == f"laboratory-trend-{trend['test']}":
            return _trend(trend)
    for marker in safety["markers"]:
        if name == f"marker-{marker['marker']}":
            return _marker(marker)
    return None


def _events(safety: Safety) -> Iterator[Row]:
    yield ["organ_class", "term", "events", "patients", "n", *_GRADES]
    for line in safety["events"]:
        for name, grades in line["sets"].items():
            n = safety["population"]["n"]
            yield [line["organ_class"], line["term"], name, sum(grades), n, *grades]


def rows_by_arm(part: SafetyByArm) -> Iterator[Row]:
    """Header first."""
    yield ["arm", "organ_class", "term", "events", "patients", "n", *_GRADES]
    for arm in part["arms"]:
        for line in arm["events"]:
            for name, grades in line["sets"].items():
                place = [arm["arm"], line["organ_class"], line["term"]]
                yield [*place, name, sum(grades), arm["n"], *grades]


def _intensities(safety: Safety) -> Iterator[Row]:
    yield ["treatment", "relative_pct"]
    for part in safety["exposure"]["treatments"]:
        for value in part["intensities"]:
            yield [part["treatment"], value]


def _compliance(safety: Safety) -> Iterator[Row]:
    yield ["compliance_pct"]
    for value in safety["exposure"]["compliance"]:
        yield [value]


def _shifts(safety: Safety) -> Iterator[Row]:
    yield ["test", "term", "direction", "baseline_grade", "worst_grade", "patients"]
    for shift in safety["shifts"]:
        yield from _cells(shift)


def _cells(shift: Shift) -> Iterator[Row]:
    unknown = len(shift["counts"]) - 1
    for baseline, row in enumerate(shift["counts"]):
        for worst, patients in enumerate(row):
            known = "" if baseline == unknown else baseline
            yield [shift["test"], shift["term"], shift["direction"], known, worst, patients]


def _trend(trend: Trend) -> Iterator[Row]:
    yield ["test", "unit", "visit", "median_day", "n", "q1", "median", "q3"]
    for at in trend["visits"]:
        numbers = [at["day"], at["n"], at["q1"], at["median"], at["q3"]]
        yield [trend["test"], trend["unit"], at["visit"], *numbers]


def _marker(trend: MarkerTrend) -> Iterator[Row]:
    """Lines are numbered; no patient is named."""
    yield ["line", "week", "ratio_to_baseline"]
    for number, line in enumerate(trend["lines"], start=1):
        for week, ratio in zip(line["weeks"], line["ratio"], strict=True):
            yield [number, week, ratio]


def _scale(part: QualityOfLife, name: str) -> Iterator[Row] | None:
    found = (scale for scale in part["scales"] if scale["scale"].lower() == name)
    scale = next(found, None)
    return _changes(scale) if scale is not None else None


def _changes(scale: ScaleChange) -> Iterator[Row]:
    columns = ["visit", "day", "n", "mean", "lower", "upper", "q1", "median", "q3"]
    yield ["scale", *columns]
    for point in scale["visits"]:
        values = dict(point)
        yield [scale["scale"], *(values[column] for column in columns)]
