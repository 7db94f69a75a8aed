"""A data cut is fetched again byte for byte, whatever was entered since."""

import csv
import gzip
import hashlib
import io
import json
from datetime import date

import pytest
from django.core.management import call_command
from django.db import DatabaseError, transaction
from django.utils import timezone

from core.models import AuditEntry, AuditRedaction
from outcomes.models import Snapshot
from reports.actions import cuts
from reports.models import Cut, CutFile
from reports.queries.cuts import table_of_cut
from reports.queries.tables import Scope, find_table, tables_seen_in
from tests.factories import (
    make_member,
    make_randomized_trial,
    make_ready_patient,
    make_trial,
    open_visit,
    save_form,
)
from tests.integration.reports.reading import problem_of, rows_of, text_of


def night(trial):
    call_command("run_nightly", trial=trial.slug, cut=date(2026, 11, 21), verbosity=0)
    return Snapshot.objects.current(trial)


@pytest.fixture
def vitals(patient, coordinator):
    visit = open_visit(patient, key="C1D1", by=coordinator)
    return save_form("vital-signs", visit, by=coordinator, ecog="1", weight_kg="71.5")


@pytest.fixture
def cut(trial, patient, other_patient, vitals, capsys):
    return night(trial)


def test_cut_has_every_table_with_its_hash(cut, trial):
    names = {table.name for table in tables_seen_in(trial) if table.model is not None}
    files = {file.name: file for file in CutFile.objects.filter(cut__snapshot=cut)}
    assert files.keys() == names
    for file in files.values():
        text = gzip.decompress(bytes(file.content))
        assert hashlib.sha256(text).hexdigest() == file.sha256
        assert len(text.splitlines()) >= file.rows + 1
    [event] = AuditEntry.objects.filter(event="data cut")
    assert event.changes["tables"]["visits"] == files["visits"].sha256


def test_earlier_cut_is_the_same_bytes_after_more_was_entered(
    cut, api, table, patient, coordinator, trial
):
    now = {name: text_of(api.get(table(name))) for name in ("vital_signs", "visits")}
    then = {name: text_of(api.get(table(name, query=f"?cut={cut.pk}"))) for name in now}
    assert then == now
    later = patient.visits.exclude(key="C1D1").filter(position__gt=0).first()
    visit = open_visit(patient, key=later.key, by=coordinator)
    save_form("vital-signs", visit, by=coordinator, ecog="2", weight_kg="70.0")
    assert text_of(api.get(table("vital_signs"))) != now["vital_signs"]
    answer = api.get(table("vital_signs", query=f"?cut={cut.pk}"))
    assert (answer["X-Snapshot"], answer["X-Row-Count"]) == (str(cut.pk), "1")
    assert text_of(answer) == now["vital_signs"]


def test_derived_table_of_a_cut_is_that_of_its_snapshot(cut, api, table):
    stored = cut.tables.get(name="disposition")
    assert text_of(api.get(table("disposition", query=f"?cut={cut.pk}"))) == stored.content


def test_cut_holds_only_the_sites_that_the_person_exports(cut, as_user, trial, table):
    there = make_member(trial, "statistician", site="02", username="there")
    answer = as_user(there, trial).get(table("visits", query=f"?cut={cut.pk}"))
    rows = rows_of(answer)
    assert {row["site"] for row in rows} == {"02"}
    assert answer["X-Row-Count"] == str(len(rows))


def test_filters_narrow_a_cut(cut, api, table, patient):
    query = f"?cut={cut.pk}&patient={patient.number}"
    rows = rows_of(api.get(table("visits", query=query)))
    assert {row["patient"] for row in rows} == {patient.number}


@pytest.mark.parametrize("asked", ["0", "x", "", "99999999999999999999"])
def test_unknown_cut_is_refused_by_name(api, table, trial, asked):
    problem = problem_of(api.get(table("visits", query=f"?cut={asked}")))
    assert (problem["status"], problem["parameter"]) == (400, "cut")


def test_cut_of_another_trial_is_unknown(cut, as_user, table):
    other = make_trial("other")
    reader = make_member(other, "statistician", username="elsewhere")
    answer = as_user(reader, other).get(table("visits", slug="other", query=f"?cut={cut.pk}"))
    assert problem_of(answer)["parameter"] == "cut"


def test_cut_is_stored_once_and_never_changed(cut):
    assert cuts.store_cut(cut) == Cut.objects.get()
    for change in (lambda: CutFile.objects.update(rows=0), CutFile.objects.all().delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_failure_to_keep_the_files_costs_no_snapshot(
    trial, patient, vitals, monkeypatch, caplog, capsys
):
    def fail(table, trial):
        raise RuntimeError("no space")

    monkeypatch.setattr(cuts, "all_rows_of", fail)
    snapshot = night(trial)
    assert (snapshot is None, Cut.objects.count()) == (False, 0)
    assert "were not stored" in caplog.text
    monkeypatch.undo()
    # The next run finds nothing new, and makes up for it.
    assert night(trial) == snapshot
    assert Cut.objects.get().snapshot == snapshot


def test_blinded_cut_holds_no_arm(db, capsys):
    trial = make_randomized_trial()
    make_ready_patient(trial)
    cut = night(trial)
    [file] = CutFile.objects.filter(cut__snapshot=cut, name="allocations")
    assert b"arm" not in gzip.decompress(bytes(file.content))


def test_what_is_redacted_later_is_redacted_in_the_cut_too(cut, trial, statistician, vitals):
    whole = table_of_cut(find_table("audit"), cut, Scope(statistician, trial))
    assert whole.sha256
    entry = AuditEntry.objects.of_row(vitals).first()
    person = make_member(trial, "data-manager")
    AuditRedaction.objects.create(
        trial=trial,
        entry_id=entry.pk,
        field="weight_kg",
        reason="a name",
        proposed_by=person,
        proposed_at=timezone.now(),
        confirmed_by=make_member(trial, "data-manager"),
        confirmed_at=timezone.now(),
        entry_digest_before="a" * 64,
        entry_digest_after="b" * 64,
    )
    found = table_of_cut(find_table("audit"), cut, Scope(statistician, trial))
    lines = list(csv.DictReader(io.StringIO("".join(found.chunks), newline="")))
    [line] = [line for line in lines if line["entry"] == str(entry.pk)]
    changes = json.loads(line["changes"])
    assert changes["weight_kg"] == ["redacted", "redacted"]
    assert changes["ecog"] != ["redacted", "redacted"]
    assert (found.sha256, found.row_count) == ("", whole.row_count)
