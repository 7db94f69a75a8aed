"""Archives of tables: asked for, made, fetched, registered; and the loaders read them."""

import csv
import hashlib
import importlib.util
import io
import json
import shutil
import subprocess
import zipfile
from datetime import date, timedelta
from functools import partial

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.actions.people import grant_role
from core.models import AuditEntry, Site
from outcomes.models import Snapshot
from reports.actions import table_exports
from reports.formats import Format
from reports.models import TableExport
from reports.queries.cuts import table_of_cut
from reports.queries.tables import tables_seen_in
from tests.factories import make_member, make_trial, open_visit, save_form
from tests.integration.reports.reading import rows_of

TEXT = 'a "quoted", =1+1\nline two 中文 🧪'


@pytest.fixture(autouse=True)
def nothing_starts(monkeypatch):
    """The work is done by the test, as a worker would do it."""
    monkeypatch.setattr(table_exports, "start", lambda export: None)


@pytest.fixture
def vitals(patient, other_patient, coordinator):
    visit = open_visit(patient, key="C1D1", by=coordinator)
    save_form("deviations", patient, by=coordinator, description=TEXT, complete=False)
    return save_form(
        "vital-signs",
        visit,
        by=coordinator,
        ecog="1",
        weight_kg="71.5",
        missing={"temperature_c": "NA"},
        complete=False,
    )


@pytest.fixture
def cut(trial, vitals, capsys):
    call_command("run_nightly", trial=trial.slug, cut=date(2026, 11, 21), verbosity=0)
    return Snapshot.objects.current(trial)


def asked(trial, by, *, form="csv", snapshot=None, tables=None, reason="interim analysis"):
    names = tables or [table.name for table in tables_seen_in(trial)]
    return table_exports.request_export(
        trial, by=by, tables=names, form=form, snapshot=snapshot, reason=reason
    )


def made(trial, by, **wish):
    export = asked(trial, by, **wish)
    table_exports.complete(export.pk)
    export.refresh_from_db()
    assert export.state == "done"
    return export


