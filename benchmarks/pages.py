"""How long pages take beside a bare view of the same server, and how many queries they need."""

import re
from dataclasses import replace
from statistics import median

from benchmarks.browser import Browser
from benchmarks.report import Row
from benchmarks.server import demo_server

ROUNDS = 40
WARM_UP = 5
TIMES_BARE = 5
DEMO_SECONDS = 60
LARGE, SMALL = "hcc-randomized", "crc-akkermansia"
"""Trials of the demo: 60 patients with 16 visits each, and 22 patients."""


def run(database: str, database_url: str = "") -> list[Row]:
    """The rows of one database: how long the demo takes to make it, then the pages on it."""
    with demo_server(database_url) as server:
        seconds = server.filled_seconds + server.served_seconds
        rows = [Row("demo, from nothing to a served page", seconds, "s", DEMO_SECONDS)]
        rows += _page_rows(Browser(server.port, "coordinator"))
        rows += _query_rows(
            Browser(server.port, "coordinator"), Browser(server.port, "coordinator2")
        )
    return [replace(row, name=f"{database}: {row.name}") for row in rows]


def _page_rows(browser: Browser) -> list[Row]:
    pages = _addresses(browser, LARGE) | {"home": "/"}
    bare, empty = "/bare/", f"/bare/{LARGE}/"
    taken = _median_seconds(browser, [bare, empty, *pages.values()])
    rows = [
        Row("bare view", 1000 * taken[bare], "ms"),
        Row("empty page, the frame alone", 1000 * taken[empty], "ms"),
    ]
    for name, path in pages.items():
        note = f"{1000 * taken[path]:.1f} ms, {taken[path] / taken[empty]:.1f} × the empty page"
        rows.append(Row(name, taken[path] / taken[bare], "× bare", TIMES_BARE, note))
    return rows


def _query_rows(of_all: Browser, of_one_site: Browser) -> list[Row]:
    """What a page needs for few patients is the limit for many."""
    large, small = _addresses(of_all, LARGE), _addresses(of_all, SMALL)
    rows = [
        Row(
            f"{name}, 60 patients",
            of_all.get(large[name]).queries,
            "queries",
            of_all.get(small[name]).queries,
            "as with 22 patients",
        )
        for name in large
    ]
    many, few = of_all.get("/").queries, of_one_site.get("/").queries
    return [*rows, Row("home, 122 patients", many, "queries", few, "as with 12 patients")]


def _addresses(browser: Browser, trial: str) -> dict[str, str]:
    """Names and paths of what is measured; the visit is the first one with both forms."""
    grid = f"/trials/{trial}/"
    done = re.findall(r'data-state="complete" href="(/visits/\d+/)"', browser.get(grid).text)
    visit = next(path for path in done if _has_forms(browser.get(path).text))
    return {
        "patient grid": grid,
        "visit page": visit,
        "form page, vital signs": f"{visit}forms/vital-signs/",
        "form page, laboratory": f"{visit}forms/laboratory/",
        "dashboard": f"{grid}dashboard/",
    }


def _has_forms(page: str) -> bool:
    return "forms/vital-signs/" in page and "forms/laboratory/" in page


def _median_seconds(browser: Browser, paths: list[str]) -> dict[str, float]:
    """The paths take turns, so that whatever else the machine does meets all of them."""
    for path in paths:
        for _turn in range(WARM_UP):
            browser.get(path)
    taken: dict[str, list[float]] = {path: [] for path in paths}
    for _round in range(ROUNDS):
        for path in paths:
            taken[path].append(browser.get(path).seconds)
    return {path: median(seconds) for path, seconds in taken.items()}
