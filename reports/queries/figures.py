"""The data of each figure as rows, in English keys, for the CSV beside it."""

from collections.abc import Iterator
from itertools import chain

from outcomes.calc.snapshot.summary import Curve
from reports.queries.dashboard import Dashboard, curve_name
from reports.queries.figures_safety import safety_rows

Row = list[object]


def figure_rows(dashboard: Dashboard, name: str) -> Iterator[Row] | None:
    """The figure's rows, header first; None for a figure that the snapshot does not have."""
    rows = _rows(dashboard, name)
    if rows is None:
        return None
    snapshot = dashboard.snapshot
    provenance: list[Row] = [
        ["# trial", dashboard.summary["trial"]],
        ["# data cut", snapshot.cut_on.isoformat()],
        ["# snapshot", snapshot.pk],
        ["# rules", snapshot.rule_version],
    ]
    return chain(provenance, rows)


def _rows(dashboard: Dashboard, name: str) -> Iterator[Row] | None:
    if name == "accrual":
        return _accrual(dashboard)
    for curve in dashboard.summary["curves"]:
        if curve_name(curve) == name:
            return _curve(curve)
    return safety_rows(dashboard.snapshot, name)


def _accrual(dashboard: Dashboard) -> Iterator[Row]:
    yield ["month", "enrolled", "cumulative"]
    for month in dashboard.summary["accrual"]["months"]:
        yield [month["month"], month["enrolled"], month["cumulative"]]


def _curve(curve: Curve) -> Iterator[Row]:
    yield ["month", "survival", "lower", "upper", "is_censor_mark"]
    steps = zip(curve["months"], curve["survival"], curve["lower"], curve["upper"], strict=True)
    for month, survival, lower, upper in steps:
        yield [month, survival, lower, upper, 0]
    for month, survival in zip(curve["censored_months"], curve["censored_survival"], strict=True):
        yield [month, survival, "", "", 1]