def parts(export):
    with zipfile.ZipFile(io.BytesIO(bytes(export.content))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def unpacked(export, folder):
    with zipfile.ZipFile(io.BytesIO(bytes(export.content))) as archive:
        archive.extractall(folder)
    return folder


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


# --- What is in it ----------------------------------------------------------------------------


def test_manifest_names_every_table_with_rows_patients_and_hash(trial, statistician, vitals, api):
    files = parts(made(trial, statistician))
    manifest = json.loads(files.pop("manifest.json"))
    assert {item["name"]: item["sha256"] for item in manifest["files"]} == {
        name: hashlib.sha256(content).hexdigest() for name, content in files.items()
    }
    assert (manifest["scope"], manifest["sites"]) == ("open", ["01", "02"])
    for table in manifest["tables"]:
        rows = list(csv.DictReader(io.StringIO(files[table["file"]].decode(), newline="")))
        assert len(rows) == table["rows"]
        assert {row["patient"] for row in rows if row.get("patient")} == set(table["patients"])
    one = api.get("/api/v1/trials/small/tables/vital_signs.csv")
    assert files["tables/vital_signs.csv"] == b"".join(one.streaming_content)


def test_same_cut_gives_the_same_bytes_after_more_was_entered(
    cut, trial, statistician, patient, coordinator
):
    first = made(trial, statistician, snapshot=cut)
    save_form("lesions", patient, by=coordinator, complete=False)
    second = made(trial, statistician, snapshot=cut)
    assert (first.sha256, first.pk) != (second.sha256, None)
    assert first.sha256 == second.sha256
    assert json.loads(parts(first)["manifest.json"])["cut"]["snapshot"] == cut.pk
    assert made(trial, statistician).sha256 != first.sha256


@pytest.mark.parametrize("form", [item for item in Format if item is not Format.CSV])
def test_each_format_holds_the_tables_asked_for(form, trial, statistician, vitals):
    files = parts(made(trial, statistician, form=form, tables=["visits", "vital_signs"]))
    manifest = json.loads(files["manifest.json"])
    assert [table["name"] for table in manifest["tables"]] == ["visits", "vital_signs"]
    assert all(files[table["file"]] for table in manifest["tables"])
    assert "load_tables.py" not in files


def test_only_the_sites_of_the_person_and_no_table_that_counts_all(trial, vitals):
    there = make_member(trial, "statistician", site="02", username="there")
    files = parts(made(trial, there))
    manifest = json.loads(files["manifest.json"])
    assert manifest["sites"] == ["02"]
    assert "endpoint_summary" not in [table["name"] for table in manifest["tables"]]
    assert b"71.5" not in b"".join(files.values())


# --- The loaders ------------------------------------------------------------------------------


def load_tables():
    spec = importlib.util.spec_from_file_location(
        "load_tables", table_exports.settings.BASE_DIR / "reports/formats/loaders/load_tables.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_python_loader_sets_types_and_keeps_codes(cut, trial, statistician, tmp_path):
    folder = unpacked(made(trial, statistician, snapshot=cut), tmp_path)
    loader = load_tables()
    tables = loader.load(folder)
    row = tables["vital_signs"].iloc[0]
    assert (row["site"], row["weight_kg"], row["temperature_c_missing"]) == ("01", 71.5, "NA")
    kinds = tables["vital_signs"].dtypes.astype(str)
    assert (kinds["weight_kg"], kinds["visit_sequence"], kinds["ecog"]) == (
        "float64",
        "Int64",
        "category",
    )
    assert str(tables["patients"]["enrolled_on"].dtype) == "datetime64[ns]"
    assert tables["protocol_deviations"]["description"].iloc[0] == TEXT
    assert loader.labels(folder)["vital_signs", "temperature_c_missing"].keys() == {
        "ND",
        "UNK",
        "NA",
    }


@pytest.mark.parametrize("spoil", ["change", "remove"])
def test_python_loader_refuses_what_the_manifest_does_not_say(
    spoil, trial, statistician, vitals, tmp_path
):
    folder = unpacked(made(trial, statistician, tables=["visits"]), tmp_path)
    path = folder / "tables" / "visits.csv"
    path.unlink() if spoil == "remove" else path.write_bytes(path.read_bytes() + b" ")
    loader = load_tables()
    with pytest.raises(loader.Broken, match=r"visits\.csv"):
        loader.load(folder)


R = """
source("load_tables.R")
tables <- load_tables(".")
vitals <- tables$vital_signs
stopifnot(vitals$weight_kg[1] == 71.5, is.factor(vitals$ecog))
stopifnot(as.character(vitals$temperature_c_missing[1]) == "NA")
stopifnot(as.character(vitals$site[1]) == "01")
stopifnot(inherits(tables$patients$enrolled_on, "Date"))
stopifnot(names(attr(vitals$temperature_c_missing, "labels")) == c("ND", "UNK", "NA"))
text <- tables$protocol_deviations$description[1]
cat(text, file = "text.txt", sep = "")
cat("x", file = "tables/visits.csv", append = TRUE)
refused <- tryCatch({ load_tables("."); FALSE }, error = function(e) grepl("visits.csv", e$message))
stopifnot(refused)
"""


@pytest.mark.needs("R")
def test_r_loader_does_the_same(cut, trial, statistician, tmp_path):
    folder = unpacked(made(trial, statistician, snapshot=cut), tmp_path)
    (folder / "check.R").write_text(R)
    done = subprocess.run(
        [shutil.which("Rscript"), "--vanilla", "check.R"],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert (folder / "text.txt").read_text() == TEXT


# --- Asking, watching, fetching ---------------------------------------------------------------


def test_person_chooses_and_fetches_and_the_register_says_it(trial, statistician, vitals):
    client = signed_in(statistician)
    wish = {
        "form": "csv",
        "cut": "",
        "reason": "safety meeting",
        "tables": ["vital_signs", "visits"],
    }
    answer = client.post(reverse("reports:export-new", args=["small"]), wish)
    export = TableExport.objects.get()
    assert answer["Location"] == reverse("reports:export-detail", args=[export.pk])
    assert export.tables == ["visits", "vital_signs"]
    assert b"export-status" in client.get(answer["Location"]).content
    table_exports.complete(export.pk)
    export.refresh_from_db()
    fetched = client.post(reverse("reports:export-file", args=[export.pk]))
    assert hashlib.sha256(fetched.content).hexdigest() == export.sha256
    page = client.get(reverse("reports:export-register", args=["small"])).content.decode()
    for told in ("safety meeting", export.sha256[:12], "visits, vital_signs"):
        assert told in page
    [event] = AuditEntry.objects.filter(event="export")
    assert event.changes["rows"] == sum(
        table["rows"] for table in json.loads(parts(export)["manifest.json"])["tables"]
    )
    assert AuditEntry.objects.filter(event="export download", actor_id=statistician.pk).exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"reason": ""}, "Enter the reason."),
        ({"tables": []}, "Choose at least one table."),
        ({"form": "doc"}, "doc is not one of the available choices"),
        ({"cut": "99"}, "99 is not one of the available choices"),
        ({"tables": ["nothing"]}, "nothing is not one of the available choices"),
    ],
)
def test_wish_that_makes_no_sense_is_refused(change, said, trial, statistician):
    wish = {"form": "csv", "cut": "", "reason": "why", "tables": ["visits"]} | change
    answer = signed_in(statistician).post(reverse("reports:export-new", args=["small"]), wish)
    assert (answer.status_code, TableExport.objects.count()) == (422, 0)
    assert said in answer.content.decode()


