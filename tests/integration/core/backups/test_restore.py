"""Putting a backup back, and trying it beside the live data, on both databases."""

import io
import json
import re
import signal
import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import psycopg2
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from core.audit.triggers import missing_triggers
from core.backup import facts, make_backup
from core.backup.facts import facts_of
from core.backup.manifest import Manifest
from core.models import AuditEntry, Trial
from tests.integration.core.backups.installation import databases_named, on_server

pytestmark = pytest.mark.once

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


@pytest.fixture
def backup(site):
    """A backup, after which the live trial is renamed."""
    made = make_backup(site.folder / "backups", now=NOW)
    Trial.objects.update(slug="later")
    connection.close()
    return made


def typing(monkeypatch, text):
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


def restore(backup, *options):
    call_command("restore", str(backup.path), *options)


def test_data_is_not_overwritten_unasked(site, backup):
    with pytest.raises(CommandError, match=r"holds \d+ rows\. With --replace"):
        restore(backup)
    assert Trial.objects.get().slug == "later"


@pytest.mark.parametrize("typed", ["", "yes\n", "LIVE\n"])
def test_wrong_name_restores_nothing(site, backup, typed, monkeypatch):
    typing(monkeypatch, typed)
    with pytest.raises(CommandError, match="not the name of the database"):
        restore(backup, "--replace")
    assert Trial.objects.get().slug == "later"


def test_restore_brings_everything_back_and_notes_it(site, backup, monkeypatch):
    typing(monkeypatch, f"{site.name}\n")
    restore(backup, "--replace")
    assert Trial.objects.get().slug == "small"
    found = facts_of(connection)
    expected = dict(backup.manifest.facts.rows)
    expected["core_auditentry"] += 1
    assert found.rows == expected
    assert missing_triggers(connection) == []
    entry = AuditEntry.objects.latest("pk")
    assert (entry.event, entry.source) == ("restore", "command restore")
    assert entry.changes["sha256"] == backup.sha256
    assert entry.changes["put_aside"]


def test_what_was_there_is_kept_under_another_name(site, backup, monkeypatch, capsys):
    typing(monkeypatch, f"{site.name}\n")
    restore(backup, "--replace")
    assert "What was there before is kept as" in capsys.readouterr().out
    assert slug_in_what_was_kept(site) == "later"


def slug_in_what_was_kept(site):
    if site.is_sqlite:
        [kept] = site.folder.glob("live.sqlite3.replaced-*")
        opened = sqlite3.connect(kept)
    else:
        [name] = databases_named(f"{site.name}_replaced_")
        opened = psycopg2.connect(site.url.replace(site.name, name))
    with closing(opened):
        cursor = opened.cursor()
        cursor.execute("SELECT slug FROM core_trial")
        return cursor.fetchone()[0]


def test_restore_into_an_empty_place_asks_nothing(site, backup):
    remove_database(site)
    restore(backup)
    assert Trial.objects.get().slug == "small"


def test_restore_into_a_database_that_was_only_migrated_asks_nothing(site, backup):
    remove_database(site)
    if not site.is_sqlite:
        on_server(f"CREATE DATABASE {site.name}")
    call_command("migrate", verbosity=0)
    connection.close()
    restore(backup)
    assert Trial.objects.get().slug == "small"


def remove_database(site):
    connection.close()
    if site.is_sqlite:
        for path in site.folder.glob("live.sqlite3*"):
            path.unlink()
    else:
        on_server(f"DROP DATABASE {site.name} WITH (FORCE)")


def test_record_files_come_back_and_changed_ones_are_kept_beside(site, monkeypatch):
    changed, lost = (site.folder / "records" / name for name in ("changed.md", "lost.md"))
    changed.parent.mkdir()
    changed.write_text("as it was")
    lost.write_text("lost later")
    backup = make_backup(site.folder / "backups", now=NOW)
    connection.close()
    changed.write_text("altered")
    lost.unlink()
    typing(monkeypatch, f"{site.name}\n")
    restore(backup, "--replace")
    assert (changed.read_text(), lost.read_text()) == ("as it was", "lost later")
    [aside] = changed.parent.glob("changed.md.replaced-*")
    assert aside.read_text() == "altered"


def test_altered_backup_is_refused_before_anything_is_touched(site, backup, monkeypatch):
    content = bytearray(backup.path.read_bytes())
    content[len(content) // 2] ^= 1
    backup.path.write_bytes(content)
    typing(monkeypatch, f"{site.name}\n")
    with pytest.raises(CommandError, match=rf"Nothing was restored\. .*{backup.path.name}"):
        restore(backup, "--replace")
    assert Trial.objects.get().slug == "later"


def test_backup_of_a_newer_version_is_refused_with_its_migrations(site, monkeypatch):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied)"
            " VALUES ('core', '0999_from_the_future', '2026-01-01')"
        )
    backup = make_backup(site.folder / "backups", now=NOW)
    with pytest.raises(CommandError, match=r"core\.0999_from_the_future\. Install that version"):
        restore(backup, "--replace")


