"""Signing: what is shown, the fresh sign-in, what is stored, and what breaks it."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from core.models import AuditEntry
from enrollment.models import VitalSigns
from enrollment.queries.inbox import inbox
from enrollment.queries.marks import marks_of
from enrollment.queries.review_work import review_work
from enrollment.queries.signatures import signatures_of
from enrollment.registry import get as get_form
from oversight.actions.queries import raise_query, respond
from oversight.calc.place import Place
from oversight.calc.query_cycle import QueryEvent
from oversight.models import Signature, SignatureBreak
from tests.factories import make_enrolled_patient, make_member, save_form
from tests.integration.enrollment.page import inputs_of, messages_of, text_of

PASSWORD = "a long one that nobody guesses"
VALUES = {
    "ecog": "1",
    "weight_kg": "71.5",
    "temperature_c": "36.6",
    "systolic_mmhg": 120,
    "diastolic_mmhg": 80,
    "pulse_per_min": 70,
}


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
def record(visit, coordinator):
    return save_form("vital-signs", visit, by=coordinator, **VALUES)


@pytest.fixture
def address(patient):
    return reverse("enrollment:patient-sign", args=[patient.pk])


@pytest.fixture
def sign(iris, address):
    """Opens the page and signs all that it offers."""

    def act(*, password=PASSWORD, meaning="approved", by=iris, **query):
        page = by.get(address, query)
        data = {"record": shown(page), "meaning": meaning, "password": password}
        return by.post(address, data)

    return act


def shown(page):
    return [line.sent for line in page.context["ready"]]


def form_page(client, visit):
    return client.get(reverse("enrollment:visit-form", args=[visit.pk, "vital-signs"]))


def correct(client, visit, **values):
    address = reverse("enrollment:visit-form", args=[visit.pk, "vital-signs"])
    reason = {"reason_code": "source", "reason_text": "the chart says so", "save": "exit"}
    return client.post(address, inputs_of(client.get(address)) | values | reason)


def test_page_shows_what_is_signed_and_by_whom(iris, address, record):
    page = text_of(iris.get(address))
    assert "Sign 1 form" in page
    assert "Weight 71.5 kg" in page
    assert "User name iris" in page


def test_signature_stores_who_what_when_and_meaning(sign, record, investigator):
    assert sign().status_code == 302
    record.refresh_from_db()
    assert record.state == "signed"
    [signature] = Signature.objects.all()
    assert (signature.signer, signature.printed_name) == (investigator, "Iris")
    assert (signature.role, signature.meaning) == ("investigator", "approved")
    assert (signature.form, signature.record_id, signature.revision) == (
        "vital-signs",
        record.pk,
        1,
    )
    assert signature.content["values"]["weight_kg"] == "71.5"
    assert signature.content["authors"]["completed"]["by"] == record.completed_by_id
    assert signature.content["definition"]["version"] == 1
    entry = AuditEntry.objects.of_row(record).last()
    assert entry.changes == {"state": ["complete", "signed"]}
    assert entry.reason == "signature: approved"


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        pytest.param("wrong", "This is not your password. Nothing was signed.", id="wrong"),
        pytest.param("", "Enter your password to confirm that it is you.", id="none"),
    ],
)
def test_without_the_password_nothing_is_signed(sign, record, password, sentence):
    response = sign(password=password)
    assert response.status_code == 422
    assert messages_of(response)["password"] == sentence
    assert not Signature.objects.exists()
    record.refresh_from_db()
    assert record.state == "complete"


def test_meaning_is_one_of_the_list(sign, record):
    assert sign(meaning="nonsense").status_code == 422
    assert not Signature.objects.exists()


def test_what_changed_since_it_was_shown_is_not_signed(iris, carla, address, visit, record):
    data = {"record": shown(iris.get(address)), "meaning": "approved", "password": PASSWORD}
    correct(carla, visit, weight_kg="60")
    response = iris.post(address, data)
    assert response.status_code == 422
    assert "changed since you opened this page" in text_of(response)
    assert not Signature.objects.exists()


def test_draft_cannot_be_signed(iris, address, visit, coordinator):
    save_form("vital-signs", visit, by=coordinator, complete=False, ecog="1")
    page = text_of(iris.get(address))
    assert "Nothing here can be signed now" in page
    assert "This form is not complete." in page


def test_visit_is_signed_as_a_batch(sign, visit, patient, record, coordinator):
    save_form("survival-status", visit, by=coordinator)
    save_form("lesions", patient, by=coordinator, number=1, kind="target", organ="lung")
    sign(visit=visit.pk)
    assert set(Signature.objects.values_list("form", flat=True)) == {
        "vital-signs",
        "survival-status",
    }
    assert len(set(Signature.objects.values_list("batch", flat=True))) == 1


def test_record_of_another_patient_is_not_signed_from_this_page(
    sign, iris, address, trial, coordinator, record
):
    other = make_enrolled_patient(trial, by=coordinator)
    lesion = save_form("lesions", other, by=coordinator, number=1, kind="target", organ="lung")
    data = {"record": [f"lesions:{lesion.pk}:x"], "meaning": "approved", "password": PASSWORD}
    assert iris.post(address, data).status_code == 422
    assert not Signature.objects.exists()


def test_coordinator_cannot_sign(sign, carla, address, record):
    assert carla.get(address).status_code == 403


def test_form_shows_the_signature_with_name_meaning_time_and_zone(sign, carla, visit, record):
    sign()
    page = text_of(form_page(carla, visit))
    assert "Iris" in page
    assert "reviewed and approved" in page
    assert "CST (+0800)" in page


def test_correction_breaks_the_signature_visibly_with_the_reason(
    sign, iris, carla, visit, record, trial
):
    sign()
    assert correct(carla, visit, weight_kg="60").status_code == 302
    record.refresh_from_db()
    assert record.state == "complete"
    [broken] = SignatureBreak.objects.all()
    assert (broken.reason, str(broken.broken_by)) == ("source: the chart says so", "Carla")
    for page in (
        form_page(carla, visit),
        iris.get(reverse("enrollment:signature-inbox", args=[trial.slug])),
    ):
        text = text_of(page)
        assert "Signature broken" in text
        assert "changed by Carla" in text
        assert "Weight: 71.5 → 60" in text
        assert "Reason: source: the chart says so." in text


def test_broken_form_is_signed_again(sign, carla, visit, record):
    sign()
    correct(carla, visit, weight_kg="60")
    assert sign().status_code == 302
    record.refresh_from_db()
    assert record.state == "signed"
    assert Signature.objects.filter(broken__isnull=True).count() == 1
    assert Signature.objects.count() == 2


def test_change_behind_the_application_shows_on_view(sign, carla, visit, record):
    sign()
    VitalSigns.objects.filter(pk=record.pk).update(ecog="3")
    text = text_of(form_page(carla, visit))
    assert "Signature broken" in text
    assert "1: restricted in strenuous activity → 3: in bed" in text


def test_missing_code_is_part_of_what_is_signed(sign, carla, visit, record):
    sign()
    VitalSigns.objects.filter(pk=record.pk).update(missing={"height_cm": "ND"})
    assert "Signature broken" in text_of(form_page(carla, visit))


@pytest.fixture
def ask(record, visit, trial):
    """Raises a query about the form; what it returns closes it."""
    monitor = make_member(trial, "monitor")
    where = (record.patient.site_id, record.patient_id, visit.pk, "vital-signs", record.pk)

    def act():
        query = raise_query(Place(*where, None, "ecog"), by=monitor, question="Is it 1?")
        return lambda: respond(query, QueryEvent.CLOSE, by=monitor, expected_revision=1)

    return act


def looks_broken(reader, visit):
    """The same answer wherever a signature shows: on the form, in grids, in the inbox, at home."""
    trial, form = visit.patient.trial, "vital-signs"
    answers = {
        "form": signatures_of(get_form(form), VitalSigns.objects.get())[0].is_broken,
        "marks": marks_of([visit.patient]).shown(visit.patient_id, visit.pk, form, "signed")
        == "broken",
        "inbox": [line.item.line.form for line in inbox(reader, trial).broken] == [form],
        "home": sum(work.broken for work in review_work(reader)) == 1,
    }
    assert len(set(answers.values())) == 1, answers
    return answers["form"]


def test_query_raised_after_the_signature_breaks_it_until_it_is_closed(
    sign, iris, carla, visit, record, ask, investigator
):
    sign()
    assert not looks_broken(investigator, visit)
    close = ask()
    text = text_of(form_page(carla, visit))
    assert "Signature broken" in text
    assert "Open queries: 0 → 1" in text
    assert "a query was opened since" in text_of(
        iris.get(reverse("enrollment:signature-inbox", args=["small"]))
    )
    assert looks_broken(investigator, visit)
    close()
    assert not looks_broken(investigator, visit)


def test_query_that_was_open_at_signing_breaks_nothing_when_it_is_closed(
    sign, visit, ask, investigator
):
    close = ask()
    sign()
    assert not looks_broken(investigator, visit)
    close()
    assert not looks_broken(investigator, visit)


def test_correction_looks_broken_everywhere(sign, carla, visit, record, investigator):
    sign()
    correct(carla, visit, weight_kg="70")
    assert looks_broken(investigator, visit)


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda: Signature.objects.update(printed_name="Eve"), id="update"),
        pytest.param(lambda: Signature.objects.update(record_id=99), id="move"),
        pytest.param(lambda: Signature.objects.all()._raw_delete("default"), id="delete"),
        pytest.param(lambda: Signature.objects.get().save(), id="save"),
        pytest.param(
            lambda: connection.cursor().execute("DELETE FROM oversight_signature"), id="raw"
        ),
        pytest.param(lambda: SignatureBreak.objects.update(reason="none"), id="break updated"),
        pytest.param(lambda: SignatureBreak.objects.all().delete(), id="break deleted"),
    ],
)
def test_signatures_cannot_be_moved_or_edited(sign, carla, visit, record, write):
    sign()
    correct(carla, visit, weight_kg="60")
    with pytest.raises(DatabaseError, match="cannot be changed"), transaction.atomic():
        write()
    assert Signature.objects.get().printed_name == "Iris"


def test_inbox_lists_what_awaits_and_signs_a_batch(iris, trial, record, patient):
    inbox = reverse("enrollment:signature-inbox", args=[trial.slug])
    assert "Awaiting your signature 1" in text_of(iris.get(inbox))
    batch = reverse("enrollment:batch-sign", args=[trial.slug])
    page = iris.post(batch, {"record": [f"vital-signs:{record.pk}"]})
    assert page.status_code == 200
    data = {"record": shown(page), "meaning": "author", "password": PASSWORD}
    assert iris.post(batch, data).status_code == 302
    assert Signature.objects.get().meaning == "author"
    assert "Nothing waits for your signature" in text_of(iris.get(inbox))


def test_inbox_of_another_site_is_empty(signed_in, trial, record):
    other = signed_in(make_member(trial, "investigator", site="02"))
    page = other.get(reverse("enrollment:signature-inbox", args=[trial.slug]))
    assert "Nothing waits for your signature" in text_of(page)


def test_batch_without_a_choice_is_sent_back(iris, trial):
    response = iris.post(reverse("enrollment:batch-sign", args=[trial.slug]), {})
    assert response.status_code == 302


@pytest.mark.parametrize("text", ["nonsense", "vital-signs:x", "vital-signs:²"])
def test_nonsense_in_the_address_is_404(iris, address, text):
    assert iris.get(address, {"record": text}).status_code == 404
