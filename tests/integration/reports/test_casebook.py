"""Casebooks: what is in them, who gets them, and that a changed one is found."""

import csv
import hashlib
import io
import json
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from pypdf import PdfReader

from core.audit import blinding
from core.models import AuditEntry, Site
from enrollment.actions.randomization import randomize_patient
from enrollment.actions.records import save_record
from enrollment.actions.signing import sign_records
from enrollment.models import Allocation, VitalSigns
from enrollment.queries.content import content_of
from enrollment.registry import get
from oversight.actions.queries import comment_on, raise_query, respond
from oversight.calc.content import sha256_of
from oversight.calc.place import Place
from oversight.calc.query_cycle import QueryEvent
from reports.actions import casebooks
from reports.models import CasebookExport, CasebookFile
from reports.queries.casebook import collect
from reports.queries.casebook.bundle import patient_bundle
from reports.queries.tables import catalog
from reports.queries.tables.snapshot import one_state
from reports.tasks import remove_expired_casebooks
from tests.factories import (
    LATER,
    make_enrolled_patient,
    make_member,
    make_randomized_trial,
    make_ready_patient,
    open_visit,
    save_form,
)

AT = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
VALUES = {"ecog": "1", "weight_kg": "71.5", "temperature_c": "36.6", "pulse_per_min": 70}


@pytest.fixture
def investigator(trial):
    return make_member(trial, "investigator", site="01", username="iris")


@pytest.fixture
def vitals(patient, coordinator):
    visit = open_visit(patient, key="C1D1", by=coordinator)
    return save_form(
        "vital-signs",
        visit,
        by=coordinator,
        missing={"systolic_mmhg": "ND", "diastolic_mmhg": "UNK"},
        **VALUES,
    )


@pytest.fixture
def story(patient, vitals, coordinator, investigator):
    """A signed form that was changed, a query that went to its end, and a comment."""
    spec = get("vital-signs")
    seen = {("vital-signs", vitals.pk): sha256_of(content_of(spec, vitals))}
    sign_records(seen, by=investigator, meaning="approved", at=AT)
    place = Place(
        patient.site_id,
        patient.pk,
        vitals.visit_id,
        "vital-signs",
        vitals.pk,
        None,
        "weight_kg",
    )
    query = raise_query(place, by=investigator, question="Is 71.5 kg what the chart says?")
    respond(query, QueryEvent.ANSWER, by=coordinator, text="It is 72.5.", expected_revision=1)
    comment_on(place, by=coordinator, text="Scale two.")
    changed = VitalSigns.objects.get(pk=vitals.pk)
    changed.weight_kg = "72.5"
    save_record(
        spec,
        changed,
        by=coordinator,
        reason="typed wrong",
        complete=True,
        expected_revision=changed.revision,
    )
    return patient


def parts(bundle):
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def words(pdf):
    pages = PdfReader(io.BytesIO(pdf)).pages
    return " ".join(" ".join(page.extract_text().split()) for page in pages)


def made(patient, *, by):
    """The files as the worker makes them."""
    export = casebooks.request_casebook(patient.site, patient=patient, by=by)
    casebooks.complete(export.pk)
    return CasebookExport.objects.get(pk=export.pk)


# --- The bundle -------------------------------------------------------------------------------


def test_same_state_and_time_give_the_same_bytes(story):
    assert patient_bundle(story, at=AT) == patient_bundle(story, at=AT)
    assert patient_bundle(story, at=AT) != patient_bundle(story, at=AT + timedelta(minutes=1))


def test_manifest_names_every_file_with_its_hash(story):
    found = parts(patient_bundle(story, at=AT))
    manifest = json.loads(found.pop("manifest.json"))
    assert {item["name"]: item["sha256"] for item in manifest["files"]} == {
        name: hashlib.sha256(content).hexdigest() for name, content in found.items()
    }
    assert (manifest["trial"], manifest["site"], manifest["patient"]) == ("small", "01", str(story))
    assert manifest["definition"]["sha256"] == story.version.sha256
    last = AuditEntry.objects.filter(patient_id=story.pk).order_by("pk").last()
    assert manifest["last_audit_entry"] == last.pk


