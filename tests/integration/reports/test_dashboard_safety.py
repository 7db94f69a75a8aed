"""The tabs on safety and quality of life, after a night over a few told patients."""

import csv
import io
import re
from datetime import date
from html import unescape

import pytest

from dosing.models import BackgroundDose, BackgroundTreatment, CapsuleCourse, DailyDose
from enrollment.registry import slugs
from outcomes.actions.nightly import queue_run
from outcomes.actions.snapshot import complete_run
from outcomes.models import Laboratory, QualityOfLife
from tests.factories import make_member
from tests.integration.outcomes.story import Story, load_trial

HOME = "/trials/hcc-single-arm/dashboard"
ANSWERS = {f"q{item}": 2 for item in range(1, 29)} | {"q29": 4, "q30": 4}


@pytest.fixture
def trial(db):
    return load_trial().trial


def blood(story, day, **values):
    story.record(Laboratory, visit=story.visit(day), sampled_on=story.on(day), **values)


def answers(story, day, **values):
    story.record(
        QualityOfLife,
        visit=story.visit(day),
        is_answered="Y",
        answered_on=story.on(day),
        **ANSWERS | values,
    )


@pytest.fixture
def told(trial):
    version = trial.versions.get()
    one = Story(version, "A01-001").adverse_event("Nausea", 3, related_to_capsules="probable")
    one.adverse_event("Nausea", 1, row=2, day=-3)
    course = CapsuleCourse.objects.get(patient=one.patient)
    DailyDose.objects.bulk_create(
        DailyDose(record=course, row_number=day, day=day, capsules_taken=6) for day in range(2, 11)
    )
    blood(one, -2, hemoglobin_g_l=130, afp_ug_l=400)
    blood(one, 20, hemoglobin_g_l=75, afp_ug_l=100)
    answers(one, -1)
    answers(one, 21, q29=7, q30=7)
    treatment = one.record(BackgroundTreatment, visit=one.visit(0), is_as_planned="Y")
    BackgroundDose.objects.create(
        record=treatment, row_number=1, drug="previous-ici", change="none",
        given_on=one.on(0), dose_mg=200,
    )  # fmt: skip
    Story(version, "A02-001", site="02")
    complete_run(queue_run(trial, by=None, cut_on=date(2026, 6, 30)).pk)
    return trial


@pytest.fixture
def page(client, trial):
    def get(path):
        response = client.get(f"{HOME}/{path}")
        assert response.status_code == 200
        return response

    client.force_login(make_member(trial, "investigator"))
    return get


def rows_of(response):
    text = response.content.decode("utf-8-sig")
    return [row for row in csv.reader(io.StringIO(text)) if not row[0].startswith("#")]


def test_safety_tab_shows_events_laboratory_doses_and_markers(told, page):
    context = page("safety/").context
    rows = {row.label: row for row in context["event_rows"]}
    # One of two: worst grade 3, treatment-emergent; the event from before stays in "any".
    assert [share.count for share in rows["Nausea"].shares] == [1, 1, 1, 0, 1]
    assert [count for count, _href in rows["Nausea"].grades] == [0, 0, 1, 0, 0]
    hemoglobin = next(row for row in context["shift_rows"] if row.test == "hemoglobin_g_l")
    # Below 80 g/L is grade 3, whatever the limits of normal.
    assert hemoglobin.severe.count == 1
    [marker] = context["markers"]
    assert marker.figure["data"][0]["y"] == [1, 0.25]
    assert context["exposure_rows"][1].patients == 1


def test_test_that_is_asked_for_is_drawn(told, page):
    assert page("safety/").context["test"] == "hemoglobin_g_l"
    assert page("safety/?test=nonsense").context["test"] == "hemoglobin_g_l"


def test_quality_of_life_tab_shows_the_scale_that_is_asked_for(told, page):
    # QL from (4 − 1)/6 = 50 to (7 − 1)/6 = 100.
    context = page("quality-of-life/").context
    assert context["scale"]["visits"][0]["mean"] == 50
    # One patient is too few to call it better.
    cell = context["scale_rows"][0].changes[0]
    assert (cell.text, cell.n, cell.mood) == ("+50.0", 1, "")
    assert page("quality-of-life/?scale=FA").context["scale"]["scale"] == "FA"


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("adverse-events", "organ_class"),
        ("laboratory-shifts", "test"),
        ("laboratory-trend-hemoglobin_g_l", "test"),
        ("marker-afp_ug_l", "line"),
        ("dose-intensity", "treatment"),
        ("compliance", "compliance_pct"),
        ("quality-of-life-ql", "scale"),
    ],
)
def test_every_figure_has_its_data(told, page, name, header):
    rows = rows_of(page(f"figures/{name}.csv"))
    assert rows[0][0] == header
    assert len(rows) > 1


def test_figure_that_does_not_exist_is_not_found(told, client, trial):
    client.force_login(make_member(trial, "investigator"))
    for name in ("marker-xyz", "quality-of-life-xyz", "laboratory-trend-xyz"):
        assert client.get(f"{HOME}/figures/{name}.csv").status_code == 404


