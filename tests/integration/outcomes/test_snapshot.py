"""From records to the snapshot. Expected numbers are worked out by hand in the comments."""

import csv
import io
from datetime import date

import pytest
from django.core import mail
from django.db import DatabaseError, IntegrityError, OperationalError, transaction

from core.models import AuditEntry, Membership, User
from outcomes.actions import snapshot as snapshot_actions
from outcomes.actions.nightly import Superseded, end_failed, queue_run, take_up
from outcomes.actions.snapshot import RunFailed, complete_run, compute_snapshot
from outcomes.models import (
    Lesion,
    LesionMeasurement,
    NightlyRun,
    Snapshot,
    SnapshotPart,
    SnapshotTable,
    TumorAssessment,
)
from outcomes.queries.results import results_of

CUT = date(2026, 6, 30)


@pytest.fixture
def night(trial):
    """Runs the night and returns the snapshot that pages would show."""

    def run(cut_on=CUT):
        complete_run(queue_run(trial, by=None, cut_on=cut_on).pk)
        return Snapshot.objects.current(trial)

    return run


@pytest.fixture
def three_patients(tell):
    """Baselines 100, 50 and 40 mm. Days below count from the first dose, which is day 0."""
    # 60 and 55 mm are PR, 42 days apart; 80 is above 1.2 x 55 = 66 mm: PD on day 126.
    tell("A01-001").scan(-7, 100).scan(42, 60).scan(84, 55).scan(126, 80)
    # 52 mm is SD on day 42; dead on day 69.
    tell("A01-002").scan(-7, 50).scan(42, 52).death(69)
    # SD on day 42, seen alive on day 59, nothing later.
    tell("A02-001", site="02").scan(-7, 40).scan(42, 40).seen_alive(59)


def rows(snapshot, name):
    table = snapshot.tables.get(name=name)
    found = list(csv.DictReader(io.StringIO(table.content)))
    assert len(found) == table.rows
    return found


def curve(snapshot, endpoint):
    return next(item for item in snapshot.summary["curves"] if item["endpoint"] == endpoint)


def test_responses_of_each_scan_name_the_rule(night, three_patients):
    recist = [row for row in rows(night(), "responses") if row["criteria"] == "recist_1_1"]
    found = [(row["patient"], row["overall"], row["rule"], row["sum_mm"]) for row in recist]
    assert found == [
        ("A01-001", "PR", "PR-30", "60"),
        ("A01-001", "PR", "PR-30", "55"),
        ("A01-001", "PD", "PD-20-5", "80"),
        ("A01-002", "SD", "SD", "52"),
        ("A02-001", "SD", "SD", "40"),
    ]


def test_response_rates_have_exact_limits(night, three_patients):
    recist = night().summary["responses"][0]
    assert recist["criteria"] == "recist_1_1"
    assert recist["confirmed"] is True
    # Clopper-Pearson for 1 of 3, and for 3 of 3: 100 x 0.025^(1/3)
    assert recist["orr"]["count"] == 1
    assert recist["orr"]["lower"] == pytest.approx(0.84, abs=0.005)
    assert recist["orr"]["upper"] == pytest.approx(90.57, abs=0.005)
    assert recist["dcr"]["percent"] == 100
    assert recist["dcr"]["lower"] == pytest.approx(100 * 0.025 ** (1 / 3))


def test_times_count_both_ends_and_name_what_ended_them(night, three_patients):
    times = {
        (row["patient"], row["endpoint"]): row
        for row in rows(night(), "time_to_event")
        if row["criteria"] in ("recist_1_1", "")
    }
    found = {
        key: (int(float(row["days"])), row["event"], row["description"])
        for key, row in times.items()
        if key[1] in ("PFS", "OS", "CDOR")
    }
    assert found == {
        ("A01-001", "PFS"): (127, "1", "PD"),
        ("A01-001", "CDOR"): (85, "1", "PD"),  # from day 42 to day 126
        ("A01-001", "OS"): (127, "0", "ALIVE"),
        ("A01-002", "PFS"): (70, "1", "DEATH"),
        ("A01-002", "OS"): (70, "1", "DEATH"),
        ("A02-001", "PFS"): (43, "0", "LAST_ASSESSMENT"),
        ("A02-001", "OS"): (60, "0", "ALIVE"),
    }
    assert times["A01-001", "PFS"]["source_visit"] == "V5"


