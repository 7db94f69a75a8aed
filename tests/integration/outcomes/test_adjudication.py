"""A third person between two readings: what the night counts, who decides what, what is refused."""

import csv
import io

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.append_only import REFUSAL
from core.models import AuditEntry
from enrollment.actions.locking import close
from enrollment.queries.locking import Target, obstacles
from outcomes.models import Adjudication, CentralMeasurement, TumorAssessment
from outcomes.queries.adjudication import UNREAD, fingerprint_of, fingerprints, standings
from oversight.models import RecordState
from tests.factories import make_member
from tests.integration.outcomes.story import Story, load_trial, night_of, rows, second_opinion

SCANS = {-7: 100, 42: 60, 84: 55, 126: 80}
"""The investigator: PR on day 42, 80 mm > 1.2 x 55 = 66 on day 126: progression on 2026-05-07."""
CENTRAL = [90, 80, 97, 99]
"""The central reader: SD on day 42, 97 mm > 1.2 x 80 = 96: progression on 2026-03-26."""


@pytest.fixture
def version(db):
    return load_trial("adjudicated")


def tell(version, number, scans=SCANS, *, central=()):
    story = Story(version, number)
    for day, mm in scans.items():
        story.scan(day, mm)
    return second_opinion(story, central).patient if central else story.patient


@pytest.fixture
def differing(version):
    return tell(version, "A01-001", central=CENTRAL)


@pytest.fixture
def night(version, differing):
    return night_of(version.trial)


def signed_in(trial, role, **where):
    client = Client()
    client.force_login(make_member(trial, role, **where))
    return client


def page_of(patient):
    return reverse("outcomes:reading-compare", args=[patient.pk])


def decide(client, patient, accepted="investigator", **values):
    seen = client.get(page_of(patient)).context["adjudication"]["seen"]
    data = {"accepted": accepted, "reason": "Segment 6 was missed", "seen": seen} | values
    return client.post(page_of(patient), data)


def found(snapshot, table, number, **wanted):
    wanted |= {"patient": number, "criteria": "recist_1_1"}
    return [
        row
        for row in rows(snapshot, table)
        if all(row[name] == value for name, value in wanted.items())
    ]


def counted(snapshot, number):
    """Of the leading criteria: confirmed best response, PFS, and which reader counts why."""
    [best] = found(snapshot, "best_responses", number)
    [pfs] = found(snapshot, "time_to_event", number, endpoint="PFS")
    readings = found(snapshot, "readings", number)
    return (
        best["cbor"],
        (pfs["event_date"], pfs["event"], pfs["detail"], pfs["source_form"]),
        {row["reader"]: row["counts"] for row in readings},
        {row["adjudication"] for row in readings},
    )


def test_night_counts_whichever_reading_is_accepted_and_neither_while_open(version, differing):
    trial = version.trial
    tell(version, "A01-002", central=list(SCANS.values()))
    tell(version, "A01-003")
    start = ("2026-01-01", "0", "ADJUDICATION_OPEN", "")
    first = night_of(trial)
    assert counted(first, "A01-001") == (
        "NE", start, {"investigator": "N", "central": "N"}, {"open"},
    )  # fmt: skip
    assert counted(first, "A01-002") == (
        "PR", ("2026-05-07", "1", "", "central-reading"),
        {"investigator": "N", "central": "Y"}, {"agreed"},
    )  # fmt: skip
    assert counted(first, "A01-003") == ("NE", start, {"investigator": "N"}, {"waiting"})
    assert first.summary["open_adjudications"] == 2
    assert found(first, "responses", "A01-001") == []

    client = signed_in(trial, "adjudicator")
    assert decide(client, differing).status_code == 302
    second = night_of(trial)
    assert counted(second, "A01-001") == (
        "PR", ("2026-05-07", "1", "", "tumor-assessment"),
        {"investigator": "Y", "central": "N"}, {"decided"},
    )  # fmt: skip
    assert [row["sum_mm"] for row in found(second, "responses", "A01-001")] == ["60", "55", "80"]

    assert decide(client, differing, "central").status_code == 302
    third = night_of(trial)
    assert counted(third, "A01-001")[:2] == ("SD", ("2026-03-26", "1", "", "central-reading"))


def test_death_of_an_open_patient_ends_survival_alone(version):
    story = Story(version, "A01-009").scan(-7, 100).scan(42, 60).death(150)
    snapshot = night_of(version.trial)
    number = story.patient.number
    times = {row["endpoint"]: row for row in rows(snapshot, "time_to_event")
             if row["patient"] == number and row["criteria"] in ("", "recist_1_1")}  # fmt: skip
    assert (times["OS"]["event"], times["OS"]["event_date"]) == ("1", "2026-05-31")
    assert (times["PFS"]["event"], times["PFS"]["days"]) == ("0", "1")


def test_change_of_a_reading_asks_for_a_new_decision(version, differing, night):
    trial = version.trial
    client = signed_in(trial, "adjudicator")
    decide(client, differing)
    assert counted(night_of(trial), "A01-001")[3] == {"decided"}
    row = CentralMeasurement.objects.order_by("pk").last()
    CentralMeasurement.objects.filter(pk=row.pk).update(diameter_mm=98)
    assert differing.pk in standings(trial, [differing]).outdated
    refused = decide(client, differing)
    assert refused.status_code == 422
    assert "which compares the two anew" in refused.content.decode()
    snapshot = night_of(trial)
    assert counted(snapshot, "A01-001")[0::3] == ("NE", {"changed"})
    listed = client.get(reverse("outcomes:discordance-detail", args=[trial.slug])).content.decode()
    assert "changed: to adjudicate anew" in listed
    assert decide(client, differing).status_code == 302
    assert counted(night_of(trial), "A01-001")[3] == {"decided"}


