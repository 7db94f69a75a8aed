"""The endpoint engine on files, start of the command included; and its curves beside plain NumPy.

python -m benchmarks.engine
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks.report import Row, print_table
from outcomes.calc.comparison import logrank
from outcomes.calc.survival import kaplan_meier

TARGETS = {10_000: 3, 100_000: 30}
"""Seconds for `derive responses` and `derive endpoints` together."""
CURVE_PATIENTS, CURVE_TARGET = 100_000, 3
ROUNDS = 5
_RESPONSES = ("CR", "PR", "SD", "NON-CR/NON-PD", "PD", "NE")
_SHARES = (0.05, 0.25, 0.4, 0.05, 0.15, 0.1)


def run() -> Iterator[Row]:
    for patients, seconds in TARGETS.items():
        yield _derivation(patients, seconds)
    yield _curves()


def _derivation(patients: int, limit: int) -> Row:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = _write(folder, patients)
        parts = {
            command: _seconds(partial(_derive, command, folder))
            for command in ("responses", "endpoints")
        }
    said = ", ".join(f"{command} {seconds:.2f} s" for command, seconds in parts.items())
    return Row(
        f"derive responses and endpoints, {patients} patients",
        sum(parts.values()),
        "s",
        limit,
        f"{said}; {rows} assessments",
    )


def _derive(command: str, folder: Path) -> None:
    files = {"subjects": "S.csv", "responses": "R.csv", "out": f"{command}.csv"}
    options = [word for key, file in files.items() for word in (f"--{key}", str(folder / file))]
    subprocess.run([sys.executable, "manage.py", "derive", command, *options], check=True)


def _write(folder: Path, patients: int) -> int:
    """Six scans a patient on average, one in six weeks; the number of all."""
    random = np.random.default_rng(1)
    starts = np.datetime64("2020-01-01") + random.integers(0, 900, patients)
    scans = random.integers(0, 13, patients)
    subject = np.repeat(np.arange(patients), scans)
    first = np.repeat(np.cumsum(scans) - scans, scans)
    day = 42 * (np.arange(len(subject)) - first + 1) + random.integers(-5, 6, len(subject))
    response = random.choice(_RESPONSES, len(subject), p=_SHARES)
    last = starts + 42 * scans + 30
    died = np.where(random.random(patients) < 0.5, last.astype(str), "")
    therapy = starts + random.integers(50, 400, patients)
    switched = np.where(random.random(patients) < 0.2, therapy.astype(str), "")
    people = zip(range(patients), starts, switched, died, last, strict=True)
    lines = [f"P{number:06},{','.join(map(str, dates))}\n" for number, *dates in people]
    head = "USUBJID,RANDDT,NACTDT,DTHDT,LSTALVDT\n"
    (folder / "S.csv").write_text(head + "".join(lines))
    visits = zip(subject, starts[subject] + day, response, strict=True)
    lines = [f"P{number:06},{on},{said}\n" for number, on, said in visits]
    (folder / "R.csv").write_text("USUBJID,ADT,AVALC\n" + "".join(lines))
    return len(lines)


def _curves() -> Row:
    random = np.random.default_rng(2)
    days = np.ceil(random.exponential(500, CURVE_PATIENTS))
    event = (random.random(CURVE_PATIENTS) < 0.6).astype(int)
    group = random.integers(0, 2, CURVE_PATIENTS)

    def ours() -> None:
        for number in (0, 1):
            kaplan_meier(days[group == number], event[group == number])
        logrank(days, event, group)

    def plain() -> None:
        tables = [_plain_curve(days[group == number], event[group == number]) for number in (0, 1)]
        _plain_logrank(*tables)

    pairs = [(_seconds(ours), _seconds(plain)) for _round in range(ROUNDS)]
    mine, theirs = (median(times) for times in zip(*pairs, strict=True))
    return Row(
        f"Kaplan-Meier of two groups and log-rank, {CURVE_PATIENTS} patients",
        mine / theirs,
        "× plain",
        CURVE_TARGET,
        f"{1000 * mine:.1f} ms against {1000 * theirs:.1f} ms of NumPy",
    )


def _plain_curve(days: Any, event: Any) -> tuple[Any, Any, Any, Any]:
    """Times, numbers at risk, deaths and the curve: the least that one would write by hand."""
    moments, place = np.unique(days, return_inverse=True)
    at_risk = np.bincount(place)[::-1].cumsum()[::-1]
    deaths = np.bincount(place, weights=event)
    return moments, at_risk, deaths, np.cumprod(1 - deaths / at_risk)


def _plain_logrank(first: tuple[Any, ...], second: tuple[Any, ...]) -> float:
    moments = np.union1d(first[0], second[0])
    risks, deaths = [], []
    for times, at_risk, died, _curve in (first, second):
        risks.append(np.append(at_risk, 0)[np.searchsorted(times, moments)])
        here = np.zeros(len(moments))
        here[np.searchsorted(moments, times)] = died
        deaths.append(here)
    total, events = risks[0] + risks[1], deaths[0] + deaths[1]
    share = risks[0] / total
    variance = events * share * (1 - share) * (total - events) / np.maximum(total - 1, 1)
    return float((deaths[0] - events * share).sum() ** 2 / variance.sum())


def _seconds(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


if __name__ == "__main__":
    print_table(run())
