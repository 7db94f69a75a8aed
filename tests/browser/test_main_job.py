"""The main job, by four people: from screening to the curve and the CSV file."""

import csv
import io
import time
import urllib.request
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.browser.journey import Coordinator, days

TRIAL = "hcc-single-arm"
TODAY = date.today()  # noqa: DTZ011 - the site runs in the same zone
SCREENED, ENROLLED = TODAY - days(100), TODAY - days(95)
FIRST_DOSE, FIRST_SCAN, DIED = TODAY - days(92), TODAY - days(50), TODAY - days(9)
PFS_DAYS = (FIRST_SCAN - FIRST_DOSE).days + 1
OS_DAYS = (DIED - FIRST_DOSE).days + 1

pytestmark = pytest.mark.needs("chromium")


@pytest.mark.needs("postgresql", "redis")
def test_main_job_on_postgresql_with_the_night_run_by_beat_and_worker(postgresql_site, new_page):
    postgresql_site.start_worker()
    number = _coordinator_enters_a_patient(postgresql_site, new_page())
    postgresql_site.start_beat()
    page = new_page()
    _wait_for_the_night(postgresql_site, page)
    _investigator_reads_the_dashboard(page)
    _statistician_pulls_the_tables(postgresql_site, new_page(), number)


def test_main_job_on_sqlite_with_the_night_run_by_a_button(sqlite_site, new_page):
    number = _coordinator_enters_a_patient(sqlite_site, new_page())
    page = new_page()
    person = Coordinator(page, sqlite_site.address)
    person.sign_in("iris")
    page.goto(f"{sqlite_site.address}/trials/{TRIAL}/dashboard/")
    page.get_by_role("button", name="Compute now").click()
    expect(page.locator(".key-figures")).to_be_visible(timeout=60_000)
    _investigator_reads_the_dashboard(page)
    _investigator_opens_the_patient_behind_a_bar(page, number)
    _statistician_pulls_the_tables(sqlite_site, new_page(), number)


def _coordinator_enters_a_patient(site, page):
    person = Coordinator(page, site.address)
    person.sign_in("cora")
    person.screen(TRIAL, on=SCREENED, failing="I07")
    expect(page.get_by_text("kept in the screening log").first).to_be_visible()
    person.screen(TRIAL, on=SCREENED)
    person.consent(on=SCREENED)
    number = person.enroll(on=ENROLLED)
    patient = page.url

    person.open_visit("Screening", on=SCREENED + days(2))
    person.open_form("Baseline disease")
    person.fill(
        diagnosed_on="2023-05", has_extrahepatic_spread="N", liver_disease_cause="hepatitis-b",
        bclc_stage="C", child_pugh_points=5, afp_ug_l="412.5", has_portal_vein_invasion="Y",
    )  # fmt: skip
    person.complete()
    _fill_vital_signs(person)
    _open_again(page, patient, "Screening")
    person.open_form("Tumor assessment")
    person.fill(
        scanned_on=SCREENED + days(2), method="CT", slice_mm="5", is_baseline="Y",
        **{
            "row-0-lesion_kind": "target", "row-0-lesion_organ": "liver",
            "row-0-lesion_description": "segment 6", "row-0-status": "measured",
            "row-0-diameter_mm": "40.0", "row-0-viable_mm": "32.0",
        },
    )  # fmt: skip
    person.complete()

    page.goto(patient)
    person.open_visit("Course 1, day 1", on=FIRST_DOSE)
    person.open_form("Vital signs and ECOG")
    _fill_vital_signs(person)
    person.fill(sampled_on=FIRST_DOSE, alt_u_l="38", **_laboratory())
    person.complete()
    _open_again(page, patient, "Course 1, day 1")
    person.open_form("Capsule course")
    person.fill(
        started_on=FIRST_DOSE, is_day_one_observed="Y", has_day_one_reaction="N",
        is_rest_released="Y", dispensed_capsules=60, returned_capsules=2,
        **{f"row-{day}-capsules_taken": 6 if day < 9 else 4 for day in range(10)},
    )  # fmt: skip
    person.complete()

    page.goto(patient)
    person.open_visit("CT at week 6", on=FIRST_SCAN)
    person.open_form("Tumor assessment")
    person.fill(scanned_on=FIRST_SCAN, method="CT", slice_mm="5", is_baseline="N")
    person.fill(new_lesion="none")
    _measure_while_the_proposal_follows(person)
    person.complete()
    page.goto(f"{patient}tumor/")
    expect(page.locator("[data-figure=tumor-sum] .main-svg").first).to_be_visible()
    expect(page.locator(".lesion-responses")).to_contain_text("PD")

    page.goto(patient)
    page.get_by_role("link", name="Adverse events").click()
    page.get_by_role("link", name="Add a row").click()
    person.fill(
        term="Diarrhea", grade=2, started_on=f"{FIRST_DOSE:%Y-%m}", is_ongoing="Y",
        is_serious="N", related_to_capsules="possible", related_to_background="unlikely",
        action_taken="none", outcome="not-recovered",
    )  # fmt: skip
    person.complete()

    page.goto(patient)
    page.get_by_role("link", name="End of treatment", exact=True).last.click()
    person.fill(last_dose_on=FIRST_SCAN, ended_on=FIRST_SCAN, reason="progression")
    person.complete()
    page.get_by_role("link", name="Death").click()
    person.fill(
        died_on=DIED, cause="progression", primary_cause="Liver cancer", is_due_to_disease="Y",
        related_to_capsules="unrelated", related_to_background="unrelated", autopsy="none",
        source="hospital",
    )  # fmt: skip
    person.complete()
    page.get_by_role("link", name="End of study").click()
    person.fill(ended_on=DIED, reason="death")
    person.complete()
    person.sign_out()
    return number


