"""A record from query to lock, and a patient from randomization to unblinding, by many people."""

import csv
import io
import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.browser.installation import Installation
from tests.browser.journey import PASSWORD, Coordinator, days

TRIAL = "hcc-randomized"
TODAY = datetime.now(ZoneInfo("Asia/Shanghai")).date()
SCREENED, ENROLLED = TODAY - days(9), TODAY - days(5)
PEOPLE = {
    "cora": "coordinator",
    "mona": "monitor",
    "iris": "investigator",
    "dan": "data-manager",
    "carl": "coordinator",
    "ivan": "investigator",
    "dina": "dispenser",
    "phil": "unblinded-pharmacist",
    "dora": "data-manager",
}
# Read by the shell of the installation; one process for all of them is quicker than nine.
ADD_PEOPLE = """
from django.core.management import call_command
for name, role in {people!r}.items():
    call_command("add_person", name, name=name.title(), trial={trial!r}, role=role)
"""

END_SESSIONS = """
from allauth.usersessions.models import UserSession
from core.sessions import end_sessions
end_sessions(UserSession.objects.filter(user__username={username!r}), by=None, reason="test")
"""

# Many processes share the machine while the whole suite runs.
expect.set_options(timeout=15_000)

pytestmark = pytest.mark.needs("chromium")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    site = Installation(tmp_path_factory.mktemp("walks"), {})
    try:
        site.prepare(TRIAL)
        code = ADD_PEOPLE.format(people=PEOPLE, trial=TRIAL)
        site.manage("shell", "-v0", "-c", code, TRIALSITE_PASSWORD=PASSWORD)
        site.start_web()
        yield site
    finally:
        site.close()


@pytest.fixture
def person(site, new_page):
    """Somebody who signed in at a browser of their own."""

    def sign_in(username):
        somebody = Coordinator(new_page(), site.address)
        somebody.sign_in(username)
        return somebody

    return sign_in


# --- Query, answer, close, verify, sign, change, broken, sign again, lock ------------------------


def test_record_from_query_to_lock(person):
    cora = person("cora")
    form = _enter_vital_signs(cora)

    mona = person("mona")
    _open_talk(mona, form)
    mona.page.locator("summary", has_text="Raise a query").click()
    mona.page.get_by_label("Question").fill("The chart says 69.5 kg. Which is right?")
    mona.page.get_by_role("button", name="Send the query").click()
    expect(_flag(mona)).to_have_attribute("data-flag", "open")

    _open_talk(cora, form)
    cora.page.get_by_label(re.compile("^Reply to query")).fill("68.5 kg, without shoes.")
    cora.page.get_by_role("button", name="Send as answer").click()
    expect(_flag(cora)).to_have_attribute("data-flag", "answered")
    expect(cora.page.get_by_role("button", name="Close the query")).to_have_count(0)

    _open_talk(mona, form)
    expect(mona.page.locator("#talk-body")).to_contain_text("68.5 kg, without shoes.")
    mona.page.get_by_label(re.compile("^Reply to query")).fill("Thank you.")
    mona.page.get_by_role("button", name="Close the query").click()
    expect(_flag(mona)).to_have_attribute("data-flag", "closed")
    _verify(mona, form)

    iris = person("iris")
    _sign(iris, form)
    expect(iris.page.locator(".signature")).to_contain_text("Iris")
    expect(iris.page.locator(".signature")).to_contain_text("reviewed and approved")
    expect(iris.page.locator(".signature.is-broken")).to_have_count(0)

    cora.page.goto(form)
    cora.fill(weight_kg="69.5", reason_code="query")
    cora.page.locator("button[name=save][value=exit]").click()
    expect(cora.page.get_by_text("Saved.")).to_be_visible()

    iris.page.goto(form)
    broken = iris.page.locator(".signature.is-broken")
    expect(broken).to_contain_text("No longer valid: changed by Cora")
    expect(broken.locator("del")).to_have_text("68.5")
    expect(broken.locator("ins")).to_have_text("69.5")

    _verify(mona, form, shows="broken")  # verified, and the broken signature comes before that
    _sign(iris, form)
    expect(iris.page.locator(".signature")).to_have_count(2)
    expect(iris.page.locator(".signature").first).not_to_have_class(re.compile("is-broken"))

    dan = person("dan")
    dan.page.goto(form)
    dan.page.locator(".review").get_by_role("link", name="Lock").click()
    dan.page.get_by_label("Reason").fill("All is verified and signed.")
    dan.page.get_by_role("button", name="Lock").click()

    cora.page.goto(form)
    expect(cora.page.locator(".review")).to_contain_text("All is verified and signed.")
    expect(cora.page.locator("[name=weight_kg]")).to_be_disabled()
    expect(cora.page.locator("button[name=save]")).to_have_count(0)
    stays = cora.page.request.post(form, headers={"Referer": form}, form=_token(cora))
    assert stays.status in (403, 409, 422)


