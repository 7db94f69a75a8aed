"""Backing up a running installation, on both databases."""

import json
import os
import signal
import stat
import subprocess
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from core.backup import BackupProblem, make_backup, open_backup
from core.models import AuditEntry, Trial, User
from tests import components
from tests.integration.core.backups.installation import PREPARE, Installation

pytestmark = pytest.mark.once

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
NAME = "trialsite-20261121T080000Z.backup"


@pytest.fixture
def backup(site):
    return make_backup(site.folder / "backups", now=NOW)


def test_backup_has_one_file_that_only_its_owner_reads(site, backup):
    assert [path.name for path in (site.folder / "backups").iterdir()] == [NAME]
    assert stat.S_IMODE(backup.path.stat().st_mode) == 0o600


def test_manifest_counts_every_table_and_names_the_last_entry(site, backup):
    facts = backup.manifest.facts
    assert facts.rows["core_trial"] == Trial.objects.count() == 1
    assert facts.rows["core_user"] == User.objects.count()
    made = AuditEntry.objects.filter(event="backup").get()
    assert facts.audit_last_id == made.changes["last_entry"] == made.pk - 1
    assert facts.audit_entries == facts.rows["core_auditentry"]
    assert set(facts.rows) == set(connection.introspection.table_names())
    assert "core.0001_initial" in facts.migrations
    assert backup.manifest.taken_at == NOW
    assert backup.manifest.app_version == "0.1.0"


def test_backup_is_noted_in_the_trail_with_its_hash(site, backup):
    entry = AuditEntry.objects.get(event="backup")
    assert entry.changes["file"] == NAME
    assert entry.changes["sha256"] == backup.sha256


def test_files_that_are_records_are_in_it_and_others_are_not(site):
    kept = site.folder / "records" / "validation" / "evidence.json"
    kept.parent.mkdir(parents=True)
    kept.write_text("{}")
    (site.folder / "celerybeat-schedule").write_text("no record")
    backup = make_backup(site.folder / "backups", now=NOW)
    assert [part.name for part in backup.manifest.files] == ["records/validation/evidence.json"]


def test_what_is_written_meanwhile_is_either_whole_or_absent(site, backup):
    """The state of the start: a trial renamed afterwards has its old name in the backup."""
    Trial.objects.update(slug="later")
    again = make_backup(site.folder / "backups", now=NOW + timedelta(seconds=1))
    digests = {item.manifest.facts.audit_sha256 for item in (backup, again)}
    assert len(digests) == 2


def test_second_backup_of_the_same_second_keeps_the_first(site, backup):
    before = backup.path.read_bytes()
    with pytest.raises(BackupProblem, match="is there already"):
        make_backup(site.folder / "backups", now=NOW)
    assert backup.path.read_bytes() == before


def test_command_says_where_and_what(site, capsys):
    call_command("backup", to=site.folder / "elsewhere")
    [path] = (site.folder / "elsewhere").iterdir()
    said = capsys.readouterr().out
    assert str(path) in said
    assert open_backup(path).sha256 in said


def test_folder_that_cannot_be_written_is_named(site):
    blocked = site.folder / "file"
    blocked.write_text("")
    with pytest.raises(CommandError, match=r"No backup was made\. .*/file"):
        call_command("backup", to=blocked)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_file_that_was_cut_off_is_named(site, backup, share):
    whole = backup.path.read_bytes()
    backup.path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(BackupProblem, match=NAME):
        open_backup(backup.path)


@pytest.mark.parametrize("share", [0.01, 0.25, 0.5, 0.75, 0.97])
def test_one_altered_byte_is_found(site, backup, share):
    content = bytearray(backup.path.read_bytes())
    at = int(len(content) * share)
    content[at] ^= 0x01
    backup.path.write_bytes(content)
    with pytest.raises(BackupProblem, match=f"{NAME}.*(altered|cut off)"):
        open_backup(backup.path)


def rewritten(path, change):
    """The archive made anew, valid as an archive, by whoever knows how it is built."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def swap_database(parts):
    [name] = [name for name in parts if name.startswith("database.")]
    parts[name] = parts[name] + b"\0"


def add_file(parts):
    parts["records/extra"] = b""


def lose_manifest(parts):
    del parts["manifest.json"]


def other_format(parts):
    parts["manifest.json"] = json.dumps({"format": "trialsite backup 9"}).encode()


def lose_a_value(parts):
    values = json.loads(parts["manifest.json"])
    del values["facts"]["audit_sha256"]
    parts["manifest.json"] = json.dumps(values).encode()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (swap_database, "database.* was altered"),
        (add_file, "not those of the manifest: records/extra"),
        (lose_manifest, "no manifest.json"),
        (other_format, "of the format 'trialsite backup 9'"),
        (lose_a_value, "lacks or misspells a value: .*audit_sha256"),
    ],
)
def test_archive_made_anew_is_refused_with_the_reason(site, backup, change, said):
    rewritten(backup.path, change)
    with pytest.raises(BackupProblem, match=f"{NAME} cannot be used: .*{said}"):
        open_backup(backup.path)


def test_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(BackupProblem, match="nowhere.backup cannot be read: No such file"):
        open_backup(tmp_path / "nowhere.backup")


DIE = """
import django, os, signal; django.setup()
from core.backup import archive
def die(*args, **options):
    os.kill(os.getpid(), signal.SIGKILL)
{step} = die
from django.core.management import call_command
call_command("backup")
"""


@pytest.mark.parametrize(
    "step",
    ["archive.PartWriter.close_with", "archive.os.rename"],
    ids=["before the manifest", "before the rename"],
)
def test_killed_backup_leaves_nothing_under_the_final_name(site, step):
    ended = site.python(DIE.format(step=step))
    assert ended.returncode == -signal.SIGKILL
    [left] = (site.folder / "backups").iterdir()
    assert left.name.startswith(".")
    assert left.suffix == ".partial"
    assert AuditEntry.objects.filter(event="backup").count() == 0
    make_backup(site.folder / "backups", now=NOW)
    assert left.exists()  # it might be another backup under way
    long_ago = NOW.timestamp() - 10 * 24 * 3600
    os.utime(left, (long_ago, long_ago))
    make_backup(site.folder / "backups", now=NOW + timedelta(seconds=1))
    assert not left.exists()


@pytest.fixture
def small_disk(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)], check=True)
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.needs("mount")
def test_full_disk_is_said_and_leaves_nothing(site, small_disk):
    with pytest.raises(CommandError, match=r"No backup was made\..*(full|No space)"):
        call_command("backup", to=small_disk)
    assert list(small_disk.iterdir()) == []


# --- Only PostgreSQL --------------------------------------------------------------------------


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Puts a program before all others in PATH."""

    def write(name, script):
        folder = tmp_path / "programs"
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")

    return write