def test_tables_hold_the_values_and_missing_codes_of_this_patient_only(story, trial, coordinator):
    other = make_enrolled_patient(trial, by=coordinator)
    save_form("vital-signs", open_visit(other, key="C1D1", by=coordinator), by=coordinator)
    found = parts(patient_bundle(story, at=AT))
    [row] = csv.DictReader(io.StringIO(found["tables/vital_signs.csv"].decode()))
    assert (row["patient"], row["weight_kg"], row["systolic_mmhg_missing"]) == (
        str(story),
        "72.5",
        "ND",
    )
    everything = b"".join(found.values()).decode()
    assert other.screening_number not in everything


def test_signature_that_broke_stands_with_who_when_and_why(story):
    [signature] = json.loads(parts(patient_bundle(story, at=AT))["signatures.json"])
    assert signature["name"] == "Iris"
    assert signature["meaning"] == "approved"
    assert signature["signed_at"] == "2026-11-21T08:00:00.000+00:00"
    assert signature["holds"] is False
    assert (signature["broken_by"], signature["reason"]) == ("Coordinator", "typed wrong")


def test_signature_hash_is_that_of_the_record_while_it_holds(patient, vitals, investigator):
    digest = sha256_of(content_of(get("vital-signs"), vitals))
    sign_records({("vital-signs", vitals.pk): digest}, by=investigator, meaning="author", at=AT)
    found = parts(patient_bundle(patient, at=AT))
    [signature] = json.loads(found["signatures.json"])
    records = json.loads(found["records.json"])
    assert signature["holds"] is True
    assert signature["content_sha256"] in {item["content_sha256"] for item in records}


def test_queries_have_their_threads_and_comments(story):
    said = json.loads(parts(patient_bundle(story, at=AT))["queries.json"])
    [query] = said["queries"]
    assert (query["field"], query["state"]) == ("weight_kg", "answered")
    assert [(item["by"], item["text"]) for item in query["messages"]] == [
        ("Coordinator", "It is 72.5.")
    ]
    assert [item["text"] for item in said["comments"]] == ["Scale two."]


def test_trail_has_old_new_who_and_why(story):
    trail = json.loads(parts(patient_bundle(story, at=AT))["audit.json"])
    assert [entry["id"] for entry in trail] == sorted(entry["id"] for entry in trail)
    [change] = [
        entry
        for entry in trail
        if entry["why"] == "typed wrong"
        and any(item["field"] == "weight_kg" for item in entry["changes"])
    ]
    assert {"field": "weight_kg", "old": "71.5", "new": "72.5"} in change["changes"]
    assert (change["who"], change["action"]) == ("Coordinator", "update")


def test_bundle_is_in_english_whatever_the_reader_reads(story):
    with translation.override("zh-hans"):
        chinese = patient_bundle(story, at=AT)
    assert chinese == patient_bundle(story, at=AT)


def test_number_of_queries_does_not_grow_with_visits(patient, coordinator):
    def count():
        with CaptureQueriesContext(
            connection,
        ) as found:
            collect(patient, at=AT)
        return len(found)

    open_visit(patient, key="C1D1", by=coordinator)
    save_form("vital-signs", patient.visits.get(key="C1D1"), by=coordinator, **VALUES)
    count()  # reads the patient's version once
    before = count()
    later = patient.visits.exclude(key="C1D1").filter(forms__icontains="vital-signs").first()
    open_visit(patient, key=later.key, by=coordinator)
    save_form("vital-signs", later, by=coordinator, **VALUES)
    assert count() == before


# --- The PDF ----------------------------------------------------------------------------------


@pytest.fixture
def pdf(story, investigator):
    export = made(story, by=investigator)
    return {file.name.rsplit(".", 1)[-1]: bytes(file.content) for file in export.files.all()}


def test_pdf_prints_the_hash_of_the_bundle_made_with_it(pdf):
    text = words(pdf["pdf"]).replace(" ", "")
    assert hashlib.sha256(pdf["zip"]).hexdigest() in text


def test_pdf_tells_the_whole_story(pdf, story):
    text = words(pdf["pdf"])
    for said in (
        f"Casebook of patient {story}",
        "Consent",
        "72.5 kg",
        "not done",
        "Iris",
        "reviewed and approved",
        "broken",
        "typed wrong",
        "Is 71.5 kg what the chart says?",
        "It is 72.5.",
        "Scale two.",
        "weight: 71.5 → 72.5",
    ):
        assert said in text, said
    count = len(PdfReader(io.BytesIO(pdf["pdf"])).pages)
    assert f"Page {count} of {count}" in text


