"""Freezing and locking: every way to write is tried against each scope."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from core.models import AuditEntry
from core.refusals import Refused
from dosing.models import CapsuleCourse, DailyDose
from enrollment.actions import enroll_patient, record_consent
from enrollment.actions.locking import close, lift
from enrollment.actions.signing import sign_records
from enrollment.models import Consent, CriterionAnswer, Patient, Visit, VitalSigns
from enrollment.queries.content import content_of
from enrollment.queries.locking import Target, obstacles
from enrollment.queries.records import line_of, placed
from enrollment.registry import get
from oversight.actions.queries import raise_query
from oversight.calc.content import sha256_of
from oversight.calc.place import Place
from oversight.models import Lock, RecordState
from oversight.triggers import guarded, missing_triggers
from tests.factories import (
    LATER,
    make_enrolled_patient,
    make_member,
    make_screened_patient,
    save_form,
)
from tests.integration.enrollment.page import inputs_of, text_of

SPEC = get("vital-signs")
NOW = timezone.now()
LOCKED = "locked or frozen"
VALUES = {
    "ecog": "1",
    "weight_kg": "71.5",
    "temperature_c": "36.6",
    "systolic_mmhg": 120,
    "diastolic_mmhg": 80,
    "pulse_per_min": 70,
}


@pytest.fixture
def manager(trial):
    return make_member(trial, "data-manager", username="dana")


@pytest.fixture
def dana(signed_in, manager):
    return signed_in(manager)


@pytest.fixture
def record(visit, coordinator):
    return save_form("vital-signs", visit, by=coordinator, **VALUES)


@pytest.fixture
def course(visit, coordinator):
    rows = [DailyDose(day=1)]
    return save_form("capsule-course", visit, by=coordinator, rows=rows)


@pytest.fixture
def target(patient, record):
    """By the name of the scope."""
    [item] = placed([line_of(SPEC, record)])
    return {
        "trial": Target(patient.trial),
        "site": Target(patient.trial, patient.site),
        "patient": Target(patient.trial, patient.site, patient),
        "form": Target(patient.trial, patient.site, patient, item),
    }


@pytest.fixture
def freeze(target, manager):
    def act(scope):
        return close(target[scope], "freeze", by=manager, reason="clean", at=NOW)

    return act


def sign(record, by):
    spec = get("vital-signs")
    seen = {(spec.slug, record.pk): sha256_of(content_of(spec, record))}
    sign_records(seen, by=by, meaning="approved", at=NOW)
    record.refresh_from_db()


def raw(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def refused(write):
    with pytest.raises(DatabaseError, match=LOCKED), transaction.atomic():
        write()


each_scope = pytest.mark.parametrize("scope", ["trial", "site", "patient", "form"])


def bulk_update(record):
    record.ecog = "4"
    VitalSigns.objects.bulk_update([record], ["ecog"])


def model_save(record):
    record.ecog = "4"
    record.save()


WRITES = {
    "save": model_save,
    "update": lambda record: VitalSigns.objects.filter(pk=record.pk).update(ecog="4"),
    "bulk update": bulk_update,
    "delete": lambda record: VitalSigns.objects.filter(pk=record.pk).delete(),
    "raw update": lambda record: raw("UPDATE enrollment_vitalsigns SET ecog = '4'"),
    "raw delete": lambda record: raw("DELETE FROM enrollment_vitalsigns"),
    "raw state": lambda record: raw("UPDATE enrollment_vitalsigns SET state = 'draft'"),
    "state with a value": lambda record: raw(
        "UPDATE enrollment_vitalsigns SET state = 'verified', ecog = '4'"
    ),
}


@each_scope
@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_frozen_row_refuses_writes_by_every_path(freeze, record, scope, write):
    freeze(scope)
    refused(lambda: write(record))
    record.refresh_from_db()
    assert (record.ecog, record.state) == ("1", "complete")


def move_to(patient_id):
    return lambda: VitalSigns.objects.update(patient_id=patient_id)


def test_row_cannot_be_moved_into_what_is_frozen(trial, coordinator, manager, record):
    other = make_enrolled_patient(trial, by=coordinator)
    close(Target(trial, other.site, other), "freeze", by=manager, reason="clean", at=NOW)
    refused(move_to(other.pk))


@pytest.mark.parametrize("scope", ["trial", "site", "patient"])
def test_all_that_hangs_on_a_patient_refuses_writes(freeze, patient, visit, scope, coordinator):
    freeze(scope)
    consent = Consent(patient=patient, version="9", signed_on=LATER, recorded_by=coordinator)
    refused(lambda: Patient.objects.update(sex="M"))
    refused(lambda: Patient.objects.filter(pk=patient.pk)._raw_delete("default"))
    refused(lambda: Visit.objects.update(position=1))
    refused(lambda: Visit.objects.filter(outcome="planned").delete())
    refused(lambda: Consent.objects.bulk_create([consent]))
    refused(lambda: CriterionAnswer.objects.update(answer="Y"))
    with pytest.raises(Refused, match="frozen"):
        save_form("lesions", patient, by=coordinator, number=1, kind="target", organ="lung")


def test_rows_inside_a_frozen_form_refuse_writes(patient, course, manager):
    [item] = placed([line_of(get("capsule-course"), course)])
    target = Target(patient.trial, patient.site, patient, item)
    close(target, "freeze", by=manager, reason="clean", at=NOW)
    refused(lambda: DailyDose.objects.update(day=3))
    refused(lambda: DailyDose.objects.all().delete())
    refused(lambda: DailyDose.objects.bulk_create([DailyDose(record=course, row_number=9, day=9)]))
    assert CapsuleCourse.objects.get().rows.get().day == 1


def test_neighbors_of_what_is_frozen_stay_open(freeze, trial, patient, record, coordinator):
    freeze("patient")
    other = make_enrolled_patient(trial, site="02", by=coordinator)
    save_form("lesions", other, by=coordinator, number=1, kind="target", organ="lung")
    with pytest.raises(Refused, match=r"This patient is frozen\."):
        save_form("lesions", patient, by=coordinator, number=1, kind="target", organ="lung")


@pytest.mark.parametrize("scope", ["trial", "site"])
def test_nobody_enters_a_frozen_site(freeze, trial, coordinator, scope, target):
    waiting = make_screened_patient(trial, by=coordinator)
    version = waiting.version.definition.consents[0].version
    freeze(scope)
    with pytest.raises(Refused, match=f"This {scope} is frozen"):
        make_screened_patient(trial, by=coordinator)
    with pytest.raises(Refused, match=f"This {scope} is frozen"):
        record_consent(waiting, by=coordinator, version=version, signed_on=LATER, today=LATER)
    with pytest.raises(Refused, match=f"This {scope} is frozen"):
        enroll_patient(waiting, by=coordinator, on=LATER)
    refused(
        lambda: Patient.objects.bulk_create(
            [
                Patient(
                    trial=trial,
                    site=waiting.site,
                    version=waiting.version,
                    screening_number="S-9",
                    born_on="1960",
                    screened_on=LATER,
                    is_eligible=True,
                )
            ]
        )
    )


def test_frozen_form_can_still_be_verified_and_signed(freeze, trial, record):
    freeze("form")
    sign(record, make_member(trial, "investigator"))
    assert record.state == "signed"


def test_visit_date_under_a_frozen_form_is_refused_with_a_sentence(freeze, carla, visit, record):
    freeze("form")
    address = reverse("enrollment:visit-open", args=[visit.pk])
    response = carla.post(address, {"actual_date": "2026-01-09", "reason": "typo"})
    assert response.status_code == 422
    assert "A form of this visit is frozen. Nothing can be changed" in text_of(response)
    refused(lambda: Visit.objects.filter(pk=visit.pk).update(actual_date="2026-01-09"))


def test_entry_page_of_a_frozen_form_says_so_and_saves_nothing(freeze, carla, visit, record):
    address = reverse("enrollment:visit-form", args=[visit.pk, "vital-signs"])
    data = inputs_of(carla.get(address)) | {"ecog": "2", "reason_code": "source", "save": "exit"}
    freeze("form")
    page = carla.get(address)
    assert "The form is frozen since" in text_of(page)
    assert 'name="save"' not in page.content.decode()
    response = carla.post(address, data)
    assert response.status_code == 422
    assert "This form is frozen." in text_of(response)


def test_lock_needs_signed_forms_and_lists_what_is_in_the_way(target, manager, dana, patient):
    [found] = obstacles(target["form"])
    assert found.sentence == "This form is not signed."
    with pytest.raises(Refused, match="1 thing stands in the way"):
        close(target["form"], "lock", by=manager, reason="done", at=NOW)
    page = dana.get(reverse("enrollment:patient-lock", args=[patient.pk]), {"kind": "lock"})
    text = text_of(page)
    assert "This form is not signed." in text
    assert "A form of this visit is not complete." in text
    assert not Lock.objects.exists()


def test_open_query_stands_in_the_way(target, record, trial):
    sign(record, make_member(trial, "investigator"))
    place = Place(
        record.patient.site_id, record.patient_id, record.visit_id, "vital-signs", record.pk
    )
    raise_query(place, by=make_member(trial, "monitor"), question="Is it 1?")
    sentences = {item.sentence for item in obstacles(target["form"])}
    assert sentences == {"The signature is broken.", "A query is open."}


@pytest.fixture
def locked(target, record, trial, manager):
    sign(record, make_member(trial, "investigator"))
    lock = close(target["form"], "lock", by=manager, reason="database lock", at=NOW)
    record.refresh_from_db()
    return lock


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_locked_row_refuses_writes_by_every_path(locked, record, write):
    assert record.state == "locked"
    refused(lambda: write(record))


def test_locked_row_refuses_even_a_move_of_its_state(locked, record):
    refused(lambda: VitalSigns.objects.update(state=RecordState.SIGNED))


def test_unlock_leaves_a_record_and_returns_to_signed(locked, target, record, manager):
    lift(locked, target["form"], by=manager, reason="late query", at=NOW)
    record.refresh_from_db()
    assert record.state == "signed"
    locked.refresh_from_db()
    assert (locked.lifted_by, locked.lift_reason) == (manager, "late query")
    entry = AuditEntry.objects.of_row(record).last()
    assert entry.changes == {"state": ["locked", "signed"]}
    assert entry.reason == "lift lock: late query"
    VitalSigns.objects.update(ecog="2")


def test_unlock_under_a_wider_lock_frees_nothing(locked, target, record, manager, freeze):
    Lock.objects.create(
        kind="lock",
        scope="site",
        key=target["site"].key,
        trial=record.patient.trial,
        site=record.patient.site,
        at=NOW,
        by=manager,
        reason="all",
    )
    lift(locked, target["form"], by=manager, reason="late query", at=NOW)
    record.refresh_from_db()
    assert record.state == "locked"
    refused(lambda: VitalSigns.objects.update(ecog="2"))


def test_lock_cannot_be_lifted_twice_or_without_a_reason(locked, target, manager):
    with pytest.raises(Refused, match="Enter a reason"):
        lift(locked, target["form"], by=manager, reason=" ", at=NOW)
    lift(locked, target["form"], by=manager, reason="late query", at=NOW)
    with pytest.raises(Refused, match="lifted already"):
        lift(locked, target["form"], by=manager, reason="again", at=NOW)


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda: Lock.objects.all().delete(), id="delete"),
        pytest.param(lambda: raw("DELETE FROM oversight_lock"), id="raw delete"),
        pytest.param(lambda: Lock.objects.update(key="form:other:1"), id="move"),
        pytest.param(lambda: Lock.objects.update(reason="none"), id="reason"),
    ],
)
def test_lock_itself_cannot_be_changed_or_removed(locked, write):
    with pytest.raises(DatabaseError, match="cannot be changed"), transaction.atomic():
        write()


def test_freezing_twice_is_refused(freeze):
    freeze("patient")
    with pytest.raises(Refused, match="already"):
        freeze("patient")


def test_pages_freeze_list_and_lift(dana, trial, patient, record):
    address = reverse("enrollment:patient-lock", args=[patient.pk]) + "?kind=freeze"
    assert "What this covers" in text_of(dana.get(address))
    assert dana.post(address, {"reason": ""}).status_code == 422
    assert dana.post(address, {"reason": "cleaning"}).status_code == 302
    listed = reverse("enrollment:lock-list", args=[trial.slug])
    assert "cleaning" in text_of(dana.get(listed))
    lock = Lock.objects.get()
    away = reverse("enrollment:lock-lift", args=[lock.pk])
    assert dana.post(away, {"reason": ""}).status_code == 422
    assert dana.post(away, {"reason": "done"}).status_code == 302
    assert "done" in text_of(dana.get(listed))


def test_monitor_freezes_but_does_not_lock_or_unlock(signed_in, trial, patient, locked):
    monitor = signed_in(make_member(trial, "monitor", site="01"))
    address = reverse("enrollment:patient-lock", args=[patient.pk])
    assert monitor.get(address, {"kind": "freeze"}).status_code == 200
    assert monitor.get(address, {"kind": "lock"}).status_code == 403
    assert monitor.get(reverse("enrollment:lock-lift", args=[locked.pk])).status_code == 403


def test_whole_trial_is_frozen_by_somebody_of_all_sites(dana, trial, record):
    address = reverse("enrollment:trial-lock", args=[trial.slug])
    assert dana.post(f"{address}?kind=freeze", {"reason": "lock day"}).status_code == 302
    refused(lambda: VitalSigns.objects.update(ecog="4"))


def test_site_is_frozen_by_its_own_monitor_alone(signed_in, trial, record):
    address = reverse("enrollment:trial-lock", args=[trial.slug]) + "?kind=freeze&site=01"
    other = signed_in(make_member(trial, "monitor", site="02"))
    assert other.post(address, {"reason": "x"}).status_code == 404
    own = signed_in(make_member(trial, "monitor", site="01"))
    assert own.post(address, {"reason": "x"}).status_code == 302


@pytest.mark.parametrize("query", ["?kind=nonsense", "?record=nonsense", "?record=lesions:1"])
def test_nonsense_in_the_address_is_404(dana, patient, query):
    address = reverse("enrollment:patient-lock", args=[patient.pk])
    assert dana.get(address + query).status_code == 404


def test_write_that_no_view_foresaw_is_a_page_with_the_sentence(
    carla, visit, record, freeze, monkeypatch
):
    """As if an action forgot to ask: the database refuses, and the person reads why."""
    monkeypatch.setattr("enrollment.actions.visits.check_open_to_writes", lambda **scope: None)
    freeze("patient")
    address = reverse("enrollment:visit-open", args=[visit.pk])
    response = carla.post(address, {"actual_date": "2026-01-09", "reason": "typo"})
    assert response.status_code == 422
    assert "This is locked or frozen." in text_of(response)


def test_every_clinical_table_is_guarded(db):
    tables = {item.table for item in guarded()}
    assert {"enrollment_patient", "enrollment_visit", "enrollment_consent"} <= tables
    assert {"outcomes_lesionmeasurement", "dosing_dailydose", "outcomes_death"} <= tables
    assert missing_triggers(connection) == []


def test_table_without_its_guard_is_missed(client, db):
    sqlite = connection.vendor == "sqlite"
    raw(
        "DROP TRIGGER lock_guard_enrollment_visit_update"
        if sqlite
        else "DROP TRIGGER lock_guard ON enrollment_visit"
    )
    assert missing_triggers(connection) == ["enrollment_visit"]
    response = client.get("/readyz")
    assert (response.status_code, response.json()["locks"]) == (503, "not guarded")
