"""The board of dose-limiting toxicities, its judgements, its decision log and its files."""

import csv
import io
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.append_only import REFUSAL, append_only_models
from core.models import AuditEntry
from dosing.models import CapsuleCourse, DailyDose
from enrollment.models import Patient
from enrollment.queries.trials import current_version
from outcomes.models import AdverseEvent, CohortDecision, ToxicityJudgement
from outcomes.queries.toxicity import toxicity_board
from tests.factories import make_member, make_randomized_trial, make_trial
from tests.integration.outcomes.story import Story, load_trial

BOARD = "/trials/small/dashboard/toxicity/"
TODAY = timezone.localdate(timezone=ZoneInfo("Asia/Shanghai"))  # as the pages of the trial have it
DAY_ONE = TODAY - timedelta(days=40)
LAST = 20
"""Of the window of 21 days, counted as a story counts: 0 is the day of the first dose."""


@pytest.fixture
def trial(db):
    return make_trial()


@pytest.fixture
def tell(trial):
    """A treated patient, the next one in the order of enrollment; 6 capsules on each of 10 days."""
    version = current_version(trial)
    told = []

    def patient(*, site="01", days=10, began=DAY_ONE, dosed=True):
        day_one = began + timedelta(days=len(told))
        number = f"S{site}-{len(told) + 1:03}"
        story = Story(version, number, site=site, day_one=day_one, dosed=dosed)
        for course in CapsuleCourse.objects.filter(patient=story.patient):
            DailyDose.objects.bulk_create(
                DailyDose(
                    record=course, row_number=day, day=day, capsules_taken=6 if day <= days else 0
                )
                for day in range(2, 11)
            )
        told.append(story)
        return story

    return patient


def dlt(story, grade=3, *, day=5, **values):
    """A related event; returns its row."""
    story.adverse_event("Diarrhea", grade, day=day, **{"related_to_capsules": "possible"} | values)
    return AdverseEvent.objects.filter(patient=story.patient).latest("pk")


def reader(trial, role="investigator", **where):
    client = Client()
    client.force_login(make_member(trial, role, **where))
    return client


def board_of(client):
    response = client.get(BOARD)
    assert response.status_code == 200
    return response.context["board"]


def states(trial, *, today=TODAY):
    """By patient: state and reason."""
    rule = current_version(trial).definition.dose_limiting_toxicity
    board = toxicity_board(trial, rule, today=today)
    members = [member for cohort in board.cohorts for member in cohort.members]
    return {member.person.number: f"{member.state} {member.why}".strip() for member in members}


def test_rows_on_record_make_the_states(trial, tell):
    dlt(tell(), day=LAST)
    dlt(tell(), day=LAST + 1)
    tell(days=7)
    tell(began=TODAY - timedelta(days=5))
    tell(dosed=False)
    tell().death(3)
    assert states(trial) == {
        "S01-001": "dlt",
        "S01-002": "evaluable",
        # 42 of 60 capsules are below 75 %.
        "S01-003": "not-evaluable too-few-doses",
        "S01-004": "pending",
        "S01-005": "waiting",
        "S01-006": "not-evaluable left",
    }


def test_drafts_count_with_what_they_say(trial, tell):
    story = tell()
    story.record(
        AdverseEvent,
        complete=False,
        row_number=1,
        term="Diarrhea",
        grade=3,
        started_on=story.on(2).isoformat(),
    )
    assert states(trial) == {"S01-001": "dlt"}


def test_diary_with_gaps_waits_unless_capsules_were_counted(trial, tell):
    story = tell(days=7)
    course = CapsuleCourse.objects.filter(patient=story.patient)
    course.update(state="draft", completed_at=None, completed_by=None)
    DailyDose.objects.filter(record__in=course, day__gt=7).update(capsules_taken=None)
    assert states(trial) == {"S01-001": "pending doses-not-entered"}
    course.update(dispensed_capsules=60, returned_capsules=15)
    assert states(trial) == {"S01-001": "evaluable"}
    course.update(returned_capsules=16)
    assert states(trial) == {"S01-001": "not-evaluable too-few-doses"}


def test_closed_gate_leaves_one_day_taken(trial, tell):
    story = tell(days=1)
    CapsuleCourse.objects.filter(patient=story.patient).update(is_rest_released="N")
    assert states(trial) == {"S01-001": "not-evaluable too-few-doses"}


