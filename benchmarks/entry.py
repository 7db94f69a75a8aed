"""The coordinator's page in real Chromium: how long it takes, and a whole cycle visit by keyboard.

`python -m benchmarks.entry` prints the table. Chromium comes from CHROMIUM or /usr/bin/chromium.
"""

import os
import re
import time
from statistics import median

from playwright.sync_api import Page, Request, sync_playwright

from benchmarks.browser import PASSWORD
from benchmarks.report import Row, print_table
from benchmarks.server import demo_server

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
TRIAL = "hcc-single-arm"
ROUNDS = 15
OPEN_MS, CHECK_MS, SAVE_MS, GRID_MS = 200, 100, 300, 1000
MOST_STEPS = 400

# What a script cannot guess from the field; everything else is the middle of the usual range.
ANSWERS = {
    "has_day_one_reaction": "2",
    "dispensed_capsules": "60",
    "returned_capsules": "0",
    "lost_capsules": "0",
    "capsules_taken": "6",
    "comment": "",
    "started_on": "t",
}

# When the cursor stood in the first answer, in milliseconds since the navigation began.
NOTE_FOCUS = """
document.addEventListener("focusin", () => { window.focusedAt ??= performance.now(); }, true);
"""
NOW = "performance.timeOrigin + performance.now()"
FOCUSED = "performance.timeOrigin + window.focusedAt"
HERE = """() => {
  const one = document.activeElement;
  const field = one.closest(".field");
  const limits = field ? field.dataset : {};
  const low = Number(limits.softMin ?? limits.min ?? 1), high = Number(limits.softMax ?? low + 2);
  return {
    name: one.name ?? "", kind: one.type ?? "", tag: one.tagName, value: one.value ?? "",
    middle: String(Math.round((low + high) / 2)), date: one.dataset.kind ?? "",
    numeric: Boolean(one.inputMode), label: field?.innerText.split("\\n")[0] ?? one.innerText,
  };
}"""


def run() -> list[Row]:
    with demo_server() as server, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = chromium.new_page(viewport={"width": 1366, "height": 768})
        page.add_init_script(NOTE_FOCUS)
        base = f"http://127.0.0.1:{server.port}"
        page.goto(f"{base}/sign-in/")
        page.fill("[name=username]", "coordinator")
        page.fill("[name=password]", PASSWORD)
        page.press("[name=password]", "Enter")
        page.wait_for_url(f"{base}/")
        form = _open_form(page, base)
        rows = [
            _row("form opens, first answer focused", _opened(page, form), OPEN_MS),
            _row("answer checked on leaving it", _checked(page, form), CHECK_MS),
            _row("form saved, next one open", _saved(page, form), SAVE_MS),
            _row("grid of 60 patients × 16 visits", _grid(page, base), GRID_MS),
            *_cycle_visit(page, base),
        ]
        chromium.close()
        return rows


def _row(name: str, milliseconds: list[float], limit: float) -> Row:
    note = f"{min(milliseconds):.0f} to {max(milliseconds):.0f} ms, median of {len(milliseconds)}"
    return Row(name, median(milliseconds), "ms", limit, note)


def _open_form(page: Page, base: str) -> str:
    """The address of vital signs that wait to be filled."""
    page.goto(f"{base}/trials/{TRIAL}/")
    cells = page.locator("td a[href*='/forms/']").evaluate_all("a => a.map(x => x.href)")
    for address in cells:
        visit = address.split("forms/")[0]
        if page.request.get(f"{visit}forms/vital-signs/").ok:
            return f"{visit}forms/vital-signs/"
    raise RuntimeError("the demo has no open visit with vital signs")


def _opened(page: Page, form: str) -> list[float]:
    taken = []
    for _round in range(ROUNDS):
        page.goto(form)
        page.wait_for_function(
            "window.focusedAt !== undefined || document.readyState === 'complete'"
        )
        focus = "window.focusedAt ?? performance.getEntriesByType('navigation')[0].loadEventEnd"
        taken.append(float(page.evaluate(focus)))
    return taken