def test_archive_is_its_makers_own_and_expires(trial, statistician, vitals):
    export = made(trial, statistician, tables=["visits"])
    address = reverse("reports:export-detail", args=[export.pk])
    other = make_member(trial, "statistician", username="other")
    assert signed_in(other).get(address).status_code == 404
    assert signed_in(statistician).get(address).status_code == 200
    export.expires_at = timezone.now() - timedelta(seconds=1)
    export.save()
    assert signed_in(statistician).get(address).status_code == 404
    table_exports.remove_expired()
    assert not TableExport.objects.exists()


def test_archive_is_not_fetched_once_a_role_has_ended(trial, statistician, vitals):
    """The other role may be for fewer sites than the archive holds."""
    export = made(trial, statistician, tables=["visits"])
    assert table_exports.fetch(export, by=statistician)

    statistician.memberships.update(revoked_at=timezone.now())
    second = Site.objects.get(trial=trial, code="02")
    grant_role(statistician, "statistician", by=None, trial=trial, site=second)

    with pytest.raises(PermissionDenied):
        table_exports.fetch(export, by=statistician)


def test_right_that_ended_meanwhile_ends_the_work(trial, statistician, vitals):
    export = asked(trial, statistician)
    statistician.memberships.update(revoked_at=timezone.now())
    table_exports.complete(export.pk)
    export.refresh_from_db()
    assert (export.state, export.note) == ("failed", "not-allowed")


def test_asked_twice_is_one_export_and_another_wish_another(trial, statistician):
    first = asked(trial, statistician)
    assert asked(trial, statistician) == first
    assert asked(trial, statistician, reason="another") == first
    assert asked(trial, statistician, tables=["visits"]) != first


def test_worker_that_was_superseded_stores_nothing(trial, statistician, vitals, monkeypatch):
    export = asked(trial, statistician, tables=["visits"])
    report = table_exports._report

    def taken_over(mine, done):
        TableExport.objects.filter(pk=mine.pk).update(attempt=mine.attempt + 1)
        report(mine, done)

    monkeypatch.setattr(table_exports, "_report", taken_over)
    table_exports.complete(export.pk)
    export.refresh_from_db()
    assert (export.state, export.content) == ("running", None)


def test_register_shows_others_only_to_who_reviews_the_trail(
    trial, statistician, vitals, api, table
):
    rows_of(api.get(table("visits")))
    other = make_member(trial, "statistician", username="other")
    manager = make_member(trial, "data-manager", username="manager")
    address = reverse("reports:export-register", args=["small"])
    assert "No exports yet" in signed_in(other).get(address).content.decode()
    assert statistician.full_name in signed_in(manager).get(address).content.decode()


def test_codebook_page_says_what_a_column_means(trial, statistician):
    client = signed_in(statistician)
    page = client.get(reverse("reports:codebook-detail", args=["small", "vital_signs"])).content
    for told in (b"weight_kg_missing", b"WGHTKG_M", b"kg", b"0.1.0"):
        assert told in page
    missing = reverse("reports:codebook-detail", args=["small", "nothing"])
    assert client.get(missing).status_code == 404
    assert make_trial("other").pk
    assert (
        client.get(reverse("reports:codebook-detail", args=["other", "visits"])).status_code == 404
    )


def test_manifest_says_of_which_moment_it_is(trial, statistician, cut):
    newest = AuditEntry.objects.latest("pk").pk
    said = json.loads(parts(made(trial, statistician))["manifest.json"])["cut"]
    assert said["snapshot"] is None
    assert said["derived_from_snapshot"] == cut.pk
    assert newest <= said["newest_audit_entry"] <= AuditEntry.objects.latest("pk").pk
    assert said["last_audit_entry"] <= said["newest_audit_entry"]


def test_manifest_names_what_the_cut_did_not_have(trial, statistician, cut, monkeypatch):
    """A table that came with a later release."""
    later = partial(table_of_cut_without, "consents")
    monkeypatch.setattr("reports.queries.archives.table_of_cut", later)
    export = made(trial, statistician, snapshot=cut, tables=["visits", "consents"])
    manifest = json.loads(parts(export)["manifest.json"])
    assert [item["name"] for item in manifest["tables"]] == ["visits"]
    assert manifest["left_out"] == [{"name": "consents", "why": "the cut did not have it yet"}]


def table_of_cut_without(name, table, cut, scope):
    return None if table.name == name else table_of_cut(table, cut, scope)
