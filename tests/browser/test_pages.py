"""Every kind of page over the demo's data, in both languages: no script error, nothing cut off.

With SCREENSHOTS=1 (`make screenshots`) the pictures of docs/screenshots/ are renewed.
"""

import os

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.installation import ROOT, Installation

PASSWORD = "open-demo-garden"
PAGES = {
    "investigator": {
        "dashboard": "/trials/hcc-single-arm/dashboard/",
        "protocol": "/trials/hcc-randomized/definition/",
    },
    "coordinator": {
        "home": "/",
        "grid": "/trials/hcc-single-arm/",
        "screening-log": "/trials/hcc-single-arm/screening/",
        "screening": "/trials/crc-akkermansia/screening/new/",
    },
    "statistician": {
        "exports": "/trials/hcc-single-arm/exports/",
        "tokens": "/tokens/",
        "api": "/api/v1/trials/hcc-single-arm/tables/",
    },
}
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
WANTS_PICTURES = os.environ.get("SCREENSHOTS") == "1"
PICTURES = ROOT / "docs" / "screenshots"

pytestmark = pytest.mark.needs("chromium")


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    site = Installation(tmp_path_factory.mktemp("demo"), {"TRIALSITE_DEMO": "1"})
    try:
        site.manage("demo")
        site.start_web()
        yield site
    finally:
        site.close()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("username", PAGES)
def test_pages_are_whole_in_both_languages(demo, new_page, username, language):
    page = new_page()
    _sign_in(demo, page, username, language)
    for name, path in PAGES[username].items():
        _look(page, demo.address + path, name, language)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_pages_of_a_patient_are_whole_in_both_languages(demo, new_page, language):
    page = new_page()
    _sign_in(demo, page, "coordinator", language)
    page.goto(f"{demo.address}/trials/hcc-single-arm/")
    page.locator("tbody th a").first.click()
    patient = page.url
    _look(page, patient, "patient", language)
    _look(page, f"{patient}logs/adverse-events/", "log", language)
    _look(page, f"{patient}logs/adverse-events/new/", "adverse-event", language)
    page.locator("button[name=save][value=exit]").click()
    expect(page.locator("[data-error-summary]")).to_be_visible()
    assert page.evaluate("document.activeElement.closest('.has-errors') !== null")
    _is_for_everyone(page, "adverse-event, refused")
    _look(page, f"{patient}forms/end-of-treatment/", "end-of-treatment", language)
    page.goto(patient)
    page.locator("tbody tr").nth(1).get_by_role("link").first.click()
    _look(page, page.url, "visit", language)
    for number in range(page.locator(".form-list a").count()):
        page.locator(".form-list a").nth(number).click()
        _look(page, page.url, f"form-{number + 1}", language)
        page.go_back()


def _sign_in(site, page, username, language):
    page.goto(f"{site.address}/sign-in/")
    page.locator("[name=username]").fill(username)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    if language != "en":
        page.locator(".language-switch button").click()
    expect(page.locator("html")).to_have_attribute("lang", language)


def _look(page, url, name, language):
    answer = page.goto(url)
    assert answer.status == 200
    expect(page.locator("h1")).to_have_count(1)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.viewport_size["width"], f"{name} is {width} pixels wide"
    if language == "en":  # the markup is the same in both
        _is_for_everyone(page, name)
    if WANTS_PICTURES:
        page.wait_for_timeout(700)  # figures draw themselves after the page has loaded
        suffix = "" if language == "en" else "-zh"
        page.screenshot(path=PICTURES / f"{name}{suffix}.png")


def _is_for_everyone(page, name):
    """WCAG 2.2 AA, as far as axe can tell; from the end of the page, where no bar lies over it."""
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": WCAG}}).response
    broken = {item["id"]: [node["html"] for node in item["nodes"]] for item in found["violations"]}
    assert broken == {}, name
