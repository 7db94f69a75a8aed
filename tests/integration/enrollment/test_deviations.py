"""Protocol deviations: proposed by the schedule, recorded by a person, listed for the trial."""

import csv
from datetime import date, timedelta
from io import StringIO

import pytest
from django.db import IntegrityError, transaction

from core.models import AuditEntry
from enrollment.actions import mark_visit_missed, record_visit_date
from enrollment.actions.deviations import record_visit_deviation
from enrollment.models import ProtocolDeviation, Visit
from enrollment.queries.deviations import deviating_visits
from tests.factories import (
    LATER,
    make_enrolled_patient,
    make_member,
    make_trial,
    open_visit,
    save_form,
)
from tests.integration.enrollment.page import inputs_of, messages_of, summary_of, text_of

DAY = timedelta(days=1)


@pytest.fixture
def trial(db):
    return make_trial()


@pytest.fixture
def cora(trial):
    return make_member(trial, "coordinator")


@pytest.fixture
def patient(trial, cora):
    return make_enrolled_patient(trial, by=cora)


@pytest.fixture
def visit(patient):
    return Visit.objects.get(patient=patient, key="C1D1")


@pytest.fixture
def page(client, cora):
    client.force_login(cora)
    return client


@pytest.fixture
def late(visit, cora):
    on = visit.window_closes + DAY
    return record_visit_date(visit, by=cora, on=on, today=LATER, reason="Public holiday")[0]


def proposed():
    return [(visit.key, visit.category) for visit in deviating_visits(Visit.objects.all())]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        pytest.param(0, [], id="last day of the window"),
        pytest.param(1, [("C1D1", "visit-window")], id="a day after it"),
    ],
)
def test_visit_is_proposed_from_the_first_day_outside(visit, cora, days, expected):
    on = visit.window_closes + days * DAY
    record_visit_date(visit, by=cora, on=on, today=LATER, reason="x" * days)

    assert proposed() == expected


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        pytest.param(0, [], id="first day of the window"),
        pytest.param(1, ["visit-window"], id="a day before it"),
    ],
)
def test_early_visit_is_proposed(visit, days, expected):
    Visit.objects.filter(pk=visit.pk).update(
        outcome="took-place", actual_date=visit.window_opens - days * DAY
    )

    assert [category for _key, category in proposed()] == expected


def test_missed_visit_is_proposed(visit, cora):
    mark_visit_missed(visit, by=cora, reason="Did not come")

    assert proposed() == [("C1D1", "missed-visit")]


def test_one_press_fills_the_form_and_ends_the_proposal(page, patient, late):
    address = page.post(f"/visits/{late.pk}/deviation/")["Location"]

    values = inputs_of(page.get(address))
    assert (values["category"], values["visit_key"]) == ("visit-window", "C1D1")
    assert values["happened_on"] == late.actual_date.isoformat()
    assert values["cause"] == "Public holiday"
    assert late.window_closes.isoformat() in values["description"]
    assert proposed() == []
    answer = page.post(
        address,
        values
        | {"importance": "minor", "action": "None", "needs_ethics_report": "N", "save": "exit"},
    )
    assert answer.status_code == 302, summary_of(answer)
    assert ProtocolDeviation.objects.get().state == "complete"


def test_two_presses_make_one(page, late):
    first, again = (page.post(f"/visits/{late.pk}/deviation/") for _press in range(2))

    assert first["Location"] == again["Location"]
    assert ProtocolDeviation.objects.count() == 1


def test_visit_as_planned_makes_none(page, patient, cora):
    visit = open_visit(patient, key="C1D1", by=cora)

    answer = page.post(f"/visits/{visit.pk}/deviation/", follow=True)
    assert "took place inside its window" in text_of(answer)
    assert not ProtocolDeviation.objects.exists()


