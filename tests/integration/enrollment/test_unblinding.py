"""Who comes to know an arm, and what the register says of it."""

import csv
import io
import json

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.utils import timezone

from core.models import AuditEntry, Notice, NoticeKind, NoticeRecipient
from core.refusals import Refused
from enrollment.actions import randomize_patient
from enrollment.actions.unblinding import unblind_trial
from enrollment.models import Allocation, Unblinding
from enrollment.queries.arms import Account, Purpose, arms_of, is_unblinded, slot_arm_subquery
from oversight.models import Lock, lock_key
from tests.factories import (
    ENROLLED_ON,
    make_enrolled_patient,
    make_member,
    make_randomized_trial,
    make_ready_patient,
    make_trial,
)
from tests.integration.enrollment.page import messages_of, text_of

PASSWORD = "five-quiet-otters"
FORM = {
    "reason_code": "safety",
    "reason": "Sepsis after the capsules?",
    "informed": "Dr. Chen, intensive care",
    "impact": "The patient stops the capsules.",
    "password": PASSWORD,
}
ARM_NAMES = {"capsules": "Capsules", "sham": "Other capsules"}


@pytest.fixture
def trial(db):
    return make_randomized_trial()


@pytest.fixture
def patient(trial, coordinator):
    ready = make_ready_patient(trial, by=coordinator)
    randomize_patient(ready, by=coordinator, on=ENROLLED_ON)
    return ready


@pytest.fixture
def investigator(trial):
    user = make_member(trial, "investigator", site="01", username="iris")
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture
def iris(signed_in, investigator):
    return signed_in(investigator)


@pytest.fixture
def arm(patient):
    return Allocation.objects.values_list("arm", flat=True).get(patient=patient)


def address(patient):
    return f"/patients/{patient.pk}/unblind/"


def named_person(trial):
    person = make_member(trial, "data-manager", username="dana")
    NoticeRecipient.objects.create(trial=trial, user=person, kind=NoticeKind.UNBLINDING)
    return person


def test_investigator_sees_the_arm_once(iris, investigator, patient, arm):
    answer = iris.post(address(patient), FORM)

    assert answer.status_code == 200
    assert f"<h2>{ARM_NAMES[arm]}</h2>" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    entry = Unblinding.objects.get()
    assert (entry.kind, entry.by, entry.site) == ("emergency", investigator, patient.site)
    assert list(entry.patients.all()) == [patient]
    assert (entry.reason, entry.informed, entry.impact) == (
        FORM["reason"],
        FORM["informed"],
        FORM["impact"],
    )
    for page in (address(patient), f"/patients/{patient.pk}/"):
        assert "<h2>" + ARM_NAMES[arm] not in iris.get(page).content.decode()


def test_second_look_is_a_second_entry(iris, patient):
    iris.post(address(patient), FORM)
    iris.post(address(patient), FORM)

    assert Unblinding.objects.filter(kind="emergency").count() == 2


def test_wrong_password_shows_nothing(iris, patient, arm):
    answer = iris.post(address(patient), FORM | {"password": "another"})

    assert answer.status_code == 422
    assert messages_of(answer)["password"]
    assert ARM_NAMES[arm] not in text_of(answer).replace("Study capsules", "")
    assert not Unblinding.objects.exists()


@pytest.mark.parametrize("name", ["reason_code", "reason", "informed", "impact", "password"])
def test_each_answer_is_asked_for(iris, patient, name):
    answer = iris.post(address(patient), FORM | {name: " " if name != "reason_code" else ""})

    assert answer.status_code == 422
    assert set(messages_of(answer)) == {name}
    assert not Unblinding.objects.exists()


def test_named_people_are_told_without_the_arm(iris, patient, trial, arm):
    person = named_person(trial)

    iris.post(address(patient), FORM)

    notice = Notice.objects.get(user=person)
    assert notice.subject == f"Patient {patient.number} was unblinded"
    assert notice.path == "/trials/small/unblinding/"
    for word in (arm, ARM_NAMES[arm]):
        assert word not in notice.text + notice.subject


def test_trail_has_the_entry_and_no_arm(iris, patient, arm):
    last = AuditEntry.objects.order_by("pk").last().pk
    iris.post(address(patient), FORM)

    written = AuditEntry.objects.filter(pk__gt=last)
    assert written.filter(table_name="enrollment_unblinding", action="insert").exists()
    assert f'"{arm}"' not in json.dumps([entry.changes for entry in written])


