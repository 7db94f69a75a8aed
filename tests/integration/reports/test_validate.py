"""`manage.py validate`: what it asks, and that its evidence cannot be better than the answers."""

import hashlib
import io
import json
from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from pypdf import PdfReader

from core.audit.sealing import seal_entries
from core.models import AuditEntry
from enrollment.models import TrialVersion
from reports.validation import checks, evidence, requirements, tests
from reports.validation.checks import CHECKS, Outcome, Result, run_checks
from tests.factories import make_trial

AT = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
HERE = "tests/unit/core/test_dates.py"


def answer(name):
    found = {result.name: result for result in run_checks()}
    return found[name].outcome, found[name].detail


@pytest.fixture
def folder(tmp_path, settings):
    settings.RECORDS_DIR = tmp_path / "records"
    settings.BACKUP_DIR = tmp_path / "backups"
    return tmp_path / "evidence"


def validate(folder, *options):
    out = io.StringIO()
    try:
        call_command("validate", "--to", str(folder), *options, stdout=out)
    except CommandError as error:
        return out.getvalue(), str(error)
    return out.getvalue(), ""


def report(folder):
    [path] = folder.glob("*.json")
    return json.loads(path.read_text())


# --- The installation -------------------------------------------------------------------------


def test_sound_installation_passes_what_a_test_can_show(db, folder):
    make_trial()
    for name in ("python", "packages", "database", "migrations", "audit-triggers", "clock"):
        assert answer(name)[0] is Outcome.PASS, name
    outcome, detail = answer("definitions")
    assert outcome is Outcome.PASS
    assert TrialVersion.objects.get().sha256 in detail


def test_missing_trigger_fails_by_the_name_of_its_table(db, folder):
    with connection.cursor() as cursor:
        on = ' ON "core_trial"' if connection.vendor == "postgresql" else ""
        name = "audit_row" if connection.vendor == "postgresql" else "audit_core_trial_update"
        cursor.execute(f"DROP TRIGGER {name}{on}")
    assert answer("audit-triggers") == (Outcome.FAIL, "core_trial")


def test_pending_migration_fails_by_its_name(db, folder):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'outcomes'")
    outcome, detail = answer("migrations")
    assert outcome is Outcome.FAIL
    assert "outcomes.0001" in detail


def test_definition_altered_in_the_database_fails(db, folder):
    version = make_trial().versions.get()
    TrialVersion.objects.update(source=version.source + "\n# altered")
    assert answer("definitions") == (
        Outcome.FAIL,
        "small version 1 is not the text that was loaded",
    )


def test_site_without_a_trial_fails(db, folder):
    assert answer("definitions") == (Outcome.FAIL, "no trial is loaded")


def test_site_without_a_backup_fails(db, folder):
    outcome, detail = answer("backup")
    assert outcome is Outcome.FAIL
    assert "no backup in" in detail


def test_backup_that_cannot_be_read_fails(db, folder, settings):
    settings.BACKUP_DIR.mkdir()
    (settings.BACKUP_DIR / "trialsite-20261121T080000Z.backup").write_text("nothing")
    outcome, detail = answer("backup")
    assert outcome is Outcome.FAIL
    assert "is cut off" in detail


def test_package_of_another_version_is_named(db, folder, monkeypatch):
    real = checks.metadata.version
    monkeypatch.setattr(
        checks.metadata, "version", lambda name: "0.1" if name == "django" else real(name)
    )
    outcome, detail = answer("packages")
    assert outcome is Outcome.FAIL
    assert detail.startswith("django 0.1 in the place of ==5.2")


def test_mode_of_the_tests_is_not_production(db, folder):
    assert answer("mode")[0] is Outcome.FAIL


# --- The tests --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def run():
    """A passing file, and a link to one test of it."""
    return tests.run_tests([HERE, "tests/unit/oversight/test_life_cycle.py"])


def test_outcome_of_a_file_and_of_a_test_are_those_of_pytest(run):
    assert run.of(HERE) is Outcome.PASS
    assert run.of(f"{HERE}::test_parse_date_reads_every_spelling") is Outcome.PASS
    assert run.of("tests/unit/core/test_audit.py") is Outcome.NOT_RUN
    assert run.counts[Outcome.PASS] > 10
    assert "passed" in run.note


def test_failing_test_fails_its_link_and_its_file(tmp_path, monkeypatch):
    path = tmp_path / "test_bad.py"
    path.write_text("def test_good():\n    pass\n\ndef test_bad():\n    assert False\n")
    (tmp_path / "tests").mkdir()
    (tmp_path / "manage.py").write_text("")
    monkeypatch.setattr(tests.settings, "BASE_DIR", tmp_path)
    found = tests.run_tests(["test_bad.py"])
    assert found.of("test_bad.py::test_bad") is Outcome.FAIL
    assert found.of("test_bad.py::test_good") is Outcome.PASS
    assert found.of("test_bad.py") is Outcome.FAIL


def test_installation_without_tests_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(tests.settings, "BASE_DIR", tmp_path)
    found = tests.run_tests([HERE])
    assert "the tests are not part of this installation" in found.note
    assert found.of(HERE) is Outcome.NOT_RUN