def test_pdf_in_chinese_has_the_chinese_words(story, investigator):
    with translation.override("zh-hans"):
        export = made(story, by=investigator)
    assert export.state == "done"
    [file] = export.files.filter(content_type="application/pdf")
    assert "女" in words(bytes(file.content))


# --- Blinding ---------------------------------------------------------------------------------


@pytest.fixture
def blinded():
    trial = make_randomized_trial("blind")
    by = make_member(trial, "coordinator")
    for _number in range(4):
        patient = make_ready_patient(trial, by=by)
        randomize_patient(patient, by=by, on=LATER)
    return Allocation.objects.filter(arm="sham", patient__isnull=False).first().patient


def test_casebook_of_a_blinded_trial_holds_no_arm(db, blinded):
    export = made(blinded, by=make_member(blinded.trial, "investigator"))
    for file in export.files.all():
        content = bytes(file.content)
        text = (
            words(content)
            if file.name.endswith(".pdf")
            else b"".join(parts(content).values()).decode()
        )
        for secret in ("sham", "Other capsules", "enrollment_allocation"):
            assert secret not in text, file.name
    assert "BLINDED" in words(bytes(export.files.first().content))


@pytest.mark.parametrize("is_blinded", [False, True])
def test_field_that_reveals_is_hidden_in_a_blinded_trial_only(
    story, monkeypatch, is_blinded, investigator
):
    field = VitalSigns._meta.get_field("weight_kg")
    monkeypatch.setattr(field, "captured", replace(field.captured, reveals="the arm"))
    blinding.revealing_columns.cache_clear()
    catalog._by_name.cache_clear()
    story.trial.is_blinded = is_blinded
    story.trial.save()
    try:
        export = made(story, by=investigator)
    finally:
        blinding.revealing_columns.cache_clear()
        catalog._by_name.cache_clear()
    found = {file.name[-3:]: bytes(file.content) for file in export.files.all()}
    files = parts(found["zip"])
    tables = b"".join(files[name] for name in files if name.startswith("tables/"))
    changes = [
        item["field"] for entry in json.loads(files["audit.json"]) for item in entry["changes"]
    ]
    assert (b"72.5" in tables) is not is_blinded
    assert ("weight_kg" in changes) is not is_blinded
    assert ("72.5 kg" in words(found["pdf"])) is not is_blinded


# --- Asking, watching, fetching ---------------------------------------------------------------


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def at_once(monkeypatch, django_capture_on_commit_callbacks):
    """The worker is this process, after the request."""
    monkeypatch.setattr(casebooks, "hand_over", lambda pk, **_how: casebooks.complete(pk))

    def post(client, address):
        with django_capture_on_commit_callbacks(execute=True):
            return client.post(address)

    return post


def test_person_makes_watches_and_fetches(story, investigator, at_once):
    iris = signed_in(investigator)
    page = iris.get(reverse("enrollment:patient-detail", args=[story.pk]))
    address = reverse("reports:patient-casebook", args=[story.pk])
    assert address in page.content.decode()
    response = at_once(iris, address)
    export = CasebookExport.objects.get()
    assert response.url == reverse("reports:casebook-detail", args=[export.pk])
    shown = iris.get(response.url).content.decode()
    for file in export.files.all():
        assert file.sha256 in shown
        fetched = iris.post(reverse("reports:casebook-file", args=[export.pk, file.pk]))
        assert hashlib.sha256(fetched.content).hexdigest() == file.sha256
        assert f'filename="{file.name}"' in fetched["Content-Disposition"]
    assert str(export.requested_at.year) in iris.get(address).content.decode()
    events = AuditEntry.objects.filter(
        patient_id=story.pk, action="event", event__startswith="case"
    )
    assert [entry.event for entry in events] == ["casebook", *["casebook download"] * 2]
    assert {entry.actor_name for entry in events} == {"Iris"}


def test_nobody_else_fetches_it(story, investigator, trial):
    export = made(story, by=investigator)
    file = export.files.first()
    other = signed_in(make_member(trial, "data-manager"))
    assert other.get(reverse("reports:casebook-detail", args=[export.pk])).status_code == 404
    address = reverse("reports:casebook-file", args=[export.pk, file.pk])
    assert other.post(address).status_code == 404


