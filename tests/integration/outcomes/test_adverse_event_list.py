"""The list of a patient's adverse events, in the reader's language."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import make_enrolled_patient, make_member, make_trial, save_form


@pytest.fixture
def page(db):
    """The list's text in a language, with one event of unknown relation and onset."""
    trial = make_trial()
    coordinator = make_member(trial, "coordinator")
    patient = make_enrolled_patient(trial, by=coordinator)
    save_form(
        "adverse-events",
        patient,
        by=coordinator,
        complete=False,
        term="Nausea",
        grade=2,
        missing={"started_on": "UNK"},
    )
    client = Client()
    client.force_login(coordinator)

    def read(language):
        address = reverse("enrollment:log-list", args=[patient.pk, "adverse-events"])
        return client.get(address, headers={"accept-language": language}).content.decode()

    return read


@pytest.mark.parametrize(("language", "name"), [("en", "Nausea"), ("zh-hans", "恶心")])
def test_event_is_named_in_the_reader_s_language(page, language, name):
    assert f"<td>{name}</td>" in page(language)


def test_missing_value_is_shown_by_its_meaning_not_its_code(page):
    text = page("en")
    assert "<td>unknown</td>" in text
    assert "<td>UNK</td>" not in text