def _enter_vital_signs(cora):
    """The address of the complete form."""
    cora.screen(TRIAL, on=SCREENED)
    cora.consent(on=SCREENED)
    cora.enroll(on=ENROLLED)
    cora.open_visit("Screening", on=SCREENED + days(1))
    cora.open_form("Vital signs and ECOG")
    form = cora.page.url
    _fill_vital_signs(cora)
    return form


def _fill_vital_signs(person):
    person.fill(
        ecog="1", weight_kg="68.5", height_cm="171", temperature_c="36.6", systolic_mmhg=124,
        diastolic_mmhg=79, pulse_per_min=72,
    )  # fmt: skip
    person.complete()


def _flag(person):
    return person.page.locator("#flag-weight_kg")


def _open_talk(person, form):
    person.page.goto(form)
    _flag(person).click()
    expect(person.page.locator("#talk-title")).to_be_visible()


def _verify(mona, form, *, shows="verified"):
    mona.page.goto(form)
    mona.page.locator(".review").get_by_role("link", name="Verify").click()
    mona.page.get_by_role("button", name="Verify the ticked answers").click()
    mona.page.goto(form)
    expect(mona.page.locator(f".patient-head [data-state={shows}]")).to_be_visible()


def _sign(iris, form):
    iris.page.goto(form)
    iris.page.get_by_role("link", name="Sign this form").click()
    iris.page.get_by_label("Your password").fill(PASSWORD)
    iris.page.get_by_role("button", name="Sign", exact=True).click()
    iris.page.goto(form)


def _token(person):
    return {
        "csrfmiddlewaretoken": person.page.locator(
            "[name=csrfmiddlewaretoken]"
        ).first.input_value(),
        "save": "exit",
    }


# --- Nothing lost -------------------------------------------------------------------------------


def test_session_killed_in_mid_form_and_a_form_saved_by_two_people(site, person):
    cora, carl = person("cora"), person("carl")
    form = _enter_vital_signs(cora)
    for somebody in (carl, cora):
        somebody.page.goto(form)

    weight = cora.page.locator("[name=weight_kg]")
    weight.fill("6９x")
    weight.press("Tab")
    expect(cora.page.locator("[data-kept-mark]")).to_be_visible()
    site.manage("shell", "-v0", "-c", END_SESSIONS.format(username="cora"))
    cora.page.locator("[name=temperature_c]").press("Tab")
    cora.page.locator("[name=pulse_per_min]").fill("70")
    cora.page.get_by_role("link", name="Sign in again").click()
    cora.page.get_by_label("Username").fill("cora")
    cora.page.get_by_label("Password", exact=True).fill(PASSWORD)
    cora.page.get_by_role("button", name="Sign in").click()
    expect(cora.page).to_have_url(form)
    expect(weight).to_have_value("6９x")
    expect(cora.page.get_by_text("What you typed until")).to_be_visible()

    carl.fill(weight_kg="70", reason_code="source")
    carl.page.locator("button[name=save][value=exit]").click()
    expect(carl.page.get_by_text("Saved.")).to_be_visible()
    cora.fill(weight_kg="69", reason_code="query")
    cora.page.keyboard.press("Control+s")
    choice = cora.page.get_by_role("radiogroup", name="Weight: which value stays?")
    expect(choice).to_contain_text("yours 69.0 kg")
    choice.get_by_role("radio", name="saved meanwhile 70.0 kg").check()
    expect(weight).to_have_value("70.0")
    choice.get_by_role("radio", name="yours 69.0 kg").check()
    cora.page.keyboard.press("Control+s")
    expect(cora.page.get_by_text("Saved.")).to_be_visible()
    expect(weight).to_have_value("69.0")


# --- Randomize, dispense, unblind ---------------------------------------------------------------


