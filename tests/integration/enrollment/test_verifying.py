"""Source data verification: ticks, the plan, what falls back, progress."""

import pytest
from django.urls import reverse

from core.models import AuditEntry, Site
from dosing.models import DailyDose
from enrollment.queries.verification import verification_board
from oversight.actions.queries import raise_query
from oversight.calc.place import Place
from oversight.models import FieldVerification, Signature
from tests.factories import (
    SMALL_TRIAL,
    load_open,
    make_enrolled_patient,
    make_member,
    open_visit,
    save_form,
)
from tests.integration.enrollment.page import inputs_of, text_of
from tests.integration.enrollment.test_locking import VALUES


@pytest.fixture
def monitor(trial):
    return make_member(trial, "monitor", site="01", username="monty")


@pytest.fixture
def monty(signed_in, monitor):
    return signed_in(monitor)


@pytest.fixture
def record(visit, coordinator):
    return save_form("vital-signs", visit, by=coordinator, **VALUES)


@pytest.fixture
def scan(patient, coordinator):
    """A form that the plan of the small trial asks for."""
    visit = open_visit(patient, key="scan", by=coordinator)
    return save_form("tumor-assessment", visit, by=coordinator, method="CT", is_baseline="Y")


def page_of(record, form="vital-signs"):
    return reverse("enrollment:record-verify", args=[record.patient_id, form, record.pk])


def keys(response):
    return [line.value.key for line in response.context["lines"]]


@pytest.fixture
def verify(monty):
    def act(record, *, form="vital-signs", but=()):
        address = page_of(record, form)
        page = monty.get(address)
        fields = [key for key in keys(page) if key not in but]
        data = {"field": fields, "revision": page.context["record"].revision}
        response = monty.post(address, data)
        record.refresh_from_db()
        return response

    return act


def ticked(record, form="vital-signs"):
    ticks = FieldVerification.objects.filter(form=form, record_id=record.pk)
    return {(tick.row_number, tick.field) for tick in ticks}


def test_page_shows_every_answer_ticked(monty, record):
    response = monty.get(page_of(record))
    assert "weight_kg" in keys(response)
    assert response.content.decode().count(" checked") == len(keys(response))
    assert "71.5 kg" in text_of(response)


def test_all_answers_in_one_action_verify_the_form(verify, record, monitor):
    assert verify(record).status_code == 302
    assert record.state == "verified"
    assert (None, "weight_kg") in ticked(record)
    tick = FieldVerification.objects.first()
    assert (tick.verified_by, tick.patient_id) == (monitor, record.patient_id)
    entry = AuditEntry.objects.of_row(record).last()
    assert (entry.changes, entry.reason) == (
        {"state": ["complete", "verified"]},
        "source data verification",
    )


def test_exception_leaves_the_form_unverified_but_the_other_ticks(verify, record):
    verify(record, but=["weight_kg"])
    assert record.state == "complete"
    assert (None, "weight_kg") not in ticked(record)
    assert (None, "ecog") in ticked(record)


def test_exception_stays_unticked_and_leads_to_a_query_about_it(verify, monty, record, monitor):
    assert "ask a query" not in text_of(monty.get(page_of(record)))
    response = verify(record, but=["weight_kg"])
    assert response["Location"] == page_of(record)
    page = monty.get(page_of(record))
    [line] = [line for line in page.context["lines"] if not line.is_ticked]
    assert line.value.key == "weight_kg"
    assert text_of(page).count("ask a query : Weight") == 1
    assert "Weight" in text_of(monty.get(line.flag.url))
    place = Place(
        record.patient.site_id,
        record.patient_id,
        record.visit_id,
        "vital-signs",
        record.pk,
        field="weight_kg",
    )
    raise_query(place, by=monitor, question="71.5 or 75.1?")
    text = text_of(monty.get(page_of(record)))
    assert "open query : Weight" in text
    assert "ask a query :" not in text


def test_tick_taken_back_drops_the_form(verify, record):
    verify(record)
    verify(record, but=["weight_kg"])
    assert record.state == "complete"
    verify(record)
    assert record.state == "verified"


def test_rows_are_verified_field_by_field(verify, visit, coordinator):
    rows = [DailyDose(day=1), DailyDose(day=2)]
    course = save_form("capsule-course", visit, by=coordinator, rows=rows)
    verify(course, form="capsule-course")
    assert course.state == "verified"
    assert {row for row, _field in ticked(course, "capsule-course")} == {None, 1, 2}


def test_correction_drops_the_form_and_the_tick_of_what_changed_only(verify, carla, visit, record):
    verify(record)
    before = ticked(record)
    address = reverse("enrollment:visit-form", args=[visit.pk, "vital-signs"])
    change = {"weight_kg": "60", "reason_code": "source", "save": "exit"}
    assert carla.post(address, inputs_of(carla.get(address)) | change).status_code == 302
    record.refresh_from_db()
    assert record.state == "complete"
    assert before - ticked(record) == {(None, "weight_kg")}


def test_missing_code_in_place_of_a_value_drops_its_tick(verify, carla, visit, record):
    verify(record)
    address = reverse("enrollment:visit-form", args=[visit.pk, "vital-signs"])
    change = {"weight_kg": "", "weight_kg__missing": "ND", "reason_code": "source", "save": "exit"}
    assert carla.post(address, inputs_of(carla.get(address)) | change).status_code == 302
    assert (None, "weight_kg") not in ticked(record)