def _checked(page: Page, form: str) -> list[float]:
    """From leaving the field to the answer that is shown."""
    taken = []
    page.goto(form)
    for number in range(ROUNDS):
        page.fill("[name=pulse_per_min]", str(40 + number))
        with page.expect_response(lambda answer: answer.request.method == "POST") as answer:
            begun = float(page.evaluate(NOW))
            page.press("[name=pulse_per_min]", "Tab")
        answer.value.finished()
        taken.append(float(page.evaluate(NOW)) - begun)
        page.wait_for_timeout(50)
    return taken


def _saved(page: Page, form: str) -> list[float]:
    """From the key to the cursor in the first answer of the page that follows."""
    taken = []
    for number in range(ROUNDS):
        page.goto(form)
        page.fill("[name=pulse_per_min]", str(60 + number))
        if page.locator("[name=reason_code]").count():
            page.select_option("[name=reason_code]", "source")
        begun = float(page.evaluate(NOW))
        with page.expect_navigation():
            page.keyboard.press("Control+s")
        page.wait_for_load_state("load")
        ended = page.evaluate(f"window.focusedAt === undefined ? {NOW} : {FOCUSED}")
        taken.append(float(ended) - begun)
    return taken


def _grid(page: Page, base: str) -> list[float]:
    taken = []
    for _round in range(ROUNDS):
        page.goto(f"{base}/trials/hcc-randomized/")
        loaded = "performance.getEntriesByType('navigation')[0].loadEventEnd"
        taken.append(float(page.evaluate(loaded)))
    return taken


def _cycle_visit(page: Page, base: str) -> list[Row]:
    """Day 1 of a course: the date and every form of the visit, typed from the first key to the last
    as a script types them."""
    page.goto(base)
    visit = page.locator("main li, main tr").filter(has_text=re.compile(r"Course \d, day 1\b"))
    overdue = visit.filter(has_text="Overdue").filter(has_text="single arm").first
    page.goto(base + (overdue.locator("a[href^='/visits/']").first.get_attribute("href") or ""))
    requests: list[str] = []
    page.on("request", lambda request: _note(requests, request))
    typist = Typist(page)
    begun = time.perf_counter()
    typist.walk()
    seconds = time.perf_counter() - begun
    return [
        Row(f"a cycle visit by keyboard, {typist.forms} forms", typist.keys, "keys"),
        Row("  of it: typed by the script in", seconds, "s"),
        Row("  of it: requests to the server", len(requests), "requests"),
    ]


def _note(requests: list[str], request: Request) -> None:
    if "/static/" not in request.url:
        requests.append(request.url)


class Typist:
    """Fills whatever has the cursor, with the keys that a person would press."""

    def __init__(self, page: Page) -> None:
        self.page, self.keys, self.forms = page, 0, 0

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)
        self.keys += 1

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)
        self.keys += len(text)

    def walk(self) -> None:
        self._record_the_date()
        while "/forms/" in self.page.url:
            before = self.page.url
            self._fill_the_form()
            self.forms += 1
            if self.page.url == before:
                raise RuntimeError(f"{before} was not taken: {self._said()}")

    def _said(self) -> str:
        return self.page.locator("[data-error-summary]").inner_text()

    def _record_the_date(self) -> None:
        page = self.page
        page.locator("[name=actual_date]").focus()
        self.press("Control+a")
        self.type("t")
        self.press("Tab")
        self.type("holiday")
        self.press("Enter")
        page.wait_for_load_state("load")
        page.locator(".form-list a").first.focus()
        with page.expect_navigation():
            self.press("Enter")

    def _fill_the_form(self) -> None:
        page = self.page
        page.wait_for_load_state("load")
        for _step in range(MOST_STEPS):
            here = page.evaluate(HERE)
            if here["tag"] not in ("INPUT", "SELECT", "TEXTAREA"):
                break
            self._answer(here)
            self.press("Tab")
        with page.expect_navigation():
            self.press("Control+Enter")
        page.wait_for_load_state("load")

    def _answer(self, here: dict[str, str]) -> None:
        known = ANSWERS.get(here["name"].rpartition("-")[2])
        if here["kind"] == "radio":
            self.press(known or "1")
        elif here["value"]:
            return
        elif known is not None:
            self.type(known)
        elif here["tag"] == "SELECT":
            self.press("ArrowDown")
        elif here["date"]:
            self.type("t")
        else:
            self.type(here["middle"] if here["numeric"] else "none")


if __name__ == "__main__":
    print_table(run())
