"""The main job as a coordinator does it, step by step in a real browser."""

import re
from datetime import date, timedelta

from playwright.sync_api import Page, expect

from tests.browser.authenticator import code_now

PASSWORD = "correct-horse-9"
ASKED = "Your role asks for a second factor"


class Coordinator:
    """Drives the pages of one signed-in person. `base` is the address of the site."""

    def __init__(self, page: Page, base: str) -> None:
        self.page, self.base = page, base

    def sign_in(self, username: str) -> None:
        self.page.goto(f"{self.base}/sign-in/")
        self.page.get_by_label("Username").fill(username)
        self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()
        if "/second-factor/" in self.page.url or self.page.get_by_text(ASKED).count():
            self._set_up_an_app()
        expect(self.page.get_by_role("heading", level=1)).to_contain_text("Good day")

    def _set_up_an_app(self) -> None:
        """What a role that signs, unblinds or administers is led to at its first sign-in."""
        self.page.get_by_role("link", name="Set up an app").click()
        secret = self.page.locator("#secret").input_value()
        self.page.get_by_label("Code").fill(code_now(secret))
        self.page.get_by_role("button", name="Use this app").click()
        expect(self.page.locator("#secret")).to_have_count(0)
        self.page.goto(f"{self.base}/")

    def sign_out(self) -> None:
        self.page.locator("summary", has=self.page.locator("span")).last.click()
        self.page.get_by_role("button", name="Sign out").click()

    def screen(self, slug: str, *, on: date, failing: str = "") -> None:
        """Answers every criterion as wanted, but for the one named in `failing`."""
        page = self.page
        page.goto(f"{self.base}/trials/{slug}/screening/new/")
        if page.get_by_label("Site").input_value() == "":
            page.get_by_label("Site").select_option(index=1)
        self.choose("sex", "M")
        page.get_by_label("Date of birth").fill("1961-04")
        page.get_by_label("Date of screening").fill(on.isoformat())
        if page.get_by_label("Background regimen").count():
            page.get_by_label("Background regimen").select_option(index=1)
        names = page.locator("input[type=radio]").evaluate_all(
            "inputs => [...new Set(inputs.map(i => i.name))].filter(n => /^[IE][0-9]+$/.test(n))"
        )
        for name in names:
            wanted = name.startswith("I") != (name == failing)
            self.choose(name, "Y" if wanted else "N")
        page.get_by_role("button", name="Save screening").click()

    def consent(self, *, on: date) -> None:
        self.page.get_by_label("Signed on").fill(on.isoformat())
        self.page.get_by_role("button", name="Record consent").click()
        expect(self.page.get_by_text("The consent is recorded")).to_be_visible()

    def enroll(self, *, on: date) -> str:
        """The patient number that the system issued."""
        self.page.get_by_label("Enrolled on").fill(on.isoformat())
        self.page.get_by_role("button", name="Enroll").click()
        message = self.page.get_by_text("The patient number is").inner_text()
        return re.search(r"[A-Z]\d\d-\d{3}-\w+", message)[0]

    def open_visit(self, label: str, *, on: date, reason: str = "") -> None:
        """From the patient's page, or after one visit from its header."""
        self.page.locator("tbody").get_by_role("link", name=label, exact=True).click()
        self.page.get_by_label("Visit date", exact=True).fill(on.isoformat())
        if reason:
            self.page.get_by_label("Reason for a change").fill(reason)
        self.page.get_by_role("button", name="Save visit date").click()
        expect(self.page.get_by_text("The visit date is recorded")).to_be_visible()

    def open_form(self, title: str) -> None:
        self.page.locator(".form-list").get_by_role("link", name=title, exact=True).click()

    def fill(self, **values: object) -> None:
        """Fills fields by name: text, list or radio button, whatever the page has for it."""
        for name, value in values.items():
            text = value.isoformat() if isinstance(value, date) else str(value)
            field = self.page.locator(f"[name='{name}']").first
            kind = field.evaluate("f => f.type")
            if kind == "radio":
                self.choose(name, text)
            elif kind.startswith("select"):
                field.select_option(text)
            else:
                field.fill(text)

    def choose(self, name: str, value: str) -> None:
        self.page.locator(f"[name='{name}'][value='{value}']").check()

    def complete(self) -> None:
        """Presses whichever button completes the form, and expects it to be taken."""
        buttons = self.page.locator("button[name=save]:not([value=draft])")
        buttons.first.click()
        expect(self.page.get_by_text("Saved.")).to_be_visible()


def days(n: int) -> timedelta:
    return timedelta(days=n)