def test_patient_from_randomization_to_emergency_unblinding(site, person):
    phil = person("phil")
    _make_the_list(phil)
    arms = _number_the_kits(phil)

    dina = person("dina")
    _receive(dina, arms)

    carl = person("carl")
    number, patient, day_one = _randomized_patient(carl)

    kit = _dispense(dina, number)
    assert kit in arms

    ivan = person("ivan")
    ivan.page.goto(patient)
    for somebody in (carl, dina, ivan):
        somebody.page.goto(patient)
        assert "placebo capsules" not in somebody.page.content()
        assert arms[kit] not in somebody.page.content().split()
    shown = _unblind(ivan, patient)
    assert (
        shown
        == {"study": "PD-1 antibody + capsules", "control": "PD-1 antibody + placebo"}[arms[kit]]
    )

    dora = person("dora")
    dora.page.goto(f"{site.address}/trials/{TRIAL}/unblinding/")
    entry = dora.page.locator("tbody tr").first
    for said in ("Ivan", "Liver failure", "The treating team", "Treatment ends"):
        expect(entry).to_contain_text(said)
    expect(dora.page.locator("main")).not_to_contain_text("placebo capsules")
    for page in (patient, day_one):
        carl.page.goto(page)
        assert "placebo capsules" not in carl.page.content()


def _make_the_list(phil):
    phil.page.goto(f"{phil.base}/trials/{TRIAL}/randomization/")
    phil.fill(per_stratum=12)
    phil.page.get_by_role("button", name="Make the list").click()
    phil.page.get_by_role("button", name=re.compile("^Activate")).click()
    expect(phil.page.locator("#lists + .table-frame")).to_contain_text("active")


def _number_the_kits(phil):
    """Kit number to arm, from the packaging list of the one who may know."""
    page = phil.page
    page.goto(f"{phil.base}/trials/{TRIAL}/kits/supply/")
    form = page.locator("form", has=page.get_by_role("button", name="Register the lot"))
    form.get_by_label("Lot").fill("L-2611")
    form.get_by_label("Expires").fill((TODAY + days(300)).isoformat())
    for arm in ("study", "control"):
        form.locator(f"[name='count-{arm}']").fill("4")
    form.get_by_label("Seed of the shuffle").fill("20261121")
    form.get_by_role("button", name="Register the lot").click()
    link = page.locator("#lots").locator("xpath=../..").get_by_role("link", name="CSV")
    text = page.request.get(phil.base + link.get_attribute("href")).text()
    rows = list(csv.DictReader(io.StringIO(text)))
    return {row["kit"]: row["arm"] for row in rows}


def _receive(dina, arms):
    dina.page.goto(f"{dina.base}/trials/{TRIAL}/kits/receive/")
    dina.fill(numbers="\n".join(arms), happened_on=TODAY - days(6))
    dina.page.locator("button[data-save]").click()
    expect(dina.page.get_by_role("heading", level=1, name="Kits")).to_be_visible()


def _randomized_patient(carl):
    """The patient's number, and the addresses of the patient and of the first course's visit."""
    page = carl.page
    carl.screen(TRIAL, on=SCREENED)
    carl.consent(on=SCREENED)
    number = carl.enroll(on=ENROLLED)
    patient = page.url
    carl.open_visit("Screening", on=SCREENED + days(1))
    carl.open_form("Baseline disease")
    carl.fill(
        diagnosed_on="2023-05", has_extrahepatic_spread="N", liver_disease_cause="hepatitis-b",
        bclc_stage="C", child_pugh_points=5, afp_ug_l="412.5", has_portal_vein_invasion="Y",
    )  # fmt: skip
    carl.complete()
    _fill_vital_signs(carl)
    page.goto(patient)
    page.get_by_role("link", name="Randomize", exact=True).click()
    page.get_by_role("button", name="Yes, randomize now").click()
    expect(page.locator("#randomization + .facts")).to_contain_text("Carl")
    page.goto(patient)
    carl.open_visit("Course 1, day 1", on=TODAY)
    return number, patient, page.url


def _dispense(dina, number):
    """The number of the kit that the system chose."""
    page = dina.page
    page.goto(f"{dina.base}/trials/{TRIAL}/kits/")
    page.get_by_role("link", name=re.compile(rf"^Choose a kit\s*\({number}")).click()
    page.get_by_role("button", name="Choose a kit").click()
    kit = page.locator(".dispense .kit-number").inner_text()
    page.get_by_label("Kit number on the label").fill(kit)
    page.get_by_role("button", name="Handed out").click()
    expect(page.get_by_role("button", name="Handed out")).to_have_count(0)
    return kit


def _unblind(ivan, patient):
    """The words that tell the arm, as the page shows them once."""
    page = ivan.page
    page.goto(patient)
    page.get_by_role("link", name="Emergency unblinding").click()
    page.get_by_label("Reason", exact=True).select_option(index=1)
    page.get_by_label("Explanation").fill("Liver failure; the capsules may be the cause.")
    page.get_by_label(re.compile("^Who was informed")).fill("The treating team")
    page.get_by_label("Impact on the trial").fill("Treatment ends")
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Unblind this patient").click()
    told = page.locator("main").inner_text()
    return re.search(r"PD-1 antibody \+ (placebo|capsules)", told)[0]
