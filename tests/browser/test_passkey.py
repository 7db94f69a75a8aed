"""A passkey in a real browser, with an authenticator that Chromium pretends to have."""

import pytest
from playwright.sync_api import expect

from tests.browser.journey import PASSWORD

pytestmark = pytest.mark.needs("chromium")


@pytest.fixture
def page(new_page):
    page = new_page()
    chrome = page.context.new_cdp_session(page)
    chrome.send("WebAuthn.enable")
    key = {
        "protocol": "ctap2",
        "transport": "usb",
        "hasResidentKey": False,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    chrome.send("WebAuthn.addVirtualAuthenticator", {"options": key})
    return page


def give_password(page, base):
    page.goto(f"{base}/sign-in/")
    page.get_by_label("Username").fill("dora")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_passkey_is_registered_at_the_first_sign_in_and_asked_at_the_second(sqlite_site, page):
    sqlite_site.add_person("dora", "data-manager", "hcc-single-arm", password=PASSWORD)
    base = f"http://localhost:{sqlite_site.port}"  # a passkey belongs to a name, not to a number

    give_password(page, base)
    expect(page.get_by_text("Your role asks for a second factor")).to_be_visible()
    page.get_by_role("link", name="Register a key").click()
    page.get_by_label("Name").fill("Key on the ring")
    page.get_by_role("button", name="Register the key").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
    page.goto(f"{base}/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Good day")

    page.context.clear_cookies()
    give_password(page, base)
    expect(page.get_by_role("heading", level=1)).to_have_text("Second factor")
    page.goto(f"{base}/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Second factor")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Good day")
