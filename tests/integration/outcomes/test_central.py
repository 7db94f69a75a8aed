"""A second reader of the scans: what is shown to whom, what is kept apart, what is compared."""

import csv
import io
import random
import zipfile
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from enrollment.models import Visit
from outcomes.models import (
    CentralAssessment,
    CentralLesion,
    CentralMeasurement,
    Lesion,
    LesionMeasurement,
    TumorAssessment,
)
from outcomes.queries.readers import TABLES
from outcomes.queries.results import readings_of
from outcomes.queries.tumors import read_tumors
from oversight.models import RecordState
from reports.queries.casebook.bundle import patient_bundle
from tests.factories import (
    make_enrolled_patient,
    make_member,
    make_trial,
    open_visit,
    save_central,
    save_form,
)
from tests.integration.outcomes.story import (
    Story,
    load_trial,
    night_of,
    rows,
    second_opinion,
)

BASELINE_ON = date(2026, 1, 5)
CUT = date(2026, 6, 30)
SITES_WORDS = ("sitesegment", "43.7", "sitecomment", "sitereason")
READERS_WORDS = ("centralsegment", "57.3", "centralcomment", "centralreason")


@pytest.fixture
def trial(db):
    return make_trial()


@pytest.fixture
def visit(trial):
    """A scan that the site has read, in words and sizes that are found again anywhere."""
    patient = make_enrolled_patient(trial)
    visit = open_visit(patient, on=BASELINE_ON)
    lesion = save_form(
        "lesions", patient, number=1, kind="target", organ="liver", is_node="N",
        description="sitesegment",
    )  # fmt: skip
    row = LesionMeasurement(lesion=lesion, status="measured", diameter_mm=Decimal("43.7"))
    save_form(
        "tumor-assessment", visit, scanned_on=BASELINE_ON, method="CT", slice_mm=Decimal(5),
        is_baseline="N", new_lesion="none", investigator_response="PR",
        response_reason="sitereason", comment="sitecomment", rows=[row],
    )  # fmt: skip
    return visit


@pytest.fixture
def read_centrally(visit):
    lesion = save_central(
        "central-lesions", visit.patient, number=1, kind="target", organ="liver", is_node="N",
        description="centralsegment",
    )  # fmt: skip
    row = CentralMeasurement(lesion=lesion, status="measured", diameter_mm=Decimal("57.3"))
    return save_central(
        "central-reading", visit, scanned_on=BASELINE_ON, method="CT", slice_mm=Decimal(5),
        is_baseline="N", new_lesion="none", central_response="SD",
        response_reason="centralreason", comment="centralcomment", rows=[row],
    )  # fmt: skip


def signed_in(trial, role, **where):
    client = Client()
    client.force_login(make_member(trial, role, **where))
    return client


def typed(**values):
    data = {
        "revision": "0", "row-TOTAL_FORMS": "1", "row-INITIAL_FORMS": "0",
        "scanned_on": "2026-01-05", "method": "CT", "slice_mm": "5", "is_baseline": "Y",
        "row-0-lesion_kind": "target", "row-0-lesion_organ": "liver", "row-0-status": "measured",
        "row-0-diameter_mm": "31",
    }  # fmt: skip
    return data | values


# --- The central reader's pages


def test_list_names_patient_place_and_date_of_each_scan(visit, trial):
    page = signed_in(trial, "central-reader").get(reverse("outcomes:reading-list", args=["small"]))
    text = page.content.decode()
    assert visit.patient.number in text
    assert "2026-01-05" in text
    assert reverse("outcomes:reading-form", args=[visit.pk]) in text
    assert str(visit.label) not in text


def test_a_draft_of_the_site_is_no_scan_to_read(visit, trial):
    draft = open_visit(make_enrolled_patient(trial), on=BASELINE_ON)
    save_form("tumor-assessment", draft, complete=False, scanned_on=BASELINE_ON)
    client = signed_in(trial, "central-reader")
    listed = client.get(reverse("outcomes:reading-list", args=["small"])).content.decode()
    assert draft.patient.number not in listed
    assert client.get(reverse("outcomes:reading-form", args=[draft.pk])).status_code == 404


def test_new_reading_starts_with_the_images_of_the_site_and_no_lesion(visit, trial):
    page = signed_in(trial, "central-reader").get(reverse("outcomes:reading-form", args=[visit.pk]))
    text = page.content.decode()
    assert 'value="2026-01-05"' in text
    assert "Lesion 1" not in text