def test_patient_who_is_not_randomized_has_no_arm(iris, trial, coordinator):
    other = make_enrolled_patient(trial, by=coordinator)

    answer = iris.post(address(other), FORM)

    assert answer.status_code == 422
    assert "not randomized" in text_of(answer)


def test_open_trial_has_nothing_to_unblind(db, signed_in):
    trial = make_trial()
    patient = make_enrolled_patient(trial)
    user = make_member(trial, "investigator")
    user.set_password(PASSWORD)
    user.save()

    answer = signed_in(user).post(address(patient), FORM)

    assert answer.status_code == 422
    assert "This trial is open" in text_of(answer)


def test_pharmacist_reads_the_arm_into_the_register(signed_in, trial, patient, arm):
    fara = make_member(trial, "unblinded-pharmacist", username="fara")

    answer = signed_in(fara).post(f"/patients/{patient.pk}/arm/")

    assert f"<h2>{ARM_NAMES[arm]}</h2>" in answer.content.decode()
    assert (Unblinding.objects.get().kind, Unblinding.objects.get().by) == ("routine", fara)


@pytest.mark.parametrize(
    "role",
    ["coordinator", "investigator", "statistician", "monitor", "dispenser", "data-manager",
     "administrator"],
)  # fmt: skip
def test_blinded_role_reads_no_arm(signed_in, trial, patient, role):
    user = make_member(trial, role)

    assert signed_in(user).post(f"/patients/{patient.pk}/arm/").status_code == 403
    for purpose in (Purpose.ROUTINE, Purpose.OPEN):
        with pytest.raises(PermissionDenied):
            arms_of([patient], by=user, purpose=purpose)
    assert not Unblinding.objects.exists()


def test_emergency_is_one_patient_and_accounted_for(trial, patient, investigator, coordinator):
    told = Account("safety", "x", "x", "x")
    other = make_ready_patient(trial, by=coordinator)

    for patients, account in (
        ([patient, other], told),
        ([patient], None),
        ([patient], Account("safety", " ", "x", "x")),
    ):
        with pytest.raises(Refused):
            arms_of(patients, by=investigator, purpose=Purpose.EMERGENCY, account=account)
    assert not Unblinding.objects.exists()


def test_patients_of_two_trials_are_not_asked_together(trial, patient):
    other = make_enrolled_patient(make_trial("other"))

    with pytest.raises(ValueError, match="one trial"):
        arms_of([patient, other], by=patient.site, purpose=Purpose.ROUTINE)


def test_nobody_is_nothing(investigator):
    assert arms_of([], by=investigator, purpose=Purpose.ROUTINE) == {}


def test_database_compares_without_reading(patient, arm):
    found = Allocation.objects.filter(arm=slot_arm_subquery(patient.pk), patient=patient)

    assert found.exists()
    assert (
        not Allocation.objects.exclude(arm=arm).filter(arm=slot_arm_subquery(patient.pk)).exists()
    )


def test_register_is_exported_without_arms(iris, signed_in, trial, patient, arm):
    iris.post(address(patient), FORM)
    monty = signed_in(make_member(trial, "monitor"))

    page = text_of(monty.get("/trials/small/unblinding/"))
    rows = list(
        csv.DictReader(io.StringIO(monty.get("/trials/small/unblinding.csv").content.decode()))
    )

    assert FORM["informed"] in page
    assert [(row["patients"], row["kind"], row["impact"]) for row in rows] == [
        (patient.number, "emergency", FORM["impact"])
    ]
    assert AuditEntry.objects.filter(event="export").get().changes == {
        "table": "unblindings",
        "rows": 1,
    }


def test_register_of_one_site_has_its_patients_alone(iris, signed_in, trial, patient):
    iris.post(address(patient), FORM)
    elsewhere = signed_in(make_member(trial, "monitor", site="02"))

    assert "Nobody was unblinded" in text_of(elsewhere.get("/trials/small/unblinding/"))


def test_accident_is_written_down_by_hand(iris, trial, patient):
    person = named_person(trial)
    values = {
        "patient": patient.pk,
        "happened_on": "2026-06-30",
        "reason": "A letter of the pharmacy lay open.",
        "informed": "The nurse on duty",
        "impact": "She enters no more data of this patient.",
    }

    assert iris.post("/trials/small/unblinding/new/", values).status_code == 302

    entry = Unblinding.objects.get()
    assert (entry.kind, str(entry.happened_on)) == ("accidental", "2026-06-30")
    assert Notice.objects.filter(user=person).exists()