def test_same_deviation_of_a_visit_is_refused_on_the_page(page, patient, late, cora):
    record_visit_deviation(late, by=cora)
    new = f"/patients/{patient.pk}/logs/deviations/new/"
    sent = inputs_of(page.get(new)) | {"category": "visit-window", "visit_key": "C1D1"}

    answer = page.post(new, sent | {"save": "draft"})
    assert answer.status_code == 422
    assert messages_of(answer)["category"] == "This deviation of this visit is recorded already."


def test_same_deviation_of_a_visit_is_refused_by_the_database(late, cora):
    stored = record_visit_deviation(late, by=cora)
    stored.pk, stored.row_number, stored.submission = (
        None,
        9,
        "5b3d9d0e-0b7a-4b5a-9c6c-000000000001",
    )

    with pytest.raises(IntegrityError), transaction.atomic():
        stored.save()


def test_other_deviation_at_the_same_visit_is_allowed(patient, late, cora):
    record_visit_deviation(late, by=cora)
    for _twice in range(2):
        save_form("deviations", patient, by=cora, category="procedure", visit_key="C1D1")

    assert ProtocolDeviation.objects.count() == 3


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        pytest.param({"category": "missed-visit"}, "visit_key", id="a visit is missing"),
        pytest.param({"visit_key": "C99D1"}, "visit_key", id="no visit of the patient"),
        pytest.param(
            {"ethics_reported_on": date(2026, 1, 31)}, "ethics_reported_on", id="before it happened"
        ),
    ],
)
def test_deviation_that_contradicts_itself(patient, changes, field):
    values = {"category": "procedure", "happened_on": date(2026, 2, 1)}
    assert ProtocolDeviation(patient=patient, **values).problems() == {}

    assert field in ProtocolDeviation(patient=patient, **values | changes).problems()


def test_list_shows_filters_and_proposals(page, trial, patient, late, cora):
    save_form(
        "deviations",
        patient,
        by=cora,
        category="consent",
        importance="major",
        happened_on=date(2026, 2, 1),
        needs_ethics_report="Y",
        description="Signed late.",
    )
    save_form("deviations", patient, by=cora, complete=False, category="product")
    address = f"/trials/{trial.slug}/deviations/"

    def shown(**asked):
        return [item.category for item, _visit in page.get(address, asked).context["lines"]]

    assert sorted(shown()) == ["consent", "product"]
    assert shown(importance="major") == ["consent"]
    assert shown(category="product") == ["product"]
    assert shown(show="ethics") == ["consent"]
    assert shown(show="draft") == ["product"]
    assert shown(site="02") == []
    assert sorted(shown(category="' OR 1")) == ["consent", "product"]
    text = text_of(page.get(address))
    assert "1 visit deviates and is not recorded" in text
    assert "to be reported" in text


def test_list_of_another_site_shows_nothing_of_this_one(client, trial, late, cora):
    record_visit_deviation(late, by=cora)
    client.force_login(make_member(trial, "coordinator", site="02"))

    answer = client.get(f"/trials/{trial.slug}/deviations/")
    assert answer.context["lines"] == []
    assert answer.context["proposed"] == []


def test_csv_leaves_an_event_and_keeps_formulas_from_running(page, trial, patient, cora):
    save_form("deviations", patient, by=cora, category="other", description="=1+1")
    response = page.get(f"/trials/{trial.slug}/deviations.csv")

    [line] = csv.DictReader(StringIO(response.content.decode()))
    assert (line["category"], line["description"]) == ("other", "'=1+1")
    assert AuditEntry.objects.filter(event="export").count() == 1


def test_list_takes_as_many_queries_for_many_rows(
    page, trial, patient, late, cora, django_assert_max_num_queries
):
    record_visit_deviation(late, by=cora)
    for _row in range(8):
        save_form("deviations", patient, by=cora, category="other", visit_key="C1D1")

    with django_assert_max_num_queries(16):
        page.get(f"/trials/{trial.slug}/deviations/")


def test_visit_page_offers_it(page, late):
    assert "Record the deviation" in text_of(page.get(f"/visits/{late.pk}/"))