def test_board_shows_cohorts_strips_and_events(trial, tell):
    row = dlt(tell())
    tell()
    dlt(tell(), grade=2)
    page = reader(trial).get(BOARD)
    first, second = page.context["board"].tiles
    assert first.cohort.counts["dlts"] == 1
    assert (first.cohort.verdict, first.cohort.size, first.to_judge) == ("expand", 6, 1)
    assert [line.number for line in first.patients] == ["S01-001", "S01-002", "S01-003"]
    assert second.patients == []
    [event] = page.context["board"].events
    assert (event.name, event.day, event.standing) == ("Diarrhea", "6", "proposed")
    # Day 6 of 21 stands at 5.5 / 21 of 600.
    assert event.x == "157.1"
    assert len(page.context["board"].others) == 1
    body = page.content.decode()
    assert f"/patients/{row.patient_id}/logs/adverse-events/{row.pk}/" in body
    assert "No patient yet" in body
    assert "No decision yet" in body


def test_bar_of_a_pending_patient_ends_today(trial, tell):
    tell(began=TODAY - timedelta(days=6))
    [line] = board_of(reader(trial)).tiles[0].patients
    assert line.bar == f"{600 * 7 / 21:.1f}"


def test_empty_board_says_what_will_stand_there(trial):
    body = reader(trial).get(BOARD).content.decode()
    assert "No patient yet" in body
    assert "No event is proposed as dose-limiting" in body


def test_trial_without_the_rule_has_no_board(db):
    trial = load_trial().trial
    client = reader(trial)
    home = f"/trials/{trial.slug}/dashboard/"
    assert client.get(f"{home}toxicity/").status_code == 404
    assert client.get(f"{home}toxicity/patients.csv").status_code == 404
    assert client.get(f"{home}toxicity/cohorts/first/").status_code == 404
    assert b"Dose-limiting toxicity" not in client.get(home).content


def test_dashboard_leads_to_the_board(trial):
    assert BOARD.encode() in reader(trial).get("/trials/small/dashboard/").content


def judge(client, row, verdict, reason="As discussed", seen=None):
    where = f"{BOARD}events/{row.pk}/"
    seen = seen or client.get(where).context["seen"]
    return client.post(where, {"is_dose_limiting": verdict, "reason": reason, "seen": seen})


def test_investigator_overrules_and_a_later_change_asks_again(trial, tell):
    row = dlt(tell())
    client = reader(trial, username="ines")
    assert client.get(f"{BOARD}events/{row.pk}/").status_code == 200
    assert judge(client, row, "no").status_code == 302
    assert states(trial) == {"S01-001": "evaluable"}
    [event] = board_of(client).events
    assert (event.standing, event.judgement.reason) == ("overruled", "As discussed")
    judgement = ToxicityJudgement.objects.get()
    entry = AuditEntry.objects.of_row(judgement).get()
    assert (entry.actor_name, entry.reason) == ("Ines", "As discussed")
    assert entry.patient_id == row.patient_id

    AdverseEvent.objects.filter(pk=row.pk).update(ended_on="2026-11")
    assert states(trial) == {"S01-001": "evaluable"}
    AdverseEvent.objects.filter(pk=row.pk).update(grade=4)
    assert states(trial) == {"S01-001": "dlt"}
    assert b"changed since: judge again" in client.get(BOARD).content


def test_event_below_the_rule_can_be_named_and_the_newest_judgement_holds(trial, tell):
    row = dlt(tell(), grade=2)
    client = reader(trial)
    judge(client, row, "yes")
    assert states(trial) == {"S01-001": "dlt"}
    judge(client, row, "no", reason="Seen again")
    assert states(trial) == {"S01-001": "evaluable"}
    history = client.get(f"{BOARD}events/{row.pk}/").context["history"]
    assert [item.reason for item in history] == ["Seen again", "As discussed"]


def test_event_outside_the_window_cannot_be_judged(trial, tell):
    row = dlt(tell(), day=LAST + 1)
    client = reader(trial)
    assert "did not begin" in client.get(f"{BOARD}events/{row.pk}/").content.decode()
    assert judge(client, row, "yes").status_code == 422
    assert not ToxicityJudgement.objects.exists()


def test_judgement_of_an_event_that_changed_meanwhile_is_refused(trial, tell):
    row = dlt(tell())
    client = reader(trial)
    seen = client.get(f"{BOARD}events/{row.pk}/").context["seen"]
    AdverseEvent.objects.filter(pk=row.pk).update(grade=4)
    answer = judge(client, row, "no", "Seen before", seen=seen)
    assert answer.status_code == 422
    assert "changed or was judged since you opened this page" in answer.content.decode()
    assert "Seen before" in answer.content.decode()
    assert not ToxicityJudgement.objects.exists()
    # The page now has the new facts; somebody else's judgement counts as one.
    now = answer.context["seen"]
    assert judge(client, row, "no", "Seen again", seen=now).status_code == 302
    assert judge(client, row, "yes", "Seen late", seen=now).status_code == 422
    assert [item.reason for item in ToxicityJudgement.objects.all()] == ["Seen again"]


