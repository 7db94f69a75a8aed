"""Reports of serious adverse events: begin, submit, follow up, warn."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.utils import timezone

from core.models import AuditEntry, Notice, NoticeKind, NoticeRecipient
from core.refusals import Refused
from enrollment import registry
from enrollment.actions import save_record
from outcomes import tasks
from outcomes.actions.serious import (
    start_follow_up,
    start_report,
    submit_report,
    warn_of_clocks,
)
from outcomes.calc.clock import Pace
from outcomes.models import AdverseEvent, ClockWarning, SeriousEvent
from outcomes.queries.serious import Step, case_of, waiting_cases
from outcomes.queries.serious_alerts import remaining_text
from outcomes.queries.serious_changes import changes_since, differences_from_log
from tests.factories import complete_report, make_member, make_serious_event

LEARNED = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
DAY, SECOND = timedelta(hours=24), timedelta(seconds=1)


@pytest.fixture
def cora(patient):
    return make_member(patient.trial, "coordinator")


@pytest.fixture
def event(patient, cora):
    return make_serious_event(patient, by=cora)


@pytest.fixture
def report(event, cora):
    """Complete and not submitted; the site learned of the event at LEARNED."""
    return complete_report(start_report(event, by=cora), by=cora, aware_at=LEARNED)


@pytest.fixture
def submitted(report, cora):
    return submit_report(report, by=cora, at=LEARNED + timedelta(hours=2))[0]


def as_stored(event):
    return AdverseEvent.objects.get(pk=event.pk)


def test_event_marked_as_serious_waits_at_once(event):
    [case] = waiting_cases(AdverseEvent.objects.all())

    assert case.event == event
    assert case.step is Step.START
    assert case.clock.started_at == as_stored(event).serious_since


def test_event_no_longer_serious_waits_no_more(event, cora):
    event.is_serious = "N"
    spec = registry.get("adverse-events")
    save_record(spec, event, by=cora, complete=True, expected_revision=1, reason="source")

    assert as_stored(event).serious_since is None
    assert waiting_cases(AdverseEvent.objects.all()) == []


def test_event_saved_again_keeps_since_when_it_is_serious(event, cora):
    since = as_stored(event).serious_since
    event.grade = 4
    spec = registry.get("adverse-events")
    save_record(spec, event, by=cora, complete=True, expected_revision=1, reason="source")

    assert as_stored(event).serious_since == since


def test_event_that_was_reported_stays_serious(report, event):
    event = as_stored(event)
    event.is_serious = "N"

    assert "is_serious" in event.problems()


def test_start_report_takes_over_the_log_and_asks_about_each_drug(event, cora):
    report = start_report(event, by=cora)

    assert report.state == "draft"
    assert (report.event_number, report.version) == (event.row_number, 0)
    assert (report.diagnosis, report.grade, report.outcome) == ("Diarrhea", 3, "not-recovered")
    assert [row.drug for row in report.rows.all()] == ["lenvatinib", "pd1"]
    assert case_of(event).step is Step.COMPLETE


def test_start_report_of_a_fatal_event_takes_its_end_as_the_date_of_death(event, cora):
    AdverseEvent.objects.filter(pk=event.pk).update(
        grade=5, outcome="fatal", is_ongoing="N", ended_on="2026-03-06"
    )
    report = start_report(as_stored(event), by=cora)

    assert (str(report.died_on), report.is_death) == ("2026-03-06", "Y")
    assert report.ended_on is None  # a fatal event's report does not ask for an end


def test_start_report_twice_is_refused(report, event, cora):
    with pytest.raises(Refused, match="exists already"):
        start_report(event, by=cora)


def test_start_report_of_an_event_that_is_not_serious_is_refused(patient, cora):
    event = make_serious_event(patient, by=cora, is_serious="N")

    with pytest.raises(Refused, match="Mark the adverse event as serious"):
        start_report(event, by=cora)


def test_submit_report_stamps_it_and_notes_the_event(report, event, cora):
    at = LEARNED + DAY - SECOND
    submitted, _notices = submit_report(report, by=cora, at=at)

    assert (submitted.submitted_at, submitted.submitted_by) == (at, cora)
    assert AuditEntry.objects.filter(event="serious-event-submitted").count() == 1
    assert case_of(event).step is Step.FOLLOW_UP
    assert case_of(event).clock is None


@pytest.mark.parametrize(
    ("passed", "is_late"),
    [
        pytest.param(DAY - SECOND, False, id="23:59:59"),
        pytest.param(DAY, True, id="24:00:00"),
    ],
)
def test_submit_report_late_asks_for_the_reason(report, cora, passed, is_late):
    if is_late:
        with pytest.raises(Refused, match="say why the report is late"):
            submit_report(report, by=cora, at=LEARNED + passed, late_reason="  ")

    done, _notices = submit_report(
        report, by=cora, at=LEARNED + passed, late_reason="Public holiday" if is_late else ""
    )

    assert done.late_reason == ("Public holiday" if is_late else "")
    assert bool(done.late_reason) is is_late


def test_submit_report_that_is_a_draft_is_refused(event, cora):
    with pytest.raises(Refused, match="Complete the report first"):
        submit_report(start_report(event, by=cora), by=cora, at=timezone.now())


def test_submit_report_twice_is_refused(submitted, cora):
    with pytest.raises(Refused, match="submitted already"):
        submit_report(submitted, by=cora, at=LEARNED + DAY)


def test_submit_report_tells_the_named_people_and_no_patient_data(report, event, cora):
    named = make_member(report.patient.trial, "monitor")
    named.email = "monitor@example.org"
    named.save()
    NoticeRecipient.objects.create(
        trial=report.patient.trial, user=named, kind=NoticeKind.SERIOUS_EVENT
    )
    _report, notices = submit_report(report, by=cora, at=LEARNED)

    notice = Notice.objects.get(pk=notices[0], user=named)
    text = notice.subject + notice.text
    assert len(notices) == 1
    assert str(report.patient) in text
    assert notice.path == f"/serious-events/{event.pk}/"
    assert "Diarrhea" not in text
    assert "fluids" not in text


def test_submitted_report_takes_no_change(submitted, cora):
    submitted.description = "Something else."

    with pytest.raises(Refused, match="Write a follow-up instead"):
        save_record(
            registry.get("serious-events"),
            submitted,
            by=cora,
            complete=True,
            expected_revision=submitted.revision,
            reason="source",
        )


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"description": "Something else."}, id="a value"),
        pytest.param({"aware_at": LEARNED + DAY}, id="when the site learned"),
        pytest.param({"submitted_at": None, "submitted_by": None}, id="the stamp"),
        pytest.param({"missing": {"ended_on": "UNK"}}, id="a missing code"),
        pytest.param({"late_reason": "none"}, id="the reason"),
        pytest.param({"version": 3}, id="its number"),
    ],
)
def test_submitted_report_refuses_bulk_updates_in_the_database(submitted, change):
    with pytest.raises(Exception, match="submitted"), transaction.atomic():
        SeriousEvent.objects.filter(pk=submitted.pk).update(**change)

    stored = SeriousEvent.objects.get(pk=submitted.pk)
    assert all(getattr(stored, name) != value for name, value in change.items())


def test_submitted_report_refuses_changes_of_its_rows_and_removal(submitted):
    for act in (
        lambda: submitted.rows.update(relation="definite"),
        lambda: submitted.rows.all().delete(),
        lambda: SeriousEvent.objects.filter(pk=submitted.pk)._raw_delete("default"),
    ):
        with pytest.raises(Exception, match="submitted"), transaction.atomic():
            act()

    assert submitted.rows.count() == 2


def test_submitted_report_can_be_verified(submitted):
    SeriousEvent.objects.filter(pk=submitted.pk).update(state="verified")

    assert SeriousEvent.objects.get(pk=submitted.pk).state == "verified"


def test_follow_up_copies_forward_and_shows_what_changed(submitted, event, cora):
    row = submitted.rows.get(drug="pd1")
    follow_up = start_follow_up(event, by=cora)

    assert (follow_up.version, follow_up.state) == (1, "draft")
    assert follow_up.description == submitted.description
    assert follow_up.rows.get(drug="pd1").relation == row.relation
    assert follow_up.aware_at is None
    assert follow_up.submitted_at is None
    assert changes_since(submitted, follow_up) == []

    follow_up.outcome, follow_up.ended_on = "recovered", "2026-03"
    follow_up.rows.filter(drug="pd1").update(relation="unrelated")
    labels = {change.label: change.new for change in changes_since(submitted, follow_up)}
    assert labels == {"Outcome": "recovered", "End": "2026-03", "Antibody: related": "unrelated"}


def test_follow_up_before_the_report_is_submitted_is_refused(report, event, cora):
    with pytest.raises(Refused, match="Submit the report that is open"):
        start_follow_up(event, by=cora)


def test_follow_up_of_nothing_is_refused(event, cora):
    with pytest.raises(Refused, match="initial report first"):
        start_follow_up(event, by=cora)


def test_follow_up_has_a_clock_of_its_own(submitted, event, cora):
    follow_up = start_follow_up(event, by=cora)
    complete_report(follow_up, by=cora, aware_at=LEARNED + 3 * DAY)

    case = case_of(event)
    assert case.clock.started_at == LEARNED + 3 * DAY
    assert case.next_version == 1
    assert [item.pk for item in waiting_cases(AdverseEvent.objects.all())[0].reports] == [
        submitted.pk,
        follow_up.pk,
    ]


def test_last_report_ends_the_chain(submitted, event, cora):
    follow_up = complete_report(
        start_follow_up(event, by=cora), by=cora, aware_at=LEARNED + DAY, is_final="Y"
    )
    submit_report(follow_up, by=cora, at=LEARNED + DAY)

    case = case_of(event)
    assert case.step is Step.DONE
    assert [report.version_name for report in case.reports] == [
        "Initial report",
        "Follow-up 1, final",
    ]


def test_report_and_log_that_differ_are_shown(submitted, event, cora):
    assert differences_from_log(submitted, as_stored(event)) == []
    event.grade = 4
    spec = registry.get("adverse-events")
    save_record(spec, event, by=cora, complete=True, expected_revision=1, reason="source")

    [found] = differences_from_log(submitted, as_stored(event))
    assert (found.label, found.old, found.new) == ("Grade", "4: life-threatening", "3: severe")


def test_one_report_of_a_version_only(submitted):
    submitted.pk, submitted.row_number = None, 99
    submitted.submission = "5b3d9d0e-0b7a-4b5a-9c6c-000000000000"
    with pytest.raises(IntegrityError), transaction.atomic():
        submitted.save()


def test_submitted_needs_both_who_and_when(report):
    with pytest.raises(IntegrityError), transaction.atomic():
        SeriousEvent.objects.filter(pk=report.pk).update(submitted_at=LEARNED)


def test_draft_cannot_be_stamped(event, cora):
    draft = start_report(event, by=cora)
    with pytest.raises(IntegrityError), transaction.atomic():
        SeriousEvent.objects.filter(pk=draft.pk).update(submitted_at=LEARNED, submitted_by=cora)


@pytest.mark.parametrize(
    ("passed", "stages"),
    [
        pytest.param(timedelta(hours=20) - SECOND, [], id="19:59:59"),
        pytest.param(timedelta(hours=20), ["nearly-over"], id="20:00:00"),
        pytest.param(DAY - SECOND, ["nearly-over"], id="23:59:59"),
        pytest.param(DAY, ["over"], id="24:00:00"),
    ],
)
def test_warn_of_clocks_at(report, passed, stages):
    notices = warn_of_clocks(at=LEARNED + passed)

    assert [warning.stage for warning in ClockWarning.objects.all()] == stages
    assert bool(notices) is bool(stages)


def test_warn_of_clocks_tells_each_stage_once(report, cora):
    for hours in (20, 21, 22, 23, 24, 25, 26):
        warn_of_clocks(at=LEARNED + timedelta(hours=hours))

    notices = Notice.objects.filter(user=cora).order_by("pk")
    subjects = list(notices.values_list("subject", flat=True))
    assert len(subjects) == 2
    assert subjects[0].startswith("Less than 4 hours left")
    assert subjects[1].startswith("24 hours over")
    assert "Diarrhea" not in "".join(Notice.objects.values_list("text", flat=True))


def test_warn_of_clocks_leaves_submitted_reports_alone(submitted):
    assert warn_of_clocks(at=LEARNED + 9 * DAY) == []


def test_warn_of_clocks_reaches_named_people_and_those_of_the_site(report, cora):
    trial = report.patient.trial
    named, elsewhere = make_member(trial, "monitor"), make_member(trial, "coordinator", site="02")
    NoticeRecipient.objects.create(trial=trial, user=named, kind=NoticeKind.SERIOUS_EVENT)

    warn_of_clocks(at=LEARNED + DAY)

    told = set(Notice.objects.values_list("user_id", flat=True))
    assert {named.pk, cora.pk} <= told
    assert elsewhere.pk not in told


def test_warn_task_run_twice_sends_one_letter(event, cora, django_capture_on_commit_callbacks):
    cora.email = "cora@example.org"
    cora.save()
    AdverseEvent.objects.filter(pk=event.pk).update(serious_since=timezone.now() - DAY)
    for _again in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            tasks.warn_of_clocks()

    assert [letter.to for letter in mail.outbox] == [["cora@example.org"]]


@pytest.mark.parametrize(
    ("left", "text"),
    [
        (timedelta(hours=3, minutes=5, seconds=59), "3 h 05 min left"),
        (timedelta(minutes=59, seconds=59), "59 min left"),
        (timedelta(seconds=1), "0 min left"),
        (timedelta(0), "0 min over"),
        (-timedelta(minutes=25), "25 min over"),
        (-timedelta(hours=29), "29 h 00 min over"),
        (-timedelta(days=2, hours=4), "2 d 4 h over"),
    ],
)
def test_remaining_text(left, text):
    assert remaining_text(left) == text


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        pytest.param({"is_hospitalization": "N"}, "is_death", id="no criterion"),
        pytest.param({"is_death": "Y"}, "outcome", id="death without a fatal outcome"),
        pytest.param({"is_death": "Y", "outcome": "fatal"}, "grade", id="death without grade 5"),
        pytest.param({"outcome": "fatal"}, "outcome", id="fatal without death"),
        pytest.param({"started_time": "25:00"}, "started_time", id="no such time"),
        pytest.param(
            {"aware_at": datetime(2026, 1, 30, tzinfo=UTC)}, "aware_at", id="learned before onset"
        ),
        pytest.param(
            {"admitted_on": date(2026, 3, 3), "discharged_on": date(2026, 3, 2)},
            "discharged_on",
            id="discharged before admitted",
        ),
    ],
)
def test_report_that_contradicts_itself(report, changes, field):
    assert report.problems() == {}
    for name, value in changes.items():
        setattr(report, name, value)

    assert field in report.problems()


def test_learned_on_the_day_of_onset_by_the_clock_of_the_site(report):
    """23:00 UTC on January 31 is February 1 in China."""
    report.aware_at = datetime(2026, 1, 31, 23, 0, tzinfo=UTC)
    assert report.problems() == {}
    report.aware_at = datetime(2026, 1, 31, 15, 59, tzinfo=UTC)
    assert "aware_at" in report.problems()


def test_case_pace_at_the_boundary(report, event):
    case = case_of(event)

    assert case.pace(LEARNED + DAY - SECOND) is Pace.NEARLY_OVER
    assert case.pace(LEARNED + DAY) is Pace.OVER