def test_reader_stores_lesions_of_their_own(visit, trial):
    client = signed_in(trial, "central-reader")
    where = reverse("outcomes:reading-form", args=[visit.pk])
    assert client.post(where, typed()).status_code == 302
    [lesion], [scan] = CentralLesion.objects.all(), CentralAssessment.objects.all()
    assert (lesion.number, scan.state) == (1, RecordState.COMPLETE)
    assert scan.rows.get().diameter_mm == 31
    assert Lesion.objects.count() == LesionMeasurement.objects.count() == 1
    assert TumorAssessment.objects.get().comment == "sitecomment"
    assert (
        "Every scan is read"
        in client.get(reverse("outcomes:reading-list", args=["small"])).content.decode()
    )


def follow_up(trial, visit):
    """The next scan of a patient whom both have read at baseline with 40 mm."""
    patient = visit.patient
    TumorAssessment.objects.filter(visit=visit).update(is_baseline="Y")
    client = signed_in(trial, "central-reader")
    done = client.post(
        reverse("outcomes:reading-form", args=[visit.pk]), typed(**{"row-0-diameter_mm": "40"})
    )
    assert done.status_code == 302
    later = next(
        item for item in patient.visits.order_by("position")
        if "tumor-assessment" in item.forms and item.pk != visit.pk
    )  # fmt: skip
    later = open_visit(patient, key=later.key)
    day = BASELINE_ON + timedelta(days=60)
    save_form("tumor-assessment", later, scanned_on=day, is_baseline="N", new_lesion="none")
    data = typed(
        scanned_on=day.isoformat(), is_baseline="N", new_lesion="none",
        **{"row-0-key": str(CentralLesion.objects.get().pk), "row-0-diameter_mm": "28"},
    )  # fmt: skip
    return client, reverse("outcomes:reading-form", args=[later.pk]), data


def test_live_sums_follow_the_readers_own_nadir(visit, trial):
    client, where, data = follow_up(trial, visit)
    page = " ".join(client.post(where + "live/", data).content.decode().split())
    # 28 of 40 mm is 30 % less; of the site's 43.7 mm it would be another percentage.
    assert '<strong class="tag response">PR</strong>' in page
    assert "−30.0 %" in page
    assert 'data-take="central_response"' in page


@pytest.mark.parametrize(
    ("response", "reason", "status"),
    [
        pytest.param("PR", "", 302, id="as proposed"),
        pytest.param("SD", "", 422, id="overruled in silence"),
        pytest.param("SD", "the margin is unclear", 302, id="overruled with a reason"),
        pytest.param("", "", 422, id="nothing said"),
    ],
)
def test_overruling_needs_a_reason(visit, trial, response, reason, status):
    client, where, data = follow_up(trial, visit)
    answer = client.post(where, data | {"central_response": response, "response_reason": reason})
    assert answer.status_code == status
    assert CentralAssessment.objects.count() == (2 if status == 302 else 1)
    if response == "SD" and not reason:
        assert "say why you decide otherwise" in answer.content.decode()


def test_a_changed_scan_date_is_said(read_centrally, trial):
    TumorAssessment.objects.update(scanned_on=BASELINE_ON + timedelta(days=1))
    client = signed_in(trial, "central-reader")
    page = client.get(reverse("outcomes:reading-list", args=["small"]) + "?show=all")
    assert "you read it as of 2026-01-05" in page.content.decode()


# --- Independence


def addresses(visit):
    """Of every page of a patient and a visit that takes a number and nothing that must exist."""
    patient, trial = visit.patient, visit.patient.trial
    scan, lesion = TumorAssessment.objects.get(), Lesion.objects.get()
    central, theirs = CentralAssessment.objects.get(), CentralLesion.objects.get()
    forms = [("tumor-assessment", scan.pk), ("lesions", lesion.pk)]
    forms += [("central-reading", central.pk), ("central-lesions", theirs.pk)]
    for form, pk in forms:
        yield reverse("enrollment:visit-form", args=[visit.pk, form])
        yield reverse("enrollment:patient-form", args=[patient.pk, form])
        yield reverse("enrollment:log-list", args=[patient.pk, form])
        yield reverse("enrollment:log-form", args=[patient.pk, form, pk])
        yield reverse("enrollment:field-detail", args=[patient.pk, form, pk])
        yield reverse("enrollment:record-print", args=[patient.pk, form, pk])
        yield reverse("enrollment:record-verify", args=[patient.pk, form, pk])
        yield reverse("reports:form-pdf", args=[patient.pk, form, pk])
    for name in ("tumor_assessments", "lesions", "lesion_measurements", "central_readings",
                 "central_lesions", "central_measurements", "readings", "responses"):  # fmt: skip
        yield reverse("api:table-detail", args=[trial.slug, name])
        yield reverse("api:table-csv", args=[trial.slug, name])
    yield reverse("outcomes:reading-form", args=[visit.pk])
    yield reverse("enrollment:visit-detail", args=[visit.pk])
    for name in ("enrollment:patient-detail", "enrollment:patient-sign", "enrollment:patient-lock",
                 "outcomes:tumor-detail", "outcomes:reading-compare", "reports:patient-trail",
                 "reports:patient-trail-csv", "reports:patient-casebook"):  # fmt: skip
        yield reverse(name, args=[patient.pk])
    for name in ("enrollment:patient-list", "enrollment:screening-list", "enrollment:query-list",
                 "enrollment:query-csv", "enrollment:quality-list", "enrollment:signature-inbox",
                 "enrollment:deviation-list", "enrollment:lock-list", "outcomes:serious-list",
                 "outcomes:reading-list", "outcomes:discordance-detail", "reports:audit-trail",
                 "reports:dashboard-detail", "reports:dashboard-efficacy", "reports:export-list",
                 "reports:dashboard-patients", "reports:audit-trail-csv", "reports:audit-review",
                 "enrollment:verification-board", "enrollment:definition-detail"):  # fmt: skip
        yield reverse(name, args=[trial.slug])
    yield reverse("outcomes:reading-list", args=[trial.slug]) + "?show=all"
    yield reverse("enrollment:home")


