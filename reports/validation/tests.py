"""Running the linked tests in a scratch database of the same kind as the site's."""

import importlib.util
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree

from django.conf import settings
from django.db import connection

from reports.validation.checks import Outcome

_LONGEST_SECONDS = 3600


@dataclass(frozen=True)
class TestRun:
    """`outcomes` maps each test, without its parameters, to what became of all its cases."""

    __test__ = False

    outcomes: dict[str, Outcome]
    counts: dict[Outcome, int]
    note: str

    def of(self, link: str) -> Outcome:
        """The outcome of a linked test, file or folder: the worst of what is in it."""
        found = {
            outcome
            for test, outcome in self.outcomes.items()
            if test == link or test.startswith((f"{link}::", f"{link.rstrip('/')}/"))
        }
        for outcome in (Outcome.FAIL, Outcome.NOT_RUN):
            if outcome in found:
                return outcome
        return Outcome.PASS if found else Outcome.NOT_RUN


def why_not() -> str:
    """What keeps the tests from running here; empty when nothing does."""
    if not (settings.BASE_DIR / "tests").is_dir():
        return "the tests are not part of this installation (run from a checkout of this version)"
    lacking = [
        name for name in ("pytest", "pytest_django", "hypothesis") if not _is_installed(name)
    ]
    return f"not installed: {', '.join(lacking)} (make dev)" if lacking else ""


def _is_installed(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


def run_tests(links: list[str]) -> TestRun:
    """Never touches the site's own database: the suite makes and drops one beside it."""
    reason = why_not()
    if reason:
        return TestRun({}, {}, reason)
    with tempfile.TemporaryDirectory(prefix="validate-") as folder:
        report = Path(folder) / "junit.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        command += ["-o", "junit_family=xunit1", f"--junitxml={report}", *links]
        done = subprocess.run(  # noqa: S603 - our own interpreter and our own tests
            command,
            cwd=settings.BASE_DIR,
            env=_environment(),
            capture_output=True,
            text=True,
            timeout=_LONGEST_SECONDS,
            check=False,
        )
        if not report.exists():
            return TestRun({}, {}, f"pytest made no report: {_last_line(done)}")
        return _read(report, note=_last_line(done))


_LEFT_OUT = {"DATABASE_URL", "DJANGO_SETTINGS_MODULE", "PYTEST_ADDOPTS"}


def _environment() -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("TRIALSITE_") and name not in _LEFT_OUT
    }
    if connection.vendor == "postgresql":
        kept |= {"TRIALSITE_TEST_ON": "postgresql", "TEST_DATABASE_URL": _server_url()}
    return kept


def _server_url() -> str:
    values = connection.settings_dict
    account = quote(values["USER"] or "", safe="")
    if values["PASSWORD"]:
        account += ":" + quote(values["PASSWORD"], safe="")
    host, port = values["HOST"] or "127.0.0.1", values["PORT"] or 5432
    return f"postgres://{account}@{host}:{port}/{quote(str(values['NAME']), safe='')}"


def _last_line(done: "subprocess.CompletedProcess[str]") -> str:
    lines = (done.stdout.strip() or done.stderr.strip()).splitlines()
    return lines[-1].strip("= ") if lines else f"exit code {done.returncode}"


def _read(report: Path, *, note: str) -> TestRun:
    cases: dict[str, set[Outcome]] = defaultdict(set)
    counts: dict[Outcome, int] = defaultdict(int)
    for case in ElementTree.parse(report).iter("testcase"):  # noqa: S314 - pytest's own file
        path = case.get("file") or ""
        module = path.removesuffix(".py").replace("/", ".")
        inside = (case.get("classname") or "").removeprefix(module).strip(".")
        name = (case.get("name") or "").partition("[")[0]
        outcome = _outcome(case)
        cases["::".join(filter(None, [path, inside, name]))].add(outcome)
        counts[outcome] += 1
    outcomes = {
        test: next(item for item in (Outcome.FAIL, Outcome.PASS, Outcome.NOT_RUN) if item in found)
        for test, found in cases.items()
    }
    return TestRun(outcomes, dict(counts), note)


def _outcome(case: ElementTree.Element) -> Outcome:
    if case.find("failure") is not None or case.find("error") is not None:
        return Outcome.FAIL
    return Outcome.NOT_RUN if case.find("skipped") is not None else Outcome.PASS