def test_file_of_another_export_is_404(story, investigator):
    one, other = made(story, by=investigator), made(story, by=investigator)
    address = reverse("reports:casebook-file", args=[one.pk, other.files.first().pk])
    assert signed_in(investigator).post(address).status_code == 404


def test_revoked_role_ends_the_fetching(story, investigator):
    export = made(story, by=investigator)
    investigator.memberships.update(revoked_at=timezone.now())
    address = reverse("reports:casebook-detail", args=[export.pk])
    assert signed_in(investigator).get(address).status_code == 404


def test_expired_casebook_is_gone(story, investigator):
    export = made(story, by=investigator)
    CasebookExport.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    client = signed_in(investigator)
    assert client.get(reverse("reports:casebook-detail", args=[export.pk])).status_code == 404
    made(story, by=investigator)
    assert not CasebookFile.objects.filter(export=export).exists()


def test_task_removes_what_has_expired_and_nothing_else(story, investigator):
    old, new = made(story, by=investigator), made(story, by=investigator)
    CasebookExport.objects.filter(pk=old.pk).update(expires_at=timezone.now())
    remove_expired_casebooks()
    assert list(CasebookExport.objects.all()) == [new]


def test_fragment_asks_again_while_it_goes_on_and_stops_at_the_end(story, investigator):
    export = casebooks.request_casebook(story.site, patient=story, by=investigator)
    client = signed_in(investigator)
    address = reverse("reports:casebook-detail", args=[export.pk])
    going = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "hx-get" in going
    assert "<h1" not in going
    casebooks.complete(export.pk)
    assert "hx-get" not in client.get(address, headers={"HX-Request": "true"}).content.decode()


def test_work_that_died_is_said(story, investigator):
    export = casebooks.request_casebook(story.site, patient=story, by=investigator)
    CasebookExport.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=3))
    page = signed_in(investigator).get(reverse("reports:casebook-detail", args=[export.pk]))
    assert "stopped before its end" in page.content.decode()


def test_error_is_said_without_its_values(story, investigator, monkeypatch):
    export = casebooks.request_casebook(story.site, patient=story, by=investigator)

    def fail(*args, **options):
        raise RuntimeError("patient A01")

    monkeypatch.setattr(casebooks, "patient_bundle", fail)
    with pytest.raises(RuntimeError):
        casebooks.complete(export.pk)
    page = signed_in(investigator).get(reverse("reports:casebook-detail", args=[export.pk]))
    assert "An error stopped the work" in page.content.decode()
    assert "patient A01" not in page.content.decode()


def test_broker_away_is_said(story, investigator, monkeypatch, django_capture_on_commit_callbacks):
    def fail(pk, **_how):
        raise OSError("away")

    monkeypatch.setattr(casebooks, "hand_over", fail)
    with django_capture_on_commit_callbacks(execute=True):
        export = casebooks.request_casebook(story.site, patient=story, by=investigator)
    export.refresh_from_db()
    assert (export.state, export.note) == ("failed", "no-process")


def test_making_it_twice_makes_the_files_once(story, investigator):
    export = made(story, by=investigator)
    before = list(export.files.values_list("sha256", flat=True))
    casebooks.complete(export.pk)
    assert list(export.files.values_list("sha256", flat=True)) == before


def test_worker_that_was_replaced_stores_nothing(story, investigator, monkeypatch):
    export = casebooks.request_casebook(story.site, patient=story, by=investigator)
    real = casebooks.patient_bundle

    def overtaken(*args, **options):
        CasebookExport.objects.update(attempt=7)
        return real(*args, **options)

    monkeypatch.setattr(casebooks, "patient_bundle", overtaken)
    casebooks.complete(export.pk)
    assert not CasebookFile.objects.exists()


def test_asked_again_while_it_is_made_it_is_the_same(story, investigator, monkeypatch):
    started = []
    monkeypatch.setattr(casebooks, "start", started.append)
    one, other = (
        casebooks.request_casebook(story.site, patient=story, by=investigator) for _ in range(2)
    )
    assert one == other
    of_site = casebooks.request_casebook(story.site, by=investigator)
    assert of_site != one
    CasebookExport.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=3))
    assert casebooks.request_casebook(story.site, patient=story, by=investigator) != one