def test_draft_is_not_verified(verify, visit, coordinator):
    draft = save_form("vital-signs", visit, by=coordinator, complete=False, ecog="1")
    response = verify(draft)
    assert response.status_code == 422
    assert "This form is not complete." in text_of(response)


def test_form_that_changed_meanwhile_is_not_verified(monty, record):
    data = {"field": ["ecog"], "revision": "0"}
    response = monty.post(page_of(record), data)
    assert response.status_code == 422
    assert "changed since you opened the page" in text_of(response)
    assert ticked(record) == set()


def test_form_of_the_plan_is_not_signed_before_it_is_verified(
    signed_in, trial, scan, verify, patient
):
    iris = make_member(trial, "investigator")
    iris.set_password("a long one that nobody guesses")
    iris.save()
    client = signed_in(iris)
    address = reverse("enrollment:patient-sign", args=[patient.pk])
    assert "The monitor has to verify this form first." in text_of(client.get(address))
    verify(scan, form="tumor-assessment")
    page = client.get(address)
    data = {
        "record": [line.sent for line in page.context["ready"]],
        "meaning": "approved",
        "password": "a long one that nobody guesses",
    }
    assert client.post(address, data).status_code == 302
    assert Signature.objects.get().form == "tumor-assessment"


def test_board_counts_what_the_plan_asks_for(monty, trial, patient, record, scan, verify):
    [site, _other] = trial.sites.order_by("code")
    board = verification_board(trial, [site])
    # The scan and the consent; vital signs are outside the plan.
    [line] = board.sites
    assert (line.required, line.verified, line.percent) == (2, 0, 0)
    assert [item.line.form for item in board.waiting] == ["tumor-assessment"]
    verify(scan, form="tumor-assessment")
    verify(record)
    consent = patient.consents.get()
    address = reverse("enrollment:consent-verify", args=[patient.pk, consent.pk])
    for _press in range(2):
        assert monty.post(address).status_code == 302
    [line] = verification_board(trial, [site]).sites
    assert (line.required, line.verified, line.percent, line.beyond) == (2, 2, 100, 1)
    page = text_of(monty.get(reverse("enrollment:verification-board", args=[trial.slug])))
    assert "Nothing waits for verification" in page


def test_board_takes_as_many_queries_for_many_patients(
    trial, coordinator, scan, django_assert_max_num_queries
):
    sites = list(Site.objects.filter(trial=trial))
    for _patient in range(3):
        other = make_enrolled_patient(trial, by=coordinator)
        visit = open_visit(other, key="scan", by=coordinator)
        save_form("tumor-assessment", visit, by=coordinator, method="CT", is_baseline="Y")
    with django_assert_max_num_queries(6):
        board = verification_board(trial, sites)
    assert len(board.waiting) == 4


class TestScreening:
    @pytest.fixture
    def trial(self, db):
        """Its plan asks for the screening, too."""
        plan = "consent = true\nscreening = true"
        source = SMALL_TRIAL.read_text("utf-8").replace("consent = true", plan)
        return load_open(source).trial

    def test_is_ticked_answer_by_answer(self, monty, trial, patient):
        [site, _other] = trial.sites.order_by("code")
        assert verification_board(trial, [site]).screenings == [patient]
        board = reverse("enrollment:verification-board", args=[trial.slug])
        address = reverse("enrollment:screening-verify", args=[patient.pk])
        assert address in monty.get(board).content.decode()
        page = monty.get(address)
        assert f"{patient.screened_on:%Y-%m-%d}" in text_of(page)
        every = keys(page)
        assert {"screened_on", "born_on", "sex"} < set(every)
        assert all(line.is_ticked for line in page.context["lines"])
        assert monty.post(address, {"field": every[1:]})["Location"] == address
        [line] = [line for line in monty.get(address).context["lines"] if not line.is_ticked]
        assert line.value.key == every[0]
        assert verification_board(trial, [site]).screenings == [patient]
        assert monty.post(address, {"field": [*every, "nonsense"]})["Location"] == board
        [line] = verification_board(trial, [site]).sites
        assert (line.required, line.verified) == (2, 1)  # the consent waits
        assert FieldVerification.objects.filter(form="screening").count() == len(every)

    def test_needs_the_right_at_the_site(self, monty, carla, trial, coordinator, patient):
        other = make_enrolled_patient(trial, site="02", by=coordinator)
        assert monty.get(reverse("enrollment:screening-verify", args=[other.pk])).status_code == 404
        own = reverse("enrollment:screening-verify", args=[patient.pk])
        assert carla.get(own).status_code == 403


def test_plan_that_does_not_ask_for_the_screening_lists_none(trial, patient):
    assert verification_board(trial, trial.sites.all()).screenings == []


def test_board_of_a_monitor_of_one_site_shows_that_site_alone(monty, trial, coordinator):
    make_enrolled_patient(trial, site="02", by=coordinator)
    page = monty.get(reverse("enrollment:verification-board", args=[trial.slug]))
    assert [line.site.code for line in page.context["board"].sites] == ["01"]


def test_data_manager_sees_the_board_and_ticks_nothing(signed_in, trial, record):
    dana = signed_in(make_member(trial, "data-manager"))
    assert dana.get(reverse("enrollment:verification-board", args=[trial.slug])).status_code == 200
    assert dana.get(page_of(record)).status_code == 403