def test_fingerprint_is_of_what_was_read_and_of_nothing_else(version, differing):
    nobody = Story(version, "A01-005").patient
    before = fingerprints([differing.pk, nobody.pk])
    assert before[nobody.pk] == UNREAD != before[differing.pk]
    TumorAssessment.objects.update(state=RecordState.LOCKED)
    assert fingerprint_of(differing) == before[differing.pk]
    TumorAssessment.objects.filter(patient=differing, is_baseline="N").update(
        new_lesion="equivocal"
    )
    assert fingerprint_of(differing) != before[differing.pk]


def test_decision_is_stored_audited_exported_and_kept_from_the_site(version, differing, night):
    trial = version.trial
    client = signed_in(trial, "adjudicator", username="adi")
    assert decide(client, differing).status_code == 302
    row = Adjudication.objects.get()
    assert (row.accepted, row.reason, row.fingerprint) == (
        "investigator", "Segment 6 was missed", fingerprint_of(differing),
    )  # fmt: skip
    entry = AuditEntry.objects.of_row(row).get()
    assert (entry.actor_name, entry.reason, entry.patient_id) == (
        "Adi", "Segment 6 was missed", differing.pk,
    )  # fmt: skip
    for write in (row.delete, lambda: Adjudication.objects.update(reason="y")):
        with transaction.atomic(), pytest.raises(DatabaseError, match=REFUSAL):
            write()
    where = reverse("api:table-csv", args=[trial.slug, "adjudications"])
    answer = signed_in(trial, "statistician").get(where)
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    [line] = csv.DictReader(io.StringIO(text))
    assert (line["patient"], line["accepted"], line["decided_by"]) == (
        "A01-001", "investigator", "Adi",
    )  # fmt: skip
    assert "Segment 6 was missed" in client.get(page_of(differing)).content.decode()
    trail = reverse("reports:patient-trail", args=[differing.pk])
    for role, sees in (("coordinator", False), ("monitor", True)):
        page = signed_in(trial, role).get(trail).content.decode()
        assert ("Segment 6 was missed" in page) is sees


def test_decision_without_answer_reason_or_sight_is_not_stored(differing, night):
    client = signed_in(differing.trial, "adjudicator")
    for values, sentence in (
        ({"accepted": ""}, "Choose one of the two readings."),
        ({"accepted": "both"}, "both is not one of the available choices"),
        ({"reason": ""}, "Say why."),
        ({"seen": "0" * 64}, "A reading changed since you opened this page."),
    ):
        answer = decide(client, differing, **values)
        assert answer.status_code == 422
        assert sentence in answer.content.decode()
    assert "Segment 6 was missed" in answer.content.decode()
    assert not Adjudication.objects.exists()
    seen = answer.context["adjudication"]["seen"]
    again = client.post(page_of(differing), {"accepted": "central", "reason": "x", "seen": seen})
    assert again.status_code == 302


def test_nothing_is_decided_where_readings_agree_wait_or_are_locked(version, differing):
    trial = version.trial
    agreeing = tell(version, "A01-002", central=list(SCANS.values()))
    waiting = tell(version, "A01-003")
    night_of(trial)
    client = signed_in(trial, "adjudicator")
    manager = make_member(trial, "data-manager")
    site = Target(trial, differing.site, differing)
    close(site, "freeze", by=manager, reason="clean", at=timezone.now())
    for patient, sentence in (
        (agreeing, "there is nothing to decide"),
        (waiting, "has not read every scan yet"),
        (differing, "This patient is frozen."),
    ):
        answer = decide(client, patient)
        assert answer.status_code == 422
        assert sentence in answer.content.decode()
    assert not Adjudication.objects.exists()


def test_adjudicator_sees_the_readings_and_nothing_else_of_the_patient(differing, night):
    client = signed_in(differing.trial, "adjudicator")
    listed = client.get(reverse("outcomes:discordance-detail", args=[differing.trial.slug]))
    assert page_of(differing) in listed.content.decode()
    page = client.get(page_of(differing)).content.decode()
    assert f'href="{reverse("enrollment:patient-detail", args=[differing.pk])}"' not in page
    assert '<td class="number">97.0</td>' in page
    for name in ("enrollment:patient-detail", "outcomes:tumor-detail", "reports:patient-trail"):
        assert client.get(reverse(name, args=[differing.pk])).status_code == 403
    overseer = signed_in(differing.trial, "data-manager")
    assert "Store the decision" not in overseer.get(page_of(differing)).content.decode()


# --- Locks


def in_the_way(patient):
    target = Target(patient.trial, patient.site, patient)
    return {item.sentence for item in obstacles(target) if "read" in item.url}


def test_lock_waits_for_the_adjudicator(differing, night):
    assert in_the_way(differing) == {"The two readings differ: an adjudicator has to decide."}
    decide(signed_in(differing.trial, "adjudicator"), differing)
    assert in_the_way(differing) == set()
    CentralMeasurement.objects.filter(record__patient=differing).update(diameter_mm=50)
    [sentence] = in_the_way(differing)
    assert "which compares the two anew" in sentence


def test_lock_waits_for_the_central_reader_where_that_reading_counts(version):
    patient = tell(version, "A01-001", {-7: 100, 42: 60})
    for reader, expected in (("adjudicated", 2), ("central", 2), ("investigator", 0)):
        load_trial(reader)
        target = Target(version.trial, patient.site, patient)
        unread = [item for item in obstacles(target) if "has not read this" in item.sentence]
        assert len(unread) == expected, reader
