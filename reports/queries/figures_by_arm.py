"""The data behind the figures by arm, as rows in English keys."""

from collections.abc import Iterator

from outcomes.calc.snapshot.safety_summary import SafetyByArm
from outcomes.calc.snapshot.summary import Endpoint, GroupedResults
from reports.queries.by_arm import Arms
from reports.queries.figures import curve_rows, known, with_provenance
from reports.queries.figures_safety import rows_by_arm

Row = list[object]
DRAWN: tuple[Endpoint, ...] = ("pfs", "os")


def figure_rows_by_arm(arms: Arms, safety: SafetyByArm | None, name: str) -> Iterator[Row] | None:
    """The figure's rows, header first; None for a figure that there is not."""
    rows = _rows(arms, safety, name)
    return with_provenance(arms.dashboard, rows) if rows is not None else None


def _rows(arms: Arms, safety: SafetyByArm | None, name: str) -> Iterator[Row] | None:
    for endpoint in DRAWN:
        if name == f"{endpoint}-by-arm":
            return _curves(arms, endpoint)
        if name == f"hazard-ratios-{endpoint}":
            return _ratios(arms.grouped, endpoint)
    if name.startswith("adverse-events-by-arm") and safety is not None:
        return rows_by_arm(safety)
    return None


def _curves(arms: Arms, endpoint: Endpoint) -> Iterator[Row]:
    for place, (arm, curve) in enumerate(zip(arms.names, arms.curves(endpoint), strict=True)):
        header, *rows = curve_rows(curve)
        if place == 0:
            yield ["arm", *header]
        for row in rows:
            yield [arm, *row]


def _ratios(grouped: GroupedResults, endpoint: Endpoint) -> Iterator[Row]:
    arms = [group["id"] for group in grouped["groups"]]
    counts = [f"{what}_{place}" for place, _arm in enumerate(arms, 1) for what in ("events", "n")]
    yield ["factor", "level", "arm", "reference", "hr", "lower", "upper", "p", "method", *counts]
    for row in grouped["forest"]:
        if row["endpoint"] != endpoint:
            continue
        numbers = [value for count in row["counts"] for value in (count["events"], count["n"])]
        for ratio in row["hazard_ratios"]:
            values = [known(ratio[name]) for name in ("hr", "lower", "upper", "p")]
            yield [
                row["factor"], row["level"], ratio["group"], grouped["reference"],
                *values, ratio["method"], *numbers,
            ]  # fmt: skip
