"""Randomizing at the screen, and the lists in the hands of the pharmacist."""

import hashlib
import re

import pytest

from enrollment.actions import randomize_patient
from enrollment.models import Allocation, RandomizationList, Unblinding, VitalSigns
from enrollment.queries.randomization import active_list, allocation_of
from tests.factories import (
    ENROLLED_ON,
    SEED,
    make_enrolled_patient,
    make_member,
    make_randomized_trial,
    make_ready_patient,
)
from tests.integration.enrollment.page import inputs_of, messages_of, text_of

UPLOAD = b"stratum,sequence,arm\n0,1,sham\n0,2,capsules\n1-2,1,capsules\n1-2,2,sham\n"


@pytest.fixture
def trial(db):
    return make_randomized_trial()


@pytest.fixture
def ready(trial, coordinator):
    return make_ready_patient(trial, ecog="1", by=coordinator)


@pytest.fixture
def fara(signed_in, trial):
    return signed_in(make_member(trial, "unblinded-pharmacist", username="fara"))


def page_of(patient):
    return f"/patients/{patient.pk}/randomize/"


def test_coordinator_sees_the_strata_and_gets_a_number(carla, ready):
    page = carla.get(page_of(ready))
    assert "ECOG performance status 1 or 2" in text_of(page)

    answer = carla.post(page_of(ready), inputs_of(page), follow=True)

    assert "The randomization number is R-0001" in text_of(answer)
    assert "sham" not in text_of(answer).lower()
    assert "other capsules" not in text_of(answer).lower()
    assert allocation_of(ready).stratum == "1-2"


def test_second_press_of_the_button_gives_the_same_number(carla, ready):
    values = inputs_of(carla.get(page_of(ready)))
    carla.post(page_of(ready), values)

    answer = carla.post(page_of(ready), values, follow=True)

    assert "R-0001" in text_of(answer)
    assert Allocation.objects.filter(patient__isnull=False).count() == 1


def test_answer_that_changed_meanwhile_is_shown_again(carla, ready):
    values = inputs_of(carla.get(page_of(ready)))
    VitalSigns.objects.filter(patient=ready).update(ecog="0")

    answer = carla.post(page_of(ready), values)

    assert answer.status_code == 422
    assert "changed meanwhile" in text_of(answer)
    assert "ECOG performance status 0" in text_of(answer)
    assert allocation_of(ready) is None


def test_what_is_missing_is_listed(carla, trial, coordinator):
    patient = make_enrolled_patient(trial, by=coordinator)
    assert "no answer in a complete form yet" in text_of(carla.get(page_of(patient)))

    answer = carla.post(page_of(patient), {"confirmed": ""})

    assert answer.status_code == 422
    assert "“ECOG performance status” has no answer" in text_of(answer)


def test_patient_page_leads_to_randomization(carla, ready):
    assert page_of(ready) in carla.get(f"/patients/{ready.pk}/").content.decode()

    carla.post(page_of(ready), {"confirmed": "1-2"})

    page = carla.get(f"/patients/{ready.pk}/")
    assert "Randomization number R-0001" in text_of(page)
    assert page_of(ready) not in page.content.decode()


def test_trial_page_counts_strata_without_arms(carla, trial, ready, coordinator):
    randomize_patient(ready, by=coordinator, on=ENROLLED_ON)

    page = text_of(carla.get("/trials/small/randomization/"))

    assert re.search(r"ECOG performance status: 1 or 2 1 \d+ \d+", page)
    assert "1 randomized of 10 planned" in page
    assert "Upload" not in page
    assert "sham" not in page.lower()


def test_trial_page_names_who_was_randomized_in_another_stratum(carla, ready, coordinator):
    randomize_patient(ready, by=coordinator, on=ENROLLED_ON)
    VitalSigns.objects.filter(patient=ready).update(ecog="0")

    page = text_of(carla.get("/trials/small/randomization/"))

    assert f"{ready.number} R-0001 ECOG performance status: 1 or 2" in page


def test_pharmacist_makes_reads_and_activates(db, signed_in):
    trial = make_randomized_trial(per_stratum=0)
    fara = signed_in(make_member(trial, "unblinded-pharmacist"))

    fara.post("/trials/small/randomization/make/", {"per_stratum": "8"})
    made = RandomizationList.objects.get()
    read = text_of(fara.post(f"/randomization/{made.pk}/"))
    fara.post(f"/randomization/{made.pk}/activate/")

    assert made.seed in read
    assert made.sha256 in read
    assert "Other capsules" in read
    assert active_list(trial) == made
    assert Unblinding.objects.get().kind == "list"


def test_pharmacist_uploads(db, signed_in, tmp_path):
    trial = make_randomized_trial(per_stratum=0)
    fara = signed_in(make_member(trial, "unblinded-pharmacist"))
    file = tmp_path / "list.csv"
    file.write_bytes(UPLOAD)

    with file.open("rb") as opened:
        answer = fara.post("/trials/small/randomization/upload/", {"file": opened}, follow=True)

    assert "List 1 is stored" in text_of(answer)
    assert Allocation.objects.count() == 4


def test_bad_upload_is_refused_with_line_and_reason(db, signed_in, tmp_path):
    trial = make_randomized_trial(per_stratum=0)
    fara = signed_in(make_member(trial, "unblinded-pharmacist"))
    file = tmp_path / "list.csv"
    file.write_bytes(UPLOAD.replace(b"0,2,", b"0,3,"))

    with file.open("rb") as opened:
        answer = fara.post("/trials/small/randomization/upload/", {"file": opened})

    assert answer.status_code == 422
    assert "Line 3" in messages_of(answer)["file"]
    assert not RandomizationList.objects.exists()


def test_downloaded_list_has_the_sha256_of_the_page(fara, trial):
    made = active_list(trial)

    answer = fara.post(f"/randomization/{made.pk}/csv/")

    assert hashlib.sha256(answer.content).hexdigest() == made.sha256
    assert answer.content.startswith(b"stratum,sequence,arm\n0,1,")


def test_active_list_with_patients_can_only_be_extended(fara, trial, ready, coordinator):
    randomize_patient(ready, by=coordinator, on=ENROLLED_ON)

    refused = fara.post("/trials/small/randomization/make/", {"per_stratum": "8"})
    made = active_list(trial)
    before = Allocation.objects.count()
    fara.post(f"/randomization/{made.pk}/extend/", {"per_stratum": "60"})

    assert refused.status_code == 422
    assert "only be extended" in text_of(refused)
    assert Allocation.objects.count() > before


def test_seed_is_on_no_page_of_others(carla, trial):
    assert SEED not in carla.get("/trials/small/randomization/").content.decode()
    assert (
        active_list(trial).sha256[:16]
        not in carla.get("/trials/small/randomization/").content.decode()
    )