@pytest.mark.parametrize("missing", ["is_dose_limiting", "reason"])
def test_judgement_without_answer_or_reason_is_not_stored(trial, tell, missing):
    row = dlt(tell())
    values = {"is_dose_limiting": "no", "reason": "x"} | {missing: ""}
    assert reader(trial).post(f"{BOARD}events/{row.pk}/", values).status_code == 422
    assert not ToxicityJudgement.objects.exists()


DECIDE = f"{BOARD}cohorts/first/"


def test_decision_keeps_the_counts_at_that_moment(trial, tell):
    dlt(tell())
    client = reader(trial, username="ines")
    page = client.get(DECIDE)
    answer = client.post(
        DECIDE, {"decision": "pause", "reason": "Waits", "seen": page.context["seen"]}
    )
    assert answer.status_code == 302
    decision = CohortDecision.objects.get()
    assert decision.counts == {
        "planned": 3,
        "enrolled": 1,
        "treated": 1,
        "evaluable": 1,
        "pending": 0,
        "not_evaluable": 0,
        "dlts": 1,
        "allowed": 0,
        "verdict": "expand",
        "version": 1,
        "members": [Patient.objects.get(number="S01-001").pk],
    }
    assert AuditEntry.objects.of_row(decision).get().trial_id == trial.pk
    tile = board_of(client).tiles[0]
    assert (tile.decision, tile.has_changed) == (decision, False)
    tell()
    page = client.get(DECIDE.replace("cohorts/first/", ""))
    assert page.context["board"].tiles[0].has_changed
    assert b"not what the rule said" in page.content


def test_decision_on_counts_that_changed_meanwhile_is_refused(trial, tell):
    tell()
    client = reader(trial)
    seen = client.get(DECIDE).context["seen"]
    dlt(tell())
    answer = client.post(DECIDE, {"decision": "continue", "reason": "Fine", "seen": seen})
    assert answer.status_code == 422
    assert "The counts changed since you opened this page" in answer.content.decode()
    assert not CohortDecision.objects.exists()
    # The page now holds the new counts.
    values = {"decision": "continue", "reason": "Fine", "seen": answer.context["seen"]}
    assert client.post(DECIDE, values).status_code == 302


def test_late_entry_leaves_the_members_of_a_decision_where_they_were(trial, tell):
    for _each in range(3):
        tell()
    client = reader(trial)
    seen = client.get(DECIDE).context["seen"]
    client.post(DECIDE, {"decision": "continue", "reason": "0 of 3", "seen": seen})
    tell(began=DAY_ONE - timedelta(days=10))
    first, second = board_of(client).tiles
    assert [line.number for line in first.patients] == ["S01-001", "S01-002", "S01-003"]
    by_order = {line.number: line.by_order for line in (*first.patients, *second.patients)}
    assert by_order == {
        "S01-001": "", "S01-002": "", "S01-003": second.name, "S01-004": first.name,
    }  # fmt: skip
    assert "1 patient is here by an earlier decision" in client.get(BOARD).content.decode()
    lines = {row["patient"]: row for row in rows_of(client.get(f"{BOARD}patients.csv"))}
    line = lines["S01-003"]
    assert (line["cohort"], line["cohort_by_order"]) == (first.cohort.id, second.cohort.id)


def test_another_patient_with_the_same_counts_is_not_the_same(trial, tell):
    tell()
    client = reader(trial)
    seen = client.get(DECIDE).context["seen"]
    Patient.objects.filter(number="S01-001").update(number="S01-009")
    answer = client.post(DECIDE, {"decision": "continue", "reason": "Fine", "seen": seen})
    assert answer.status_code == 422


def test_decision_without_a_reason_or_of_an_unknown_kind_is_not_stored(trial):
    client = reader(trial)
    seen = client.get(DECIDE).context["seen"]
    for values in ({"decision": "continue"}, {"decision": "party", "reason": "x"}):
        assert client.post(DECIDE, values | {"seen": seen}).status_code == 422
    assert client.get(f"{BOARD}cohorts/tenth/").status_code == 404
    assert not CohortDecision.objects.exists()


@pytest.mark.parametrize(
    ("role", "where", "decides", "judges"),
    [
        pytest.param("investigator", {}, 200, 200, id="investigator of all sites"),
        pytest.param("investigator", {"site": "01"}, 403, 200, id="investigator of one site"),
        pytest.param("investigator", {"site": "02"}, 403, 404, id="investigator of another"),
        pytest.param("monitor", {}, 403, 403, id="monitor"),
        pytest.param("data-manager", {}, 403, 403, id="data manager"),
    ],
)
def test_who_judges_and_decides(trial, tell, role, where, decides, judges):
    row = dlt(tell())
    client = reader(trial, role, **where)
    assert client.get(DECIDE).status_code == decides
    assert client.get(f"{BOARD}events/{row.pk}/").status_code == judges
    tile = board_of(client).tiles[0]
    assert bool(tile.decide_href) is (decides == 200)
    links = [line.judge_href for line in board_of(client).events]
    assert any(links) is (judges == 200)


