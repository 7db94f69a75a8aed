"""What is typed and not saved: kept as typed, for the person alone, never as the record."""

from datetime import timedelta

import pytest
from django.urls import reverse

from core.models import AuditEntry
from enrollment.actions.typed import MOST_LETTERS
from enrollment.models import PriorTherapy, TypedForm, VitalSigns
from tests.factories import make_member
from tests.integration.enrollment.conftest import NOW
from tests.integration.enrollment.page import inputs_of, text_of


@pytest.fixture
def address(visit):
    return reverse("enrollment:visit-form", args=[visit.pk, "vital-signs"])


@pytest.fixture
def type_in(carla, address):
    """Sends what the page's script sends while somebody types."""

    def act(*, by=carla, address=address, **values):
        return by.post(address, inputs_of(by.get(address)) | values | {"save": "check"})

    return act


def test_text_stays_as_typed_when_the_page_opens_again_and_is_no_record(type_in, carla, address):
    before = AuditEntry.objects.count()
    answer = type_in(weight_kg="7l.5", ecog="1", temperature_c="３６．６").json()
    assert answer["kept"]
    assert answer["fields"] == {
        "id_weight_kg": {"hard": "Enter a number, such as 12.5."},
        "id_temperature_c": {"value": "36.6"},
    }
    page = carla.get(address)
    shown = inputs_of(page)
    assert (shown["weight_kg"], shown["ecog"], shown["temperature_c"]) == ("7l.5", "1", "３６．６")
    assert "What you typed until 2026-07-01 12:00 is here again" in text_of(page)
    assert not VitalSigns.objects.exists()
    assert AuditEntry.objects.count() == before


def test_nobody_else_sees_it(type_in, trial, signed_in, address):
    type_in(weight_kg="71")
    iris = signed_in(make_member(trial, "investigator", username="iris"))
    assert inputs_of(iris.get(address))["weight_kg"] == ""


@pytest.mark.parametrize("how", ["draft", "forget"])
def test_saving_or_throwing_away_ends_it(type_in, carla, address, how):
    type_in(weight_kg="71")
    carla.post(address, inputs_of(carla.get(address)) | {"save": how})
    assert not TypedForm.objects.exists()
    assert VitalSigns.objects.exists() is (how == "draft")


def test_request_that_comes_after_the_save_leaves_nothing(carla, patient):
    address = f"/patients/{patient.pk}/logs/prior-therapies/new/"
    typed = inputs_of(carla.get(address)) | {"drugs": "sorafenib"}
    carla.post(address, typed | {"save": "draft"})
    assert carla.post(address, typed | {"save": "check"}).json() == {"kept": False, "fields": {}}
    assert not TypedForm.objects.exists()
    assert PriorTherapy.objects.count() == 1


def test_form_saved_by_somebody_else_meanwhile_opens_with_both_values(
    type_in, carla, trial, signed_in, address
):
    type_in(weight_kg="60", touched="weight_kg")
    iris = signed_in(make_member(trial, "investigator", username="iris"))
    theirs = {"weight_kg": "80", "ecog": "2", "save": "draft"}
    iris.post(address, inputs_of(iris.get(address)) | theirs)
    page = carla.get(address)
    assert "yours 60.0 kg saved meanwhile 80.0 kg" in text_of(page)
    shown = inputs_of(page)
    assert shown["keep-ecog"] == "theirs"  # she never came to this field
    assert "keep-weight_kg" not in shown
    carla.post(address, shown | {"keep-weight_kg": "mine", "save": "draft"})
    record = VitalSigns.objects.get()
    assert (str(record.weight_kg), record.ecog) == ("60.0", "2")


def test_more_text_than_a_form_holds_is_refused_with_a_sentence(type_in):
    answer = type_in(weight_kg="x" * (MOST_LETTERS + 1))
    assert answer.status_code == 422
    assert answer.json() == {"refused": "This is more text than a form can hold."}
    assert not TypedForm.objects.exists()


def test_name_that_no_database_takes_is_left_out(type_in):
    assert type_in(weight_kg="7\0", **{"a\0b": "1"}).status_code == 200
    values = TypedForm.objects.get().values
    assert values["weight_kg"] == ["7"]
    assert not any("\0" in name for name in values)


@pytest.mark.parametrize(("days", "is_left"), [(30, True), (31, False)])
def test_what_is_older_than_a_month_goes_with_the_next_one(type_in, patient, days, is_left):
    type_in(weight_kg="71")
    gone = make_member(patient.trial, "coordinator", username="gone")
    TypedForm.objects.update(typed_at=NOW - timedelta(days=days), person=gone)
    type_in(address=f"/patients/{patient.pk}/forms/death/", died_on="t")
    assert TypedForm.objects.count() == 1 + is_left