def read_everything(visit, role):
    client = signed_in(visit.patient.trial, role)
    client.raise_request_exception = False
    for address in addresses(visit):
        answer = client.get(address)
        assert answer.status_code < 500, address
        parts = answer.streaming_content if answer.streaming else [answer.content]
        yield address, b"".join(parts).decode("latin-1")


def told(visit, role, words):
    return [
        (address, word)
        for address, text in read_everything(visit, role)
        for word in words
        if word in text
    ]


def test_central_reader_finds_nothing_of_the_site_anywhere(visit, read_centrally):
    assert told(visit, "central-reader", SITES_WORDS) == []
    assert told(visit, "central-reader", READERS_WORDS)


@pytest.mark.parametrize("role", ["coordinator", "investigator", "dispenser"])
def test_site_finds_nothing_of_the_central_reader_anywhere(visit, read_centrally, role):
    assert told(visit, role, READERS_WORDS) == []


def test_casebook_holds_nothing_of_the_central_reader(visit, read_centrally):
    """It is made for whoever asks, an investigator among them."""
    bundle = zipfile.ZipFile(io.BytesIO(patient_bundle(visit.patient, at=timezone.now())))
    text = "".join(bundle.read(name).decode() for name in bundle.namelist())
    assert [word for word in SITES_WORDS if word in text] == list(SITES_WORDS)
    assert [word for word in READERS_WORDS if word in text] == []


@pytest.mark.parametrize("role", ["monitor", "data-manager"])
def test_whoever_oversees_sees_both(visit, read_centrally, role):
    where = reverse("outcomes:reading-compare", args=[visit.patient_id])
    pages = {address for address, _word in told(visit, role, READERS_WORDS)}
    assert reverse("reports:patient-trail", args=[visit.patient_id]) in pages
    text = signed_in(visit.patient.trial, role).get(where).content.decode()
    assert "Investigator" in text
    assert "Central reader" in text


def test_central_reader_enters_no_form_of_the_site(visit, trial):
    client = signed_in(trial, "central-reader")
    for address in (
        reverse("enrollment:visit-form", args=[visit.pk, "tumor-assessment"]),
        reverse("enrollment:form-addition", args=[visit.pk, "tumor-assessment"]),
    ):
        assert client.post(address, typed()).status_code == 403


def test_site_enters_no_central_reading(visit, trial):
    """Neither through the pages of the central reader nor through those of the site."""
    client = signed_in(trial, "investigator")
    assert client.post(reverse("outcomes:reading-form", args=[visit.pk])).status_code == 403
    where = reverse("enrollment:visit-form", args=[visit.pk, "central-reading"])
    assert client.post(where, typed()).status_code == 404


@pytest.mark.parametrize(
    ("locked", "status"),
    [pytest.param(False, 403, id="one scan open"), pytest.param(True, 200, id="all locked")],
)
def test_investigator_compares_once_every_scan_is_locked(visit, trial, locked, status):
    TumorAssessment.objects.update(state=RecordState.LOCKED)
    if not locked:
        other = open_visit(visit.patient, key=Visit.objects.filter(
            patient=visit.patient, outcome="planned"
        ).order_by("position")[0].key)  # fmt: skip
        save_form("tumor-assessment", other, scanned_on=BASELINE_ON, is_baseline="Y")
    client = signed_in(trial, "investigator")
    where = reverse("outcomes:reading-compare", args=[visit.patient_id])
    assert client.get(where).status_code == status
    link = (
        where
        in client.get(reverse("outcomes:tumor-detail", args=[visit.patient_id])).content.decode()
    )
    assert link == locked