def test_other_site_counts_and_stands_without_number_and_event(trial, tell):
    row = dlt(tell())
    client = reader(trial, site="02")
    response = client.get(BOARD)
    assert response.context["board"].tiles[0].cohort.counts["dlts"] == 1
    assert response.context["board"].events == []
    body = response.content.decode()
    assert "S01-001" not in body
    assert "Diarrhea" not in body
    assert f"/{row.pk}/" not in body
    text = client.get(f"{BOARD}patients.csv").content.decode()
    assert "S01-001" not in text
    assert "Diarrhea" not in text


def test_statistician_reads_without_links_into_records(trial, tell):
    dlt(tell())
    board = board_of(reader(trial, "statistician"))
    [line] = board.events
    assert (line.name, line.href) == ("Diarrhea", "")
    assert board.tiles[0].patients[0].href == ""


def rows_of(response):
    assert response.status_code == 200
    return list(csv.DictReader(io.StringIO(response.content.decode(), newline="")))


def test_files_hold_the_board_and_the_log(trial, tell):
    row = dlt(tell())
    client = reader(trial)
    judge(client, row, "yes")
    seen = client.get(DECIDE).context["seen"]
    client.post(DECIDE, {"decision": "expand", "reason": "1 of 1", "seen": seen})
    [patient] = rows_of(client.get(f"{BOARD}patients.csv"))
    assert patient["cohort"] == "first"
    assert (patient["state"], patient["dlt_term"], patient["judged"]) == (
        "dlt",
        "Diarrhea",
        "confirmed",
    )
    [decision] = rows_of(client.get(f"{BOARD}decisions.csv"))
    assert (decision["decision"], decision["dlts"], decision["verdict"]) == (
        "expand",
        "1",
        "expand",
    )
    assert client.get(f"{BOARD}nothing.csv").status_code == 404
    assert AuditEntry.objects.filter(event="export").count() == 2


def test_queries_do_not_grow_with_patients(trial, tell):
    client = reader(trial)
    dlt(tell())
    client.get(BOARD)
    with CaptureQueriesContext(connection) as one:
        client.get(BOARD)
    for _each in range(4):
        dlt(tell())
    with CaptureQueriesContext(connection) as many:
        client.get(BOARD)
    assert len(many) == len(one) <= 35


def test_board_of_a_blinded_trial_pools_and_names_no_arm(db):
    trial = make_randomized_trial(per_stratum=0)
    body = reader(trial).get(BOARD).content.decode()
    assert "Blinded: arms pooled" in body
    for arm in current_version(trial).definition.arms:
        assert arm.name.en not in body.replace("Capsules: taken", "").replace(">Capsules<", "")


@pytest.fixture
def log(trial, tell):
    """A judgement and a decision."""
    row, by = dlt(tell()), make_member(trial, "investigator")
    now = timezone.now()
    judgement = ToxicityJudgement.objects.create(
        event=row, is_dose_limiting=True, reason="x", judged_as={}, judged_by=by, judged_at=now
    )
    decision = CohortDecision.objects.create(
        trial=trial, cohort="first", decision="stop", reason="x", counts={}, decided_by=by,
        decided_at=now,
    )  # fmt: skip
    return judgement, decision


def test_what_was_judged_and_decided_stays(log):
    for row in log:
        assert type(row) in append_only_models()
        for write in (row.delete, lambda row=row: type(row).objects.update(reason="y")):
            with pytest.raises(DatabaseError, match=REFUSAL), transaction.atomic():
                write()


@pytest.mark.parametrize("values", [{"reason": ""}, {"decision": "party"}])
def test_decision_has_a_reason_and_a_known_kind(log, values):
    _judgement, row = log
    for name, value in values.items():
        setattr(row, name, value)
    row.pk = None
    with pytest.raises(DatabaseError), transaction.atomic():
        row.save(force_insert=True)


def test_judgement_has_a_reason(log):
    row, _decision = log
    row.pk, row.reason = None, ""
    with pytest.raises(DatabaseError), transaction.atomic():
        row.save(force_insert=True)


def test_judgement_is_seen_at_the_patients_site(log, trial):
    judgement, _decision = log
    here, there = (make_member(trial, "monitor", site=code) for code in ("01", "02"))
    assert list(ToxicityJudgement.objects.visible_to(here)) == [judgement]
    assert list(ToxicityJudgement.objects.visible_to(there)) == []
