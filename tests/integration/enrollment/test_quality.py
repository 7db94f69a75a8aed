"""Running the checks, what the page shows, one-click queries, and queries that close themselves."""

import csv
import io
import subprocess
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from core.models import AuditEntry
from core.refusals import Refused
from enrollment.actions import save_record
from enrollment.actions.quality import complete_quality_run, queue_quality_run
from enrollment.models import QualityFinding, QualityRun, VitalSigns
from enrollment.registry import get
from enrollment.tasks import check_trial
from oversight.models import Query
from tests.factories import make_enrolled_patient, make_member, open_visit, save_form
from tests.integration.enrollment.page import text_of

WHOLE = {
    "ecog": "1",
    "height_cm": 170,
    "temperature_c": 37,
    "systolic_mmhg": 120,
    "diastolic_mmhg": 80,
    "pulse_per_min": 70,
}


@pytest.fixture
def vital_signs(visit, coordinator):
    """With an impossible and an unusual value."""
    record = save_form("vital-signs", visit, by=coordinator, weight_kg=70, **WHOLE)
    VitalSigns.objects.filter(pk=record.pk).update(weight_kg=350, pulse_per_min=120)
    record.refresh_from_db()
    return record


@pytest.fixture
def monty(signed_in, trial):
    return signed_in(make_member(trial, "monitor", username="monty"))


@pytest.fixture(autouse=True)
def started(monkeypatch):
    """The processes that the web server would start."""
    commands = []

    class Process:
        def __init__(self, command, **options):
            commands.append(command)

        def wait(self):
            return 0

    monkeypatch.setattr(subprocess, "Popen", Process)
    return commands


def run(trial, by=None):
    return complete_quality_run(queue_quality_run(trial, by=by).pk)


def page(trial, name="list"):
    return reverse(f"enrollment:quality-{name}", args=[trial.slug])


def test_run_stores_findings_and_raises_queries_for_errors(trial, vital_signs):
    done = run(trial)
    assert (done.state, done.findings, done.raised, done.percent) == ("done", 2, 1, 100)
    assert set(QualityFinding.objects.values_list("check_code", "field")) == {
        ("DQ-003", "weight_kg"),
        ("DQ-004", "pulse_per_min"),
    }
    query = Query.objects.get()
    assert (query.check_code, query.field) == ("DQ-003", "weight_kg")
    assert "350" in query.question
    events = AuditEntry.objects.filter(event__startswith="quality-run")
    assert [entry.event for entry in events.order_by("pk")] == ["quality-run", "quality-run-done"]


def test_finding_keeps_its_first_day_and_goes_when_corrected(trial, vital_signs, monkeypatch):
    run(trial)
    first = QualityFinding.objects.get(check_code="DQ-003")
    monkeypatch.setattr(timezone, "now", lambda: first.since + timedelta(days=3))
    VitalSigns.objects.update(weight_kg=340, pulse_per_min=70)
    run(trial)
    second = QualityFinding.objects.get()
    assert (second.pk, second.since) == (first.pk, first.since)
    assert "340" in second.details["value"]


def test_correction_closes_the_query_of_the_check_at_once(trial, vital_signs, coordinator):
    run(trial)
    vital_signs.weight_kg = 70
    save_record(
        get("vital-signs"),
        vital_signs,
        by=coordinator,
        complete=True,
        expected_revision=vital_signs.revision,
        reason="transcription",
    )
    query = Query.objects.get()
    assert (query.state, query.closed_by) == ("closed", None)
    closing = AuditEntry.objects.of_row(query).last()
    assert (closing.actor_name, closing.changes["state"]) == ("system", ["open", "closed"])


def test_save_that_corrects_nothing_closes_nothing(trial, vital_signs, coordinator):
    run(trial)
    vital_signs.pulse_per_min = 80
    save_record(
        get("vital-signs"),
        vital_signs,
        by=coordinator,
        complete=True,
        expected_revision=vital_signs.revision,
        reason="transcription",
    )
    assert Query.objects.get().state == "open"