def test_coordinator_never_compares(visit, trial):
    TumorAssessment.objects.update(state=RecordState.LOCKED)
    client = signed_in(trial, "coordinator")
    where = reverse("outcomes:reading-compare", args=[visit.patient_id])
    assert client.get(where).status_code == 403


# --- Never mixed


def tables_of(trial, reader):
    tumors = read_tumors(trial, CUT, TABLES[reader])
    return [
        frame.drop(columns="record", errors="ignore").to_csv(index=False)
        for frame in (tumors.scans, tumors.lesions, tumors.assessments)
    ]


@pytest.mark.parametrize("seed", range(4))
def test_whatever_one_reader_adds_changes_nothing_of_the_other(version, seed):
    chance = random.Random(seed)
    trial = version.trial
    story = Story(version, f"A01-00{seed + 1}")
    for day in (-7, 42, 84, 126)[: chance.randint(2, 4)]:
        story.scan(day, chance.randint(10, 100))
    before = tables_of(trial, "investigator")
    second_opinion(story, [chance.randint(10, 200) for _ in range(chance.randint(1, 4))])
    assert tables_of(trial, "investigator") == before
    central = tables_of(trial, "central")
    story.scan(160, chance.randint(10, 100)).new_lesion(160, unequivocal="Y")
    assert tables_of(trial, "central") == central
    assert tables_of(trial, "investigator") != before


def recist(snapshot):
    found = [row for row in rows(snapshot, "responses") if row["criteria"] == "recist_1_1"]
    return [(row["overall"], row["nadir_mm"], row["sum_mm"]) for row in found]


@pytest.fixture
def told_twice(version):
    # The investigator: 100, 60 (PR), 55 (PR), 80 mm, above 1.2 x 55 = 66: PD on day 126.
    story = Story(version, "A01-001").scan(-7, 100).scan(42, 60).scan(84, 55).scan(126, 80)
    # The central reader: 90, 80 (SD), 97 above 1.2 x 80 = 96: PD on day 84 already.
    return second_opinion(story, [90, 80, 97, 99])


def test_setting_names_the_reader_whom_the_night_follows(version, told_twice):
    first = night_of(version.trial)
    assert first.summary["reader"] == "investigator"
    assert [response for response, _nadir, _sum in recist(first)] == ["PR", "PR", "PD"]
    load_trial("central")
    second = night_of(version.trial)
    assert second.summary["reader"] == "central"
    assert recist(second) == [("SD", "90", "80"), ("PD", "80", "97"), ("PD", "80", "99")]
    pfs = {row["endpoint"]: row for row in rows(second, "time_to_event")}["PFS"]
    assert (pfs["days"], pfs["source_form"]) == ("85", "central-reading")


def test_both_readers_stand_in_the_comparison(version, told_twice):
    Story(version, "A01-002").scan(-7, 50).scan(42, 52)
    snapshot = night_of(version.trial)
    table = [row for row in rows(snapshot, "readings") if row["criteria"] == "recist_1_1"]
    found = [(row["patient"], row["reader"], row["best"], row["pd_date"]) for row in table]
    # Confirmed at 42 days: PR for the one, SD at day 42 for the other.
    assert found == [
        ("A01-001", "investigator", "PR", "2026-05-07"),
        ("A01-001", "central", "SD", "2026-03-26"),
        ("A01-002", "investigator", "SD", ""),
    ]
    readings = readings_of(snapshot)
    assert readings["discordance"][0] == {
        "criteria": "recist_1_1", "patients": 1, "best": 1, "progression": 1,
    }  # fmt: skip


def test_pages_of_the_comparison(version, told_twice):
    night_of(version.trial)
    client = signed_in(version.trial, "data-manager")
    trial_page = client.get(
        reverse("outcomes:discordance-detail", args=[version.trial.slug])
    ).content.decode()
    assert "(100.0 %)" in trial_page
    where = reverse("outcomes:reading-compare", args=[told_twice.patient.pk])
    assert where in trial_page
    page = " ".join(client.get(where).content.decode().split())
    assert '<td class="number">55.0</td>' in page
    assert '<td class="number">97.0</td>' in page
    assert page.count("is-discordant") >= 4
    assert "2026-03-26" in page
    assert "2026-05-07" in page


# --- Exports


def test_tables_of_both_readers_say_whose_they_are(visit, read_centrally, trial):
    client = signed_in(trial, "statistician")
    for name, reader in (
        ("tumor_assessments", "investigator"),
        ("lesions", "investigator"),
        ("lesion_measurements", "investigator"),
        ("central_readings", "central"),
        ("central_lesions", "central"),
        ("central_measurements", "central"),
    ):
        answer = client.get(reverse("api:table-csv", args=[trial.slug, name]))
        text = b"".join(answer.streaming_content).decode("utf-8-sig")
        [row] = csv.DictReader(io.StringIO(text))
        assert row["reader"] == reader, name