def test_trial_without_a_patient_says_so(trial, page):
    complete_run(queue_run(trial, by=None, cut_on=date(2026, 6, 30)).pk)
    assert b"No laboratory value yet" in page("safety/").content
    assert b"No quality of life yet" in page("quality-of-life/").content


def test_no_patient_is_named(told, page):
    for path in ("safety/", "quality-of-life/"):
        assert b"A01-001" not in page(path).content
    for name in ("marker-afp_ug_l", "dose-intensity"):
        assert "A01-001" not in str(rows_of(page(f"figures/{name}.csv")))


def test_queries_do_not_grow_with_patients(told, page, django_assert_max_num_queries):
    with django_assert_max_num_queries(20):
        page("safety/")


@pytest.mark.parametrize(
    ("events", "term", "patients", "grade"),
    [("all", "Nausea", 1, "3"), ("related", "", 1, "3"), ("serious", "", 0, None)],
)
def test_count_leads_to_its_patients(told, page, events, term, patients, grade):
    context = page(f"patients/?what=adverse-events&events={events}&term={term}").context
    listing = context["listing"]
    assert listing.total == len(listing.entries) == patients
    if patients:
        assert listing.entries[0].number == "A01-001"
        assert listing.entries[0].cells[1].text == grade


LINK = re.compile(r'<a href="([^"]*/patients/\?[^"]*)"[^>]*>\s*(.*?)</a>', re.DOTALL)
COUNT = re.compile(r"^(\d+)(?: \(|$)|\((\d+)\)$")


def numbers_of(html):
    """Address and number of every link to patients that shows how many they are."""
    for href, inside in LINK.findall(html):
        shown = re.sub(r'<span class="visually-hidden">.*?</span>|<[^>]+>', "", inside).strip()
        if found := COUNT.search(shown):
            yield unescape(href), int(found[1] or found[2])


@pytest.mark.parametrize(
    ("tab", "least"),
    [("", 1), ("efficacy/", 2), ("safety/", 20), ("quality-of-life/", 16), ("flow/", 8)],
)
def test_every_number_leads_to_as_many_patients(told, page, client, tab, least):
    numbers = dict(numbers_of(page(tab).content.decode()))
    assert len(numbers) >= least
    for href, count in numbers.items():
        assert (client.get(href).context["listing"].total, href) == (count, href)


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ("what=shift&item=hemoglobin_g_l&direction=L&status=severe", ["A01-001"]),
        ("what=shift&item=hemoglobin_g_l&direction=L&status=not-graded", []),
        ("what=shift&item=hemoglobin_g_l&direction=L&worst=3", ["A01-001"]),
        ("what=shift&item=hemoglobin_g_l&direction=L&worst=2", []),
        ("what=laboratory&item=hemoglobin_g_l", ["A01-001"]),
        ("what=doses&item=capsules&status=compliance", ["A01-001"]),
        ("what=doses&item=previous-ici", ["A01-001"]),
        ("what=quality-of-life&item=QL", ["A01-001"]),
        ("what=marker&item=afp_ug_l", ["A01-001"]),
        ("what=adverse-events&events=all&grade=3-5", ["A01-001"]),
        ("what=adverse-events&events=all&grade=1-2", []),
        ("what=os&month=0", ["A01-001", "A02-001"]),
        ("what=os&month=999", []),
        ("what=os&month=999&status=censored", ["A01-001", "A02-001"]),
        ("what=best&factor=site&level=02", ["A02-001"]),
        ("what=best&factor=site&level=03", []),
    ],
)
def test_what_narrows_a_number_narrows_its_patients(told, page, asked, numbers):
    listing = page(f"patients/?{asked}").context["listing"]
    assert sorted(entry.number for entry in listing.entries) == numbers
    hrefs = [cell.href for entry in listing.entries for cell in entry.cells if cell.href]
    # A day known alive may be that of a visit, which leads to the visit and to no form of it.
    forms = {href.split("/forms/")[1].strip("/") for href in hrefs if "/forms/" in href}
    assert forms <= slugs()
    assert all("/forms/" in href or "/visits/" in href for href in hrefs)


@pytest.mark.parametrize(
    "asked",
    ["what=shift&item=xyz", "what=laboratory", "what=doses&item=xyz", "what=marker&item=xyz",
     "what=quality-of-life&item=patient"],
)  # fmt: skip
def test_item_that_does_not_exist_is_not_found(told, client, trial, asked):
    client.force_login(make_member(trial, "investigator"))
    assert client.get(f"{HOME}/patients/?{asked}").status_code == 404


def test_patients_of_another_site_are_counted_and_not_named(told, client, trial):
    client.force_login(make_member(trial, "investigator", site="02"))
    response = client.get(f"{HOME}/patients/?what=adverse-events&events=all")
    listing = response.context["listing"]
    assert (listing.total, listing.entries) == (1, [])
    assert b"A01-001" not in response.content


def test_events_of_an_unknown_kind_are_not_found(told, client, trial):
    client.force_login(make_member(trial, "investigator"))
    assert client.get(f"{HOME}/patients/?what=adverse-events&events=xyz").status_code == 404