def test_reading_one_state_holds_up_no_writer(committed_db):
    with CaptureQueriesContext(connection) as asked:
        with one_state():
            Site.objects.exists()
        with transaction.atomic():
            Site.objects.exists()
    begun = [query["sql"] for query in asked if query["sql"].startswith(("BEGIN", "SET TRANS"))]
    assert (
        begun
        == {
            "sqlite": ["BEGIN DEFERRED", "BEGIN IMMEDIATE"],
            "postgresql": ["BEGIN", "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", "BEGIN"],
        }[connection.vendor]
    )


# --- A whole site -----------------------------------------------------------------------------


@pytest.fixture
def site_archive(story, other_patient, trial, coordinator, investigator, at_once):
    make_enrolled_patient(trial, by=coordinator)
    address = reverse("reports:site-casebook", args=[story.site_id])
    at_once(signed_in(investigator), address)
    export = CasebookExport.objects.get()
    assert (export.state, export.done, export.total) == ("done", 2, 2)
    [file] = export.files.all()
    return file


def test_site_copy_holds_every_patient_of_the_site_and_no_other(site_archive, other_patient):
    found = parts(bytes(site_archive.content))
    manifest = json.loads(found.pop("manifest.json"))
    assert manifest["patients"] == 2
    assert sorted(name[-3:] for name in found) == ["pdf", "pdf", "zip", "zip"]
    assert not any(str(other_patient) in name for name in found)


def test_site_without_patients_is_told_so(trial, investigator):
    site = trial.sites.get(code="01")
    response = signed_in(investigator).post(reverse("reports:site-casebook", args=[site.pk]))
    assert response.url == reverse("reports:casebook-list", args=["small"])
    assert not CasebookExport.objects.exists()


def test_list_offers_only_sites_where_the_person_may(story, other_patient, investigator, trial):
    address = reverse("reports:casebook-list", args=["small"])
    page = signed_in(investigator).get(address).content.decode()
    assert "Make those of site 01" in page
    assert "Make those of site 02" not in page
    everywhere = signed_in(make_member(trial, "monitor")).get(address).content.decode()
    assert "Make those of site 02" in everywhere


# --- The reader's check -----------------------------------------------------------------------


def verify(path, **options):
    out, err = io.StringIO(), io.StringIO()
    call_command("verify_casebook", str(path), stdout=out, stderr=err, **options)
    return out.getvalue()


def rewritten(content, name, change):
    files = parts(content)
    files[name] = change(files[name])
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for each, text in files.items():
            archive.writestr(each, text)
    return target.getvalue()


def test_bundle_as_made_passes_without_a_database(story, tmp_path):
    path = tmp_path / "casebook.zip"
    path.write_bytes(patient_bundle(story, at=AT))
    with connection.execute_wrapper(pytest.fail):
        said = verify(path, sha256=hashlib.sha256(path.read_bytes()).hexdigest())
    assert "Every file is as it was made." in said


def test_altered_file_of_a_bundle_is_named(story, tmp_path, capsys):
    path = tmp_path / "casebook.zip"
    content = patient_bundle(story, at=AT)
    path.write_bytes(rewritten(content, "tables/vital_signs.csv", lambda text: text + b"x"))
    err = io.StringIO()
    with pytest.raises(CommandError, match="not as it was made"):
        call_command("verify_casebook", str(path), stdout=io.StringIO(), stderr=err)
    assert "tables/vital_signs.csv was altered" in err.getvalue()


def test_altered_bundle_inside_a_site_s_archive_is_named(site_archive, tmp_path):
    path = tmp_path / "site.zip"
    content = bytes(site_archive.content)
    [name, *_others] = [name for name in parts(content) if name.endswith(".zip")]
    path.write_bytes(content)
    assert "as it was made" in verify(path)
    path.write_bytes(rewritten(content, name, lambda _text: b"other"))
    err = io.StringIO()
    with pytest.raises(CommandError):
        call_command("verify_casebook", str(path), stdout=io.StringIO(), stderr=err)
    assert f"{name} was altered" in err.getvalue()


@pytest.mark.parametrize("content", [b"", b"PK no archive", None])
def test_what_is_no_casebook_is_refused(tmp_path, content):
    path = tmp_path / "x.zip"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CommandError):
        verify(path)


def test_wrong_hash_is_refused(story, tmp_path):
    path = tmp_path / "casebook.zip"
    path.write_bytes(patient_bundle(story, at=AT))
    with pytest.raises(CommandError):
        verify(path, sha256="0" * 64)