@pytest.mark.needs("postgresql")
def test_missing_pg_dump_is_said(postgresql_site, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(CommandError, match=r"pg_dump is not installed.*postgresql-client-\d+"):
        call_command("backup")
    assert list((postgresql_site.folder / "backups").iterdir()) == []


@pytest.mark.needs("postgresql")
def test_pg_dump_older_than_the_server_is_said(postgresql_site, program):
    program("pg_dump", "echo 'pg_dump (PostgreSQL) 9.6.1'")
    with pytest.raises(CommandError, match=r"9\.6\.1 and the server is PostgreSQL \d+"):
        call_command("backup")


@pytest.mark.needs("postgresql")
def test_pg_dump_that_fails_is_quoted_and_leaves_nothing(postgresql_site, program):
    program(
        "pg_dump",
        'test "$1" = --version && echo "pg_dump (PostgreSQL) 99" && exit\n'
        "echo half; echo 'pg_dump: error: the disk of the server is gone' >&2; exit 1",
    )
    with pytest.raises(CommandError, match="the disk of the server is gone"):
        call_command("backup")
    assert list((postgresql_site.folder / "backups").iterdir()) == []


@pytest.mark.needs("postgresql")
def test_dump_is_of_the_moment_of_the_counts(postgresql_site, program):
    """Rows that come in between the counting and the dump are in neither."""
    real = subprocess.run(["which", "pg_dump"], capture_output=True, text=True).stdout.strip()
    psql = f"psql -qd '{postgresql_site.url}' -c \"UPDATE core_trial SET title_en = 'Meanwhile'\""
    program("pg_dump", f'test "$1" = --version || {psql} >&2\nexec {real} "$@"')
    call_command("backup")
    assert Trial.objects.get().title_en == "Meanwhile"
    [path] = (postgresql_site.folder / "backups").iterdir()
    call_command("restore_drill", str(path))


@pytest.fixture(scope="module")
def strict_server():
    """A PostgreSQL of our own that asks for a password."""
    # Not among pytest's folders: another run beside this one closes those to the server's user.
    with TemporaryDirectory(prefix="server-") as name:
        yield from _served_from(Path(name))


def _served_from(folder):
    programs = Path(components.initdb_path()).parent
    as_other = ["runuser", "-u", "nobody", "--"] if os.getuid() == 0 else []
    if as_other:
        folder.chmod(0o777)
    (folder / "password").write_text("right-password")
    (folder / "password").chmod(0o644)

    def run(program, *options):
        command = [*as_other, str(programs / program), "-D", str(folder / "data"), *options]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")

    run("initdb", "-U", "keeper", "-A", "scram-sha-256", f"--pwfile={folder}/password")
    settings = f"-p 54329 -c listen_addresses=127.0.0.1 -k {folder} -c fsync=off"
    run("pg_ctl", "-w", "-o", settings, "-l", str(folder / "log"), "start")
    yield "127.0.0.1:54329"
    run("pg_ctl", "-m", "immediate", "stop")


@pytest.mark.needs("initdb")
def test_wrong_password_is_the_servers_own_sentence(strict_server, tmp_path):
    url = f"postgres://keeper:wrong-password@{strict_server}/postgres"
    done = Installation(tmp_path, url).python(
        "import django; django.setup()\n"
        "from django.core.management import execute_from_command_line as run\n"
        "run(['manage.py', 'backup'])"
    )
    assert done.returncode == 1
    assert "No backup was made." in done.stderr
    assert "password authentication failed" in done.stderr
    assert "wrong-password" not in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.needs("initdb")
def test_right_password_reaches_pg_dump(strict_server, tmp_path):
    site = Installation(tmp_path, f"postgres://keeper:right-password@{strict_server}/postgres")
    site.python(PREPARE, check=True)
    done = site.python(
        "import django; django.setup()\n"
        "from django.core.management import execute_from_command_line as run\n"
        "run(['manage.py', 'restore_drill'])"
    )
    assert done.returncode == 0, done.stderr
    assert "Passed" in done.stdout