def _measure_while_the_proposal_follows(person):
    proposal = person.page.locator(".proposal")
    person.fill(**{"row-0-status": "measured", "row-0-diameter_mm": "28.1"})
    expect(person.page.locator(".field-references").first).to_contain_text("40.0")
    expect(proposal).to_contain_text("−29.7 %")
    # Without its viable diameter the lesion has no value by mRECIST.
    expect(proposal.locator(".response")).to_have_text(["SD", "NE"])
    person.fill(**{"row-0-diameter_mm": "52.0", "row-0-viable_mm": "45.0"})
    expect(proposal.locator(".response")).to_have_text(["PD", "PD"])
    expect(proposal).to_contain_text("at least 20 % and 5 mm above its smallest value")
    person.page.get_by_role("button", name="Take over PD").click()
    expect(person.page.locator("[name=investigator_response][value=PD]")).to_be_checked()


def _fill_vital_signs(person):
    person.fill(
        ecog="1", weight_kg="68.5", height_cm="171", temperature_c="36.6", systolic_mmhg=124,
        diastolic_mmhg=79, pulse_per_min=72,
    )  # fmt: skip
    person.complete()


def _laboratory():
    return {
        "hemoglobin_g_l": "121", "leukocytes_10e9_l": "5.1", "neutrophils_10e9_l": "3.2",
        "lymphocytes_10e9_l": "1.4", "platelets_10e9_l": "142", "ast_u_l": "41", "alp_u_l": "98",
        "ggt_u_l": "66", "bilirubin_umol_l": "17.5", "albumin_g_l": "37", "inr": "1.1",
        "creatinine_umol_l": "71", "urea_mmol_l": "5.2", "sodium_mmol_l": "139",
        "potassium_mmol_l": "4.1", "calcium_mmol_l": "2.31", "glucose_mmol_l": "5.6",
    }  # fmt: skip


def _open_again(page, patient, visit):
    page.goto(patient)
    page.locator("tbody").get_by_role("link", name=visit, exact=True).click()