def test_backup_of_the_other_database_is_refused(site, monkeypatch):
    as_json = Manifest.as_json.fget
    other = "postgresql" if site.is_sqlite else "sqlite"

    def of_the_other(manifest):
        values = as_json(manifest)
        return values | {"database": values["database"] | {"vendor": other}}

    monkeypatch.setattr(Manifest, "as_json", property(of_the_other))
    backup = make_backup(site.folder / "backups", now=NOW)
    with pytest.raises(CommandError, match=f"is a backup of {other}; this site runs on"):
        restore(backup, "--replace")


DIE = """
import django, os, signal, sys, io; django.setup()
from core.backup import postgresql, sqlite
def die(*args, **options):
    os.kill(os.getpid(), signal.SIGKILL)
{step} = die
sys.stdin = io.StringIO({name!r})
from django.core.management import call_command
call_command("restore", {path!r}, "--replace")
"""


def test_killed_restore_leaves_the_live_data_as_they_are(site, backup):
    step = "sqlite.copy_over" if site.is_sqlite else "postgresql.load_dump"
    ended = site.python(DIE.format(step=step, name=site.name, path=str(backup.path)))
    assert ended.returncode == -signal.SIGKILL
    assert Trial.objects.get().slug == "later"
    assert missing_triggers(connection) == []


# --- The drill --------------------------------------------------------------------------------


def reports(site):
    return [
        json.loads(path.read_text())
        for path in sorted((site.folder / "records" / "restore-drills").glob("*.json"))
    ]


def test_drill_makes_a_backup_restores_it_and_reports(site, capsys):
    call_command("restore_drill")
    [report] = reports(site)
    assert report["passed"] is True
    assert report["found"] == report["manifest"]["facts"]
    assert "Passed in" in capsys.readouterr().out
    [words] = (site.folder / "records" / "restore-drills").glob("*.md")
    assert "Result: **passed**" in words.read_text()
    assert "| core_trial | 1 | 1 |" in words.read_text()
    entry = AuditEntry.objects.get(event="restore drill")
    assert entry.changes["passed"] is True


def test_drill_leaves_the_live_data_and_no_copy(site, backup):
    call_command("restore_drill", str(backup.path))
    assert Trial.objects.get().slug == "later"
    assert list(site.folder.glob("drill-*")) == []
    if not site.is_sqlite:
        assert databases_named("trialsite_drill_") == []


def miscounted(expected):
    return expected | {"core_trial": 2}


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("rows", miscounted, "table core_trial: 2 rows expected, 1 rows found"),
        ("audit_sha256", lambda old: "0" * 64, "the audit trail is not the same"),
        ("audit_last_id", lambda old: old + 1, r"last audit entry: \d+ expected"),
        ("migrations", lambda old: old[1:], "the migrations are not the same"),
    ],
)
def test_copy_that_differs_from_its_manifest_fails_the_drill(
    site, monkeypatch, capsys, name, change, said
):
    """A backup whose manifest was written over other data, with hashes that agree."""
    as_json = facts.Facts.as_json.fget

    def other(self):
        values = as_json(self)
        return values | {name: change(values[name])}

    with monkeypatch.context() as patch:
        patch.setattr(facts.Facts, "as_json", property(other))
        backup = make_backup(site.folder / "backups", now=NOW)
    with pytest.raises(CommandError, match="The restore drill failed"):
        call_command("restore_drill", str(backup.path))
    [report] = reports(site)
    assert report["passed"] is False
    assert re.search(said, " ".join(report["differences"]))
    assert AuditEntry.objects.get(event="restore drill").changes["passed"] is False


def test_one_altered_entry_changes_the_hash_of_the_trail(site):
    before = facts_of(connection)
    drop = "DROP TRIGGER core_auditentry_no_update"
    if not site.is_sqlite:
        drop = "DROP TRIGGER audit_is_append_only ON core_auditentry"
    with connection.cursor() as cursor:
        cursor.execute(drop)
        cursor.execute("UPDATE core_auditentry SET reason = 'altered' WHERE id = 3")
    after = facts_of(connection)
    assert before.rows == after.rows
    assert before.differences(after) == ["the audit trail is not the same: its SHA-256 differs"]


def test_drill_without_a_backup_that_can_be_read_fails(site, tmp_path):
    (tmp_path / "x.backup").write_text("no backup")
    with pytest.raises(CommandError, match=r"The restore drill failed\. .*x\.backup"):
        call_command("restore_drill", str(tmp_path / "x.backup"))
    assert reports(site) == []