def test_each_time_names_the_record_that_it_comes_from(night, three_patients):
    found = {
        (row["patient"], row["endpoint"]): (row["source_form"], row["source_visit"])
        for row in rows(night(), "time_to_event")
        if row["criteria"] in ("recist_1_1", "")
    }
    assert found["A01-001", "PFS"] == ("tumor-assessment", "V5")
    assert found["A01-002", "PFS"] == ("death", "")
    assert found["A01-002", "OS"] == ("death", "")
    # The scan of day 126 shows life, the contact of day 59 in the third.
    assert found["A01-001", "OS"] == ("tumor-assessment", "V5")
    assert found["A02-001", "OS"] == ("survival-status", "V4")


def test_curve_of_progression_free_survival(night, three_patients):
    pfs = curve(night(), "pfs")
    # Times 43+, 70, 127 days: the curve is 1/2 from 70 days on, its flat piece ends at 127.
    assert (pfs["n"], pfs["events"]) == (3, 2)
    assert pfs["months"] == pytest.approx([0, 70 / 30.4375, 127 / 30.4375])
    assert pfs["survival"] == pytest.approx([1, 0.5, 0])
    assert pfs["median"] == pytest.approx((70 + 127) / 2 / 30.4375)
    assert pfs["censored_months"] == pytest.approx([43 / 30.4375])
    assert [tick["at_risk"] for tick in pfs["at_risk"]] == [3, 3, 2, 1, 1]
    assert "log-log" in pfs["method"]


def test_summary_statistics_stand_in_a_table_of_their_own(night, three_patients):
    snapshot = night()
    table = {
        (row["criteria"], row["endpoint"], row["statistic"]): row
        for row in rows(snapshot, "endpoint_summary")
        if row["population"] == "treated"
    }
    assert float(table["recist_1_1", "orr", "confirmed rate"]["value"]) == pytest.approx(100 / 3)
    assert float(table["recist_1_1", "pfs", "median"]["value"]) == pytest.approx(3.236140)
    assert table["", "os", "at 36 months"]["value"] == ""


def test_every_population_has_results_by_each_of_the_criteria(night, three_patients, tell):
    tell("A01-002B", dosed=False).scan(-7, 50).scan(42, 20)
    snapshot = night()
    choices = [population["id"] for population in snapshot.summary["populations"]]
    assert choices == ["enrolled", "treated", "evaluable", "per-protocol"]
    assert snapshot.summary["criteria"] == ["recist_1_1", "mrecist"]
    assert snapshot.parts.filter(name__startswith="results:").count() == 8
    found = {name: results_of(snapshot, population=name, criteria="recist_1_1") for name in choices}
    # The fourth responded once (20 of 50 mm) without confirmation, and took no capsule.
    assert {name: part["responses"]["orr"]["n"] for name, part in found.items()} == {
        "enrolled": 4,
        "treated": 3,
        "evaluable": 3,
        "per-protocol": 0,  # one day of capsules was entered, and no count
    }
    treated = found["treated"]
    assert treated["responses"] == snapshot.summary["responses"][0]
    assert [item["endpoint"] for item in treated["curves"]] == ["pfs", "os", "ttp", "dor"]
    # One responder, first seen on day 42.
    assert treated["time_to_response"]["median"] == pytest.approx(43 / 30.4375)
    assert treated["time_to_response"]["lower"] is None


def test_choice_that_the_snapshot_does_not_have_is_none(night):
    assert results_of(night(), population="everybody", criteria="recist_1_1") is None


def test_rate_stands_with_both_intervals(night, three_patients):
    rate = night().summary["responses"][0]["orr"]
    assert (rate["method"], rate["other_method"]) == ("Clopper-Pearson", "Wilson")
    # Wilson 1927 for 1 of 3: 6.15 to 79.23 %
    assert (rate["other_lower"], rate["other_upper"]) == pytest.approx((6.15, 79.23), abs=0.005)


def test_drafts_do_not_count(night, tell):
    tell("A01-001").scan(-7, 100).scan(42, 60).scan(84, 130, complete=False)
    snapshot = night()
    assert [row["sum_mm"] for row in rows(snapshot, "responses")][:1] == ["60"]
    assert curve(snapshot, "pfs")["events"] == 0