def test_correction_of_one_form_closes_the_query_about_another(trial, visit, coordinator):
    """The death that is found missing at the survival status is entered."""
    save_form("survival-status", visit, by=coordinator, status="dead", status_on=visit.actual_date)
    run(trial)
    assert Query.objects.filter(check_code="DQ-035", state="open").count() == 1
    save_form("death", visit.patient, by=coordinator, died_on="2026-01-08", cause="other")
    assert Query.objects.get(check_code="DQ-035").state == "closed"


def test_second_run_waits_for_the_first_unless_that_is_dead(trial, monkeypatch):
    first = queue_quality_run(trial, by=None)
    with pytest.raises(Refused, match="under way"):
        queue_quality_run(trial, by=None)
    later = timezone.now() + timedelta(minutes=2, seconds=1)
    monkeypatch.setattr(timezone, "now", lambda: later)
    second = queue_quality_run(trial, by=None)
    first.refresh_from_db()
    assert (first.state, second.state) == ("failed", "queued")


def test_run_that_ended_is_not_run_again(trial, vital_signs):
    done = run(trial)
    VitalSigns.objects.update(weight_kg=70)
    check_trial(done.pk)
    assert QualityFinding.objects.count() == 2


def test_failed_run_says_so_and_keeps_the_findings(trial, vital_signs, monkeypatch):
    run(trial)

    def fail(*args, **options):
        raise RuntimeError

    monkeypatch.setattr("enrollment.actions.quality.run_checks", fail)
    queued = queue_quality_run(trial, by=None)
    with pytest.raises(RuntimeError):
        complete_quality_run(queued.pk)
    queued.refresh_from_db()
    assert queued.state == "failed"
    assert QualityFinding.objects.count() == 2


def test_page_shows_findings_with_links_to_the_field(monty, trial, vital_signs):
    run(trial)
    response = monty.get(page(trial))
    words = text_of(response)
    assert "350" in words
    assert "2 findings, 1 queries raised" in words
    entry = reverse("enrollment:visit-form", args=[vital_signs.visit_id, "vital-signs"])
    assert f'href="{entry}#id_weight_kg"' in response.content.decode()


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, {"DQ-003", "DQ-004"}),
        ({"check": "DQ-003"}, {"DQ-003"}),
        ({"severity": "warning"}, {"DQ-004"}),
        ({"severity": "error"}, {"DQ-003"}),
        ({"form": "laboratory"}, set()),
        ({"site": "02"}, set()),
        ({"site": "01"}, {"DQ-003", "DQ-004"}),
        ({"check": "nonsense"}, {"DQ-003", "DQ-004"}),
    ],
)
def test_findings_are_filtered(monty, trial, vital_signs, asked, expected):
    run(trial)
    response = monty.get(page(trial, "csv"), asked)
    rows = list(csv.DictReader(io.StringIO(response.content.decode())))
    assert {row["check"] for row in rows} == expected
    assert monty.get(page(trial), asked).status_code == 200


def test_file_of_findings_names_query_and_is_in_the_trail(monty, trial, vital_signs):
    run(trial)
    response = monty.get(page(trial, "csv"))
    rows = {row["check"]: row for row in csv.DictReader(io.StringIO(response.content.decode()))}
    assert rows["DQ-003"]["query"] == str(Query.objects.get().pk)
    assert rows["DQ-004"]["query"] == ""
    assert AuditEntry.objects.get(event="export").changes == {"table": "findings", "rows": 2}


def test_finding_becomes_a_query_with_one_click_and_only_one(monty, trial, vital_signs):
    run(trial)
    finding = QualityFinding.objects.get(check_code="DQ-004")
    for _press in range(2):
        response = monty.post(reverse("enrollment:finding-ask", args=[finding.pk]))
        assert response.status_code == 302
    query = Query.objects.get(check_code="")
    assert query.question.startswith("DQ-004: 120")
    assert (query.field, query.raised_by.username) == ("pulse_per_min", "monty")