def test_register_refuses_every_change(iris, patient):
    iris.post(f"/patients/{patient.pk}/unblind/", FORM)
    entries = Unblinding.objects.all()
    assert entries.count() == 1
    with pytest.raises(DatabaseError), transaction.atomic():
        entries.update(reason="none")
    with pytest.raises(DatabaseError), transaction.atomic():
        entries.delete()


def test_accident_of_tomorrow_is_refused(iris, patient):
    answer = iris.post(
        "/trials/small/unblinding/new/",
        {"patient": patient.pk, "happened_on": "2026-07-02", "reason": "a", "informed": "b",
         "impact": "c"},
    )  # fmt: skip

    assert set(messages_of(answer)) == {"happened_on"}


@pytest.fixture
def dana(signed_in, trial):
    user = make_member(trial, "data-manager", username="dana")
    user.set_password(PASSWORD)
    user.save()
    return signed_in(user)


PLANNED = "/trials/small/unblinding/planned/"
DECIDED = {"reason": "Database lock and plan of analysis signed."}


def lock(trial, kind="lock", **values):
    by = make_member(trial, "data-manager")
    Lock.objects.create(
        kind=kind, scope="trial", key=lock_key("trial", trial.pk), trial=trial, at=timezone.now(),
        by=by, reason="final data", **values,
    )  # fmt: skip


def test_trial_that_is_not_locked_stays_blinded(dana, trial):
    answer = dana.post(PLANNED, DECIDED | {"typed": "small", "password": PASSWORD})

    assert answer.status_code == 422
    assert "Lock the trial first" in text_of(answer)
    assert not is_unblinded(trial)


def test_first_step_asks_once_more(dana, trial):
    lock(trial)

    answer = dana.post(PLANNED, DECIDED)

    assert answer.status_code == 200
    assert "Step 2 of 2" in text_of(answer)
    assert not is_unblinded(trial)


@pytest.mark.parametrize(
    ("changed", "field"), [({"typed": "smal"}, "typed"), ({"password": "no"}, None)]
)
def test_second_step_asks_for_name_and_password(dana, trial, changed, field):
    lock(trial)

    answer = dana.post(PLANNED, DECIDED | {"typed": "small", "password": PASSWORD} | changed)

    assert answer.status_code == 422
    assert not is_unblinded(trial)
    if field:
        assert field in messages_of(answer)


def test_locked_trial_is_unblinded_as_planned(dana, carla, trial, patient, arm):
    lock(trial)

    dana.post(PLANNED, DECIDED | {"typed": "small", "password": PASSWORD})

    entry = Unblinding.objects.get()
    assert (entry.kind, entry.reason) == ("planned", DECIDED["reason"])
    shown = carla.post(f"/patients/{patient.pk}/arm/").content.decode()
    assert f"<h2>{ARM_NAMES[arm]}</h2>" in shown
    assert Unblinding.objects.count() == 1
    again = dana.post(PLANNED, DECIDED | {"typed": "small", "password": PASSWORD})
    assert "unblinded already" in text_of(again)


def exported(client):
    answer = client.get("/api/v1/trials/small/tables/allocations.csv")
    text = b"".join(answer.streaming_content).decode()
    return list(csv.DictReader(io.StringIO(text)))


def test_export_has_the_arm_after_the_unblinding_alone(dana, trial, patient, arm):
    [before] = exported(dana)
    assert (before["patient"], before["number"], before["stratum"]) == (
        patient.number,
        "R-0001",
        "0",
    )
    assert "arm" not in before

    lock(trial)
    unblind_trial(trial, by=make_member(trial, "data-manager"), reason="planned")

    [after] = exported(dana)
    assert after["arm"] == arm


def test_freeze_is_no_lock(trial):
    by = make_member(trial, "data-manager")
    lock(trial, kind="freeze")

    with pytest.raises(Refused, match="Lock the trial first"):
        unblind_trial(trial, by=by, reason="planned")


def test_lifted_lock_is_no_lock(trial):
    by = make_member(trial, "data-manager")
    lock(trial, lifted_at=timezone.now(), lifted_by=by, lift_reason="a late scan")

    with pytest.raises(Refused, match="Lock the trial first"):
        unblind_trial(trial, by=by, reason="planned")