def test_what_is_dated_after_the_cut_is_not_known_yet(night, three_patients):
    snapshot = night(date(2026, 3, 1))  # day 59
    pfs = curve(snapshot, "pfs")
    assert (pfs["n"], pfs["events"]) == (3, 0)
    assert snapshot.summary["flow"]["died"] == 0
    assert snapshot.summary["cut_on"] == "2026-03-01"


def test_patient_who_took_nothing_is_outside_the_treated_population(night, tell):
    tell("A01-001").scan(-7, 100).scan(42, 60)
    tell("A01-002", dosed=False).scan(-7, 50).scan(42, 20)
    snapshot = night()
    assert snapshot.summary["population"]["n"] == 1
    assert snapshot.summary["flow"]["enrolled"] == 2
    inside = {row["patient"]: row["in_population"] for row in rows(snapshot, "best_responses")}
    assert inside == {"A01-001": "Y", "A01-002": "N"}


def test_unequivocal_new_lesion_is_progression(night, tell):
    tell("A01-001").scan(-7, 100).scan(42, 90, new_lesion="unequivocal").new_lesion(
        42, unequivocal="Y"
    )
    assert rows(night(), "responses")[0]["rule"] == "PD-NEW-LESION"


def test_new_lesion_called_unequivocal_later_dates_from_its_first_scan(night, tell):
    story = tell("A01-001").scan(-7, 100).scan(42, 90, new_lesion="equivocal")
    story.new_lesion(42, unequivocal="N")
    assert curve(night(), "pfs")["events"] == 0
    story.scan(84, 90, new_lesion="unequivocal")
    LesionMeasurement.objects.create(
        record=TumorAssessment.objects.get(scanned_on=story.on(84)),
        row_number=2,
        lesion=Lesion.objects.get(kind="new"),
        status="present",
    )
    pfs = next(row for row in rows(night(), "time_to_event") if row["endpoint"] == "PFS")
    assert (pfs["event"], pfs["event_date"]) == ("1", story.on(42).isoformat())


def test_patient_whose_lesion_lacks_its_baseline_is_left_out_and_listed(night, tell):
    tell("A01-001").scan(-7, 100, complete=False).scan(42, 60)
    tell("A01-002").scan(-7, 100).scan(42, 60)
    snapshot = night()
    assert {row["patient"] for row in rows(snapshot, "responses")} == {"A01-002"}
    assert [row["patient"] for row in rows(snapshot, "left_out")] == ["A01-001"]
    assert snapshot.summary["left_out"] == [{"reason": "tumor-rows", "patients": 1}]
    assert snapshot.summary["responses"][0]["orr"]["n"] == 2


def test_adverse_events_count_each_person_once_by_worst_grade(night, tell):
    tell("A01-001").adverse_event("Nausea", 1).adverse_event("Nausea", 3, row=2)
    tell("A01-002").adverse_event("Nausea", 2, related_to_capsules="probable", is_serious="Y")
    events = night().summary["adverse_events"]
    assert events["terms"] == [
        {
            "term": "Nausea",
            "grades": [0, 1, 1, 0, 0],
            "any_grade": 2,
            "severe": 1,
            "related": 1,
        }
    ]
    assert (events["any_grade"], events["serious"], events["related"]) == (2, 1, 1)


def test_trial_without_a_patient_has_an_empty_snapshot(night):
    snapshot = night()
    assert curve(snapshot, "os")["n"] == 0
    assert snapshot.summary["responses"][0]["orr"]["percent"] is None
    assert snapshot.summary["accrual"]["months"] == []
    header = snapshot.tables.get(name="responses").content
    assert header.startswith("trial,site,patient,criteria,visit")
    assert header.count("\n") == 1


def test_same_input_makes_no_second_snapshot(night, three_patients):
    first, second = night(), night()
    assert first == second
    assert Snapshot.objects.count() == 1
    assert [run.note for run in NightlyRun.objects.order_by("pk")] == ["", "unchanged"]


def test_changed_input_makes_another_snapshot_and_keeps_the_first(night, three_patients, tell):
    first = night()
    before = {table.name: table.content for table in first.tables.all()}
    tell("A01-003")
    second = night()
    assert second != first
    assert second.summary["flow"]["enrolled"] == 4
    assert {table.name: table.content for table in first.tables.all()} == before