def test_finding_about_the_plan_of_a_visit_has_no_query(monty, trial, patient):
    visit = patient.visits.filter(outcome="planned").first()
    visit.target_date += timedelta(days=1)
    visit.window_closes += timedelta(days=1)
    visit.save()
    run(trial)
    finding = QualityFinding.objects.get(check_code="DQ-010")
    response = monty.get(page(trial))
    assert reverse("enrollment:visit-detail", args=[visit.pk]) in response.content.decode()
    monty.post(reverse("enrollment:finding-ask", args=[finding.pk]))
    assert not Query.objects.exists()


def test_finding_of_another_site_is_not_found(signed_in, trial, vital_signs):
    run(trial)
    elsewhere = signed_in(make_member(trial, "monitor", site="02"))
    assert "350" not in text_of(elsewhere.get(page(trial)))
    finding = QualityFinding.objects.first()
    assert elsewhere.post(reverse("enrollment:finding-ask", args=[finding.pk])).status_code == 404


def test_button_starts_a_run_in_the_background(monty, trial, started):
    assert monty.post(page(trial, "run")).status_code == 302
    queued = QualityRun.objects.get()
    assert (queued.state, queued.requested_by.username) == ("queued", "monty")
    assert started[0][-3:] == ["run_quality", "--run", str(queued.pk)]
    assert "Running the checks" in text_of(monty.get(page(trial)))
    assert "under way" in text_of(monty.post(page(trial, "run"), follow=True))


def test_run_that_cannot_start_says_so(monty, trial, monkeypatch):
    def fail(*args, **options):
        raise OSError

    monkeypatch.setattr(subprocess, "Popen", fail)
    assert "could not be started" in text_of(monty.post(page(trial, "run"), follow=True))
    assert QualityRun.objects.get().state == "failed"


def test_status_reloads_the_page_when_the_run_is_over(monty, trial):
    queued = queue_quality_run(trial, by=None)
    htmx = {"HX-Request": "true"}
    assert "HX-Refresh" not in monty.get(page(trial, "status"), headers=htmx)
    complete_quality_run(queued.pk)
    assert monty.get(page(trial, "status"), headers=htmx)["HX-Refresh"] == "true"


def test_empty_pages_say_why(monty, trial, patient):
    assert "Not checked yet" in text_of(monty.get(page(trial)))
    run(trial)
    assert "Nothing to find" in text_of(monty.get(page(trial)))
    assert "No finding matches" in text_of(monty.get(page(trial), {"check": "DQ-001"}))


def test_catalog_lists_every_check_with_its_findings(monty, trial, vital_signs):
    run(trial)
    words = text_of(monty.get(page(trial, "catalog")))
    assert "DQ-038" in words
    assert "by itself" in words
    assert f"{page(trial)}?check=DQ-003" in monty.get(page(trial, "catalog")).content.decode()


def test_page_needs_as_many_queries_for_many_findings_as_for_one(
    monty, trial, vital_signs, django_assert_max_num_queries
):
    run(trial)
    monty.get(page(trial))
    with django_assert_max_num_queries(100) as few:
        monty.get(page(trial))
    for _number in range(3):
        visit = open_visit(make_enrolled_patient(trial), key="C1D1")
        save_form("vital-signs", visit, weight_kg=350)
    run(trial)
    with django_assert_max_num_queries(len(few)):
        monty.get(page(trial))


def test_command_runs_every_trial_or_the_one_named(trial, vital_signs, capsys):
    call_command("run_quality")
    assert "small: 2 findings, 1 queries raised, 0 closed" in capsys.readouterr().out
    queued = queue_quality_run(trial, by=None)
    with pytest.raises(CommandError, match="under way"):
        call_command("run_quality", trial="small")
    call_command("run_quality", run=queued.pk)
    for wrong in ({"trial": "nothing"}, {"run": 10**6}):
        with pytest.raises(CommandError, match="There is no"):
            call_command("run_quality", **wrong)