def test_missing_package_is_named(monkeypatch):
    real = tests._is_installed
    monkeypatch.setattr(tests, "_is_installed", lambda name: name != "hypothesis" and real(name))
    assert tests.run_tests([HERE]).note == "not installed: hypothesis (make dev)"


# --- The evidence -----------------------------------------------------------------------------


def area(**values):
    one = {"area": "things", "text": "It works.", "basis": ("P",), "risk": "high"} | values
    return [
        requirements.Area("things", "Things", (requirements.Requirement("REQ-THI-001", **one),))
    ]


def gathered(areas, *, check=Outcome.PASS, outcomes=()):
    run = tests.TestRun(dict(outcomes), {}, "")
    return evidence.gather(areas, [Result("clock", check, "seen")], run, at=AT)


@pytest.mark.parametrize(
    ("outcomes", "expected", "passed"),
    [
        ({"a.py::test_a": Outcome.PASS}, Outcome.PASS, True),
        ({"a.py::test_a": Outcome.FAIL}, Outcome.FAIL, False),
        ({}, Outcome.NOT_RUN, False),
        ({"a.py::test_a": Outcome.PASS, "a.py::test_b": Outcome.FAIL}, Outcome.FAIL, False),
        ({"a.py::test_a": Outcome.PASS, "a.py::test_b": Outcome.NOT_RUN}, Outcome.NOT_RUN, False),
    ],
)
def test_requirement_is_as_good_as_the_worst_that_shows_it(outcomes, expected, passed):
    found = gathered(area(tests=("a.py",)), outcomes=outcomes)
    assert found.shown[0].outcome is expected
    assert found.has_passed is passed


def test_failed_check_fails_the_requirement_and_the_validation():
    found = gathered(area(checks=("clock",)), check=Outcome.FAIL)
    assert found.failures == ["clock", "REQ-THI-001"]
    assert not found.has_passed


def test_open_requirement_is_listed_and_is_no_failure():
    found = gathered(area(open="not built"))
    assert [item.requirement.open for item in found.open_ones] == ["not built"]
    assert found.has_passed
    assert found.counts == {"pass": 0, "fail": 0, "not run": 1}


def test_report_names_everything_and_its_hashes_hold(db, folder):
    said, error = validate(folder, "--no-tests")
    assert "did not pass" in error  # this is no production
    values = report(folder)
    assert values["passed"] is False
    assert {item["name"] for item in values["checks"]} == set(CHECKS)
    assert len(values["requirements"]) == sum(
        1 for _item in requirements.every(requirements.read_areas())
    )
    assert values["requirements_sha256"] == evidence.requirements_sha256()
    assert "fail     mode: test" in said
    [sums] = folder.glob("*.sha256")
    lines = sums.read_text().splitlines()
    assert len(lines) >= 2
    for line in lines:
        digest, name = line.split("  ")
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    [printed] = folder.glob("*.pdf")
    text = "".join(page.extract_text() for page in PdfReader(printed).pages)
    text = "".join(text.split())
    assert "NOTPASSED" in text
    assert "REQ-AUD-001" in text
    [page] = folder.glob("*.html")
    assert "NOT PASSED" in page.read_text()
    assert "REQ-AUD-001" in page.read_text()


def test_validation_is_noted_in_the_trail(db, folder):
    validate(folder, "--no-tests")
    entry = AuditEntry.objects.get(event="validation")
    assert entry.changes["passed"] is False
    assert "mode" in entry.changes["failures"]
    assert entry.source == "command validate"


def test_chosen_area_runs_its_own_tests(db, folder, monkeypatch):
    areas = [*area(tests=(HERE,)), requirements.Area("other", "Other")]
    monkeypatch.setattr("reports.management.commands.validate.read_areas", lambda: areas)
    validate(folder, "--area", "things")
    [found] = report(folder)["requirements"]
    assert (found["id"], found["outcome"]) == ("REQ-THI-001", "pass")
    assert found["parts"] == [[HERE, "pass"]]


def test_link_to_nothing_stops_the_validation(db, folder, monkeypatch):
    broken = area(tests=("tests/nowhere.py",))
    monkeypatch.setattr("reports.management.commands.validate.read_areas", lambda: broken)
    _said, error = validate(folder)
    assert "there is no tests/nowhere.py" in error


def test_altered_entry_of_the_trail_fails_the_chain(db, folder):
    make_trial()
    seal_entries(at=timezone.now())
    assert answer("audit-chain")[0] is Outcome.PASS
    drop = "DROP TRIGGER core_auditentry_no_update"
    if connection.vendor == "postgresql":
        drop = "DROP TRIGGER audit_is_append_only ON core_auditentry"
    altered = AuditEntry.objects.first().pk
    with connection.cursor() as cursor:
        cursor.execute(drop)
        cursor.execute("UPDATE core_auditentry SET reason = 'x' WHERE id = %s", [altered])
    outcome, detail = answer("audit-chain")
    assert outcome is Outcome.FAIL
    assert str(altered) in detail