def test_data_back_as_it_was_shows_the_earlier_snapshot_again(night, three_patients, tell):
    first = night()
    story = tell("A01-003", dosed=False)
    night()
    story.patient.delete()
    assert night() == first


def test_same_data_gives_the_same_bytes(night, three_patients, monkeypatch):
    """As if the first were not there: a snapshot that is stored cannot be removed."""
    first = night()
    monkeypatch.setattr(snapshot_actions, "_same", lambda snapshot: None)
    monkeypatch.setattr(snapshot_actions, "RULE_VERSION", "9")
    second = night()
    assert second.pk != first.pk
    for kind in ("tables", "parts"):
        before, after = (
            dict(getattr(found, kind).values_list("name", "content")) for found in (first, second)
        )
        assert after == before
    assert second.input_sha256 == first.input_sha256


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda: Snapshot.objects.update(summary={}), id="summary"),
        pytest.param(lambda: SnapshotTable.objects.update(content=""), id="table"),
        pytest.param(lambda: SnapshotPart.objects.update(content={}), id="part"),
        pytest.param(lambda: SnapshotTable.objects.all().delete(), id="table removed"),
    ],
)
def test_stored_snapshot_cannot_be_changed_or_removed(night, write):
    night()
    with pytest.raises(DatabaseError, match="cannot be changed"), transaction.atomic():
        write()


def test_snapshot_leaves_an_audit_event_with_the_hashes(night, three_patients):
    snapshot = night()
    event = AuditEntry.objects.get(event="snapshot")
    assert event.row_pk == str(snapshot.pk)
    assert event.changes["input_sha256"] == snapshot.input_sha256
    assert event.changes["tables"] == {table.name: table.sha256 for table in snapshot.tables.all()}
    assert event.changes["tables"].keys() >= {"responses", "time_to_event"}


def test_snapshot_of_same_input_is_refused_by_the_database(night, three_patients):
    snapshot = night()
    snapshot.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        snapshot.save()


def test_number_of_queries_does_not_grow_with_patients(trial, tell, django_assert_max_num_queries):
    for number in range(12):
        tell(f"A01-{number:03d}").scan(-7, 100).scan(42, 60).adverse_event("Nausea", 1)
    run = queue_run(trial, by=None, cut_on=CUT)
    with django_assert_max_num_queries(70):
        complete_run(run.pk)


class TestBadInput:
    """Each has a stated result, and no night fails."""

    def responses_of(self, snapshot):
        found = [row for row in rows(snapshot, "responses") if row["criteria"] == "recist_1_1"]
        return [(row["assessed_on"], row["overall"]) for row in found]

    def test_one_patient(self, night, tell):
        tell("A01-001").scan(-7, 100).scan(42, 60)
        part = results_of(night(), population="treated", criteria="recist_1_1")
        assert part["responses"]["orr"]["n"] == 1
        assert part["curves"][0]["median"] is None

    def test_nobody_with_an_event_has_curves_without_median(self, night, tell):
        for number in range(3):
            tell(f"A01-00{number}").scan(-7, 100).scan(42, 90 + number)
        part = results_of(night(), population="treated", criteria="recist_1_1")
        assert [(item["events"], item["median"]) for item in part["curves"]] == [(0, None)] * 4
        assert part["time_to_response"]["n"] == 0

    def test_of_two_scans_on_one_day_the_worse_counts(self, night, tell):
        story = tell("A01-001").scan(-7, 100).scan(42, 60).scan(42, 130)
        pfs = next(row for row in rows(night(), "time_to_event") if row["endpoint"] == "PFS")
        assert (pfs["event"], pfs["event_date"]) == ("1", story.on(42).isoformat())

    def test_death_before_the_last_scan_ends_every_time(self, night, tell):
        story = tell("A01-001").scan(-7, 100).scan(42, 95).scan(84, 95).death(60)
        times = {row["endpoint"]: row for row in rows(night(), "time_to_event")}
        for endpoint in ("OS", "PFS"):
            assert times[endpoint]["description"] == "DEATH"
            assert times[endpoint]["event_date"] == story.on(60).isoformat()

    def test_scan_before_the_start_that_is_no_baseline_gives_no_response(self, night, tell):
        story = tell("A01-001").scan(-7, 100).scan(0, 60).scan(42, 71)
        best = rows(night(), "best_responses")[0]
        # 60 of day 1 is the smallest sum all the same: 71 is 18 % above it, and no PR of 100.
        assert (best["bor"], best["bor_date"]) == ("SD", story.on(42).isoformat())

    def test_dates_after_the_cut_are_not_known(self, night, tell):
        tell("A01-001").scan(-7, 100).scan(42, 60).scan(400, 130).death(420)
        times = {row["endpoint"]: row for row in rows(night(), "time_to_event")}
        assert (times["PFS"]["event"], times["PFS"]["source_visit"]) == ("0", "V3")
        # Alive at the cut, as the later death shows.
        assert (times["OS"]["event"], times["OS"]["event_date"]) == ("0", CUT.isoformat())
        assert times["OS"]["source_form"] == ""