def _wait_for_the_night(site, page):
    person = Coordinator(page, site.address)
    person.sign_in("iris")
    dashboard = f"{site.address}/trials/{TRIAL}/dashboard/"
    end = time.monotonic() + 120
    while time.monotonic() < end:
        # Asked beside the page, because an open dashboard renews itself when the run ends.
        if "key-figures" in page.request.get(dashboard).text():
            page.goto(dashboard)
            return
        page.wait_for_timeout(1000)
    raise AssertionError(f"the night did not come:\n{site.log()[-3000:]}")


def _investigator_reads_the_dashboard(page):
    # The cut is made on the trial's day, which may be another one than this machine's.
    cut_on = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    expect(page.locator(".cut-line")).to_contain_text(cut_on.isoformat())
    figures = page.locator(".key-figures")
    expect(figures).to_contain_text(f"{PFS_DAYS / 30.4375:.1f}")
    expect(figures).to_contain_text(f"{OS_DAYS / 30.4375:.1f}")
    expect(page.locator("[data-figure=os] .main-svg").first).to_be_visible()
    with page.expect_download() as download:
        page.locator("[data-download=os][data-format=svg]").click()
    assert "<svg" in download.value.path().read_text()
    with page.expect_download() as download:
        page.locator("figure", has=page.locator("#os-title")).get_by_role(
            "link", name="CSV"
        ).click()
    rows = list(csv.reader(download.value.path().read_text().splitlines()))
    assert [f"{float(row[0]):.4f}" for row in rows if row[1:2] == ["0.0"]] == [
        f"{OS_DAYS / 30.4375:.4f}"
    ]
    page.get_by_role("link", name="Safety", exact=True).last.click()
    expect(page.locator("#adverse-events-title")).to_be_visible()


def _investigator_opens_the_patient_behind_a_bar(page, number):
    page.get_by_role("link", name="Efficacy").click()
    expect(page.locator("#waterfall-summary")).to_contain_text("1 of 1 patients")
    bar = page.locator("[data-figure=waterfall] .bars path").first
    expect(bar).to_be_visible()
    with page.expect_download() as download:
        page.locator("[data-download=waterfall][data-format=png]").click()
    assert download.value.path().read_bytes().startswith(b"\x89PNG")
    bar.hover(force=True)
    bar.click(force=True)
    page.wait_for_url("**/patients/*/")
    expect(page.get_by_text(number).first).to_be_visible()
    page.go_back()
    figure = page.locator("figure", has=page.locator("#pfs-recist_1_1-title"))
    figure.get_by_role("link", name="Patients").click()
    expect(page.get_by_role("row", name=number)).to_contain_text(f"{PFS_DAYS / 30.4375:.1f}")
    page.get_by_role("link", name="CT at week 6").click()
    page.wait_for_url("**/forms/tumor-assessment/")
    assert "52.0" in page.content()


def _statistician_pulls_the_tables(site, page, number):
    person = Coordinator(page, site.address)
    person.sign_in("stan")
    page.goto(f"{site.address}/tokens/new/")
    page.get_by_label("Name").fill("night script")
    page.get_by_role("button", name="Create").click()
    token = page.locator("#secret").input_value()

    visits = _table(site, token, "visits")
    assert {row["visit"] for row in visits if row["actual_date"]} >= {"C1D1", "scan-1"}
    assert {row["patient"] for row in visits} == {number}
    [lesion_size] = [
        row["diameter_mm"] for row in _table(site, token, "lesion_measurements")
        if row["visit"] == "scan-1"
    ]  # fmt: skip
    assert lesion_size == "52.0"
    times = {row["endpoint"]: row for row in _table(site, token, "time_to_event")
             if row["criteria"] in ("recist_1_1", "")}  # fmt: skip
    assert (times["PFS"]["days"], times["PFS"]["event"]) == (str(PFS_DAYS), "1")
    assert (times["OS"]["days"], times["OS"]["event"]) == (str(OS_DAYS), "1")


def _table(site, token, name):
    request = urllib.request.Request(
        f"{site.address}/api/v1/trials/{TRIAL}/tables/{name}.csv",
        headers={"Authorization": f"Token {token}"},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return list(csv.DictReader(io.TextIOWrapper(answer, "utf-8", newline="")))
