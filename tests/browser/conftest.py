"""Chromium, and installations on each database for it to visit."""

import uuid
from urllib.parse import urlsplit

import psycopg2
import pytest
from playwright.sync_api import sync_playwright

from tests.browser.installation import Installation
from tests.browser.journey import PASSWORD
from tests.components import REDIS_URL, chromium_path, postgresql_url

PEOPLE = {"cora": "coordinator", "iris": "investigator", "stan": "statistician"}
# Quiet and closed: no first-run pages, no look-ups of the browser's own.
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="module")
def chromium():
    """Ended with its file: while Playwright runs, Django takes the process for an async one."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def new_page(chromium):
    """Pages of separate people. A script error or a refused script fails the test."""
    contexts, complaints = [], []

    def make():
        context = chromium.new_context(
            viewport={"width": 1366, "height": 768}, accept_downloads=True
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: _note(complaints, line))
        return page

    yield make
    for context in contexts:
        context.close()
    assert complaints == []


def _note(complaints, line):
    # Chromium reports every 422 as a failed resource; the pages answer it on purpose.
    if line.type == "error" and "status of 4" not in line.text:
        complaints.append(line.text)


@pytest.fixture
def sqlite_site(tmp_path):
    yield from _installation(tmp_path, {})


@pytest.fixture
def postgresql_site(tmp_path):
    """PostgreSQL and Redis of its own; worker and beat are started by the test."""
    name = f"trialsite_{uuid.uuid4().hex[:12]}"
    server = urlsplit(postgresql_url())
    _sql(f"CREATE DATABASE {name}")
    try:
        yield from _installation(
            tmp_path,
            {"DATABASE_URL": server._replace(path=f"/{name}").geturl(), "REDIS_URL": REDIS_URL},
        )
    finally:
        _sql(f"DROP DATABASE {name} WITH (FORCE)")


def _installation(folder, environment):
    site = Installation(folder, environment)
    try:
        site.prepare("hcc-single-arm")
        for username, role in PEOPLE.items():
            site.add_person(username, role, "hcc-single-arm", password=PASSWORD)
        site.start_web()
        yield site
    finally:
        site.close()


def _sql(statement):
    connection = psycopg2.connect(postgresql_url())
    connection.autocommit = True
    connection.cursor().execute(statement)
    connection.close()