class TestFailure:
    @pytest.fixture
    def broken(self, monkeypatch):
        def fail(*args):
            raise ValueError("patient A01-001 has 13 mm")

        monkeypatch.setattr(snapshot_actions, "derive_all", fail)

    def test_run_is_marked_and_the_earlier_snapshot_stays(
        self, night, three_patients, tell, trial, request
    ):
        first = night()
        tell("A01-003")
        request.getfixturevalue("broken")
        with pytest.raises(RunFailed):
            night()
        run = NightlyRun.objects.latest_of(trial)
        assert (run.state, run.note) == ("failed", "error")
        assert "earlier snapshot stays" in str(run.message)
        assert Snapshot.objects.current(trial) == first

    def test_nothing_about_a_patient_is_logged_or_sent(
        self, night, three_patients, trial, broken, caplog
    ):
        person = User.objects.create(username="boss", email="boss@example.org")
        Membership.objects.create(user=person, trial=trial, role="administrator")
        with pytest.raises(RunFailed) as failure:
            night()
        [letter] = mail.outbox
        assert letter.to == ["boss@example.org"]
        assert "ValueError" in letter.body
        said = [str(failure.value), letter.subject, letter.body]
        said += [record.getMessage() for record in caplog.records]
        assert not any("A01-001" in text or "13 mm" in text for text in said)

    def test_database_away_leaves_the_run_to_be_taken_up_again(
        self, trial, three_patients, monkeypatch
    ):
        run = queue_run(trial, by=None, cut_on=CUT)

        def fail(*args):
            raise OperationalError("server closed the connection")

        with monkeypatch.context() as patch:
            patch.setattr(snapshot_actions, "read_inputs", fail)
            with pytest.raises(OperationalError):
                complete_run(run.pk)
        assert complete_run(run.pk) is not None
        run.refresh_from_db()
        assert (run.state, run.attempt) == ("done", 2)

    def test_error_between_snapshot_and_tables_stores_neither(
        self, trial, three_patients, monkeypatch
    ):
        def fail(*args, **values):
            raise ValueError("disk full")

        monkeypatch.setattr(SnapshotTable.objects, "bulk_create", fail)
        with pytest.raises(RunFailed):
            complete_run(queue_run(trial, by=None, cut_on=CUT).pk)
        assert not Snapshot.objects.exists()


class TestTwoWorkers:
    def test_run_that_has_ended_is_not_computed_again(self, trial, three_patients):
        run = queue_run(trial, by=None, cut_on=CUT)
        complete_run(run.pk)
        assert complete_run(run.pk) is None
        assert Snapshot.objects.count() == 1

    def test_first_worker_stops_when_another_took_its_run(self, trial, three_patients):
        queued = queue_run(trial, by=None, cut_on=CUT)
        first = take_up(queued.pk)
        second = take_up(queued.pk)
        with pytest.raises(Superseded):
            compute_snapshot(first)
        assert not Snapshot.objects.exists()
        assert compute_snapshot(second).pk

    def test_worker_whose_run_was_given_up_stores_nothing(self, trial, three_patients, monkeypatch):
        run = queue_run(trial, by=None, cut_on=CUT)
        tabulate = snapshot_actions.tabulate

        def give_up(*args):
            end_failed(NightlyRun.objects.get(pk=run.pk), NightlyRun.Note.STOPPED)
            return tabulate(*args)

        monkeypatch.setattr(snapshot_actions, "tabulate", give_up)
        assert complete_run(run.pk) is None
        assert not Snapshot.objects.exists()
