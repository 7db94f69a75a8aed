"""Serious adverse events in the browser: the register, the page of one event, its PDF."""

import csv
from datetime import timedelta
from io import BytesIO, StringIO

import pytest
from django.utils import timezone, translation
from pypdf import PdfReader

from core.models import AuditEntry, Notice, NoticeKind, NoticeRecipient
from outcomes.actions.serious import start_follow_up, start_report, submit_report
from outcomes.models import AdverseEvent, SeriousEvent
from tests.factories import (
    complete_report,
    make_enrolled_patient,
    make_member,
    make_serious_event,
    make_trial,
)
from tests.integration.enrollment.page import inputs_of, summary_of, text_of


@pytest.fixture
def trial(db):
    return make_trial(with_drugs=True)


@pytest.fixture
def cora(trial):
    return make_member(trial, "coordinator", username="cora")


@pytest.fixture
def patient(trial, cora):
    return make_enrolled_patient(trial, by=cora)


@pytest.fixture
def event(patient, cora):
    return make_serious_event(patient, by=cora)


@pytest.fixture
def page(client, cora):
    client.force_login(cora)
    return client


def ago(**span):
    return timezone.now() - timedelta(**span)


def make_report(event, cora, *, hours=2, submit=True, **changes):
    report = complete_report(
        start_report(event, by=cora), by=cora, aware_at=ago(hours=hours), **changes
    )
    if submit:
        reason = "Weekend" if hours >= 24 else ""
        report, _notices = submit_report(report, by=cora, at=timezone.now(), late_reason=reason)
    return report


def words(response):
    reader = PdfReader(BytesIO(response.content))
    return "".join("".join(page.extract_text().split()) for page in reader.pages)


def test_from_log_to_submission(page, trial, patient, cora, django_capture_on_commit_callbacks):
    """As a person does it: mark the event, see it on the home page, report, submit."""
    NoticeRecipient.objects.create(trial=trial, user=cora, kind=NoticeKind.SERIOUS_EVENT)
    make_serious_event(patient, by=cora)
    event = AdverseEvent.objects.get()
    where = f"/serious-events/{event.pk}/"
    assert "Start the report" in text_of(page.get("/"))
    assert "Start the report" in text_of(page.get(f"/patients/{patient.pk}/"))
    assert "Counted from" in text_of(page.get(where))

    entry = page.post(f"{where}start/")["Location"]
    values = inputs_of(page.get(entry))
    assert values["diagnosis"] == "Diarrhea"
    learned = ago(hours=3).strftime("%Y-%m-%d %H:%M")  # in UTC
    sent = values | {
        "aware_at": f"{learned} +00:00",
        **dict.fromkeys(SeriousEvent.CRITERIA, "N"),
        "is_life_threatening": "Y",
        "description": "Watery stools.",
        "expectedness": "expected",
        "is_final": "N",
        "row-0-relation": "possible",
        "row-0-action": "interrupted",
        "row-1-relation": "unlikely",
        "row-1-action": "none",
        "save": "exit",
    }
    answer = page.post(entry, sent)
    assert answer.status_code == 302, summary_of(answer)
    assert answer["Location"] == where
    assert "Submit the report" in text_of(page.get(where))

    with django_capture_on_commit_callbacks(execute=True):
        page.post(f"{where}submit/")
    report = SeriousEvent.objects.get()
    assert report.submitted_by == cora
    assert [row.relation for row in report.rows.order_by("row_number")] == ["possible", "unlikely"]
    assert "Write a follow-up" in text_of(page.get(where))
    assert Notice.objects.filter(user=cora).count() == 1
    assert "Serious adverse event" not in text_of(page.get("/"))
    assert "stays as it is" in text_of(page.get(entry))
    assert page.post(entry, sent | {"description": "x", "revision": "2"}).status_code == 422


def test_start_twice_is_one_report(page, event):
    first, again = (page.post(f"/serious-events/{event.pk}/start/") for _press in range(2))

    assert first["Location"] == again["Location"]
    assert SeriousEvent.objects.count() == 1


def test_submit_late_asks_why(page, event, cora):
    make_report(event, cora, hours=25, submit=False)
    where = f"/serious-events/{event.pk}/"

    refused = page.post(f"{where}submit/", {"late_reason": " "})
    assert refused.status_code == 422
    assert summary_of(refused) == [
        "Why is the report late? – The 24 hours are over: say why the report is late."
    ]

    assert page.post(f"{where}submit/", {"late_reason": "Learned at night"}).status_code == 302
    assert SeriousEvent.objects.get().late_reason == "Learned at night"
    assert "Learned at night" in text_of(page.get(where))


def test_submit_without_a_report(page, event):
    assert page.post(f"/serious-events/{event.pk}/submit/").status_code == 422


def test_event_that_is_not_serious_offers_no_report(page, patient, cora):
    event = make_serious_event(patient, by=cora, is_serious="N")

    assert page.post(f"/serious-events/{event.pk}/start/").status_code == 422


def test_follow_up_shows_what_changed(page, event, cora):
    make_report(event, cora)
    page.post(f"/serious-events/{event.pk}/start/")
    follow_up = SeriousEvent.objects.get(version=1)
    complete_report(follow_up, by=cora, aware_at=ago(hours=1), grade=4)

    text = text_of(page.get(f"/serious-events/{event.pk}/"))
    assert "3: severe → 4: life-threatening" in text
    assert "Log and report differ" in text


def test_list_filters_and_counts(page, trial, patient, cora, event):
    make_report(event, cora, hours=30)
    make_serious_event(patient, by=cora, term="Fatigue")
    address = f"/trials/{trial.slug}/serious-events/"

    everything = page.get(address)
    assert [line.case.step for line in everything.context["lines"]] == ["start", "follow-up"]
    assert everything.context["waiting"] == 1

    def shown(**asked):
        return [line.term for line in page.get(address, asked).context["lines"]]

    assert shown(show="waiting") == ["Fatigue"]
    assert shown(show="submitted") == ["Diarrhea"]
    assert shown(show="late") == ["Diarrhea"]
    assert shown(show="over") == []
    assert shown(show="final") == []
    assert shown(criterion="is_hospitalization") == ["Diarrhea"]
    assert shown(criterion="is_death") == []
    assert shown(criterion="pk") == ["Fatigue", "Diarrhea"]
    assert shown(site="02") == []
    assert "No event under these filters" in text_of(page.get(address, {"site": "02"}))


def test_list_without_events_says_what_will_be_there(page, trial):
    assert "No serious adverse event" in text_of(page.get(f"/trials/{trial.slug}/serious-events/"))


def test_csv_has_what_the_list_shows_and_leaves_an_event(page, trial, event, cora):
    make_report(event, cora, hours=30)
    response = page.get(f"/trials/{trial.slug}/serious-events.csv")

    [line] = csv.DictReader(StringIO(response.content.decode()))
    assert (line["term"], line["criteria"], line["late_reason"]) == (
        "Diarrhea",
        "hospitalization",
        "Weekend",
    )
    assert line["first_submitted_at"].endswith("Z")
    assert AuditEntry.objects.filter(event="export").count() == 1


def test_csv_keeps_formulas_from_running(page, trial, patient, cora):
    make_serious_event(patient, by=cora, term_other="=1+1")
    response = page.get(f"/trials/{trial.slug}/serious-events.csv")

    [line] = csv.DictReader(StringIO(response.content.decode()))
    assert line["term"] == "'=1+1"


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_pdf_tells_the_report(page, event, cora, language):
    report = make_report(event, cora, hours=30)
    cora.language = language
    cora.save()
    page.cookies["django_language"] = language
    response = page.get(f"/serious-events/{event.pk}/reports/0.pdf")

    assert response["Content-Type"] == "application/pdf"
    text = words(response)
    for part in (str(report.patient), "Diarrhea", "Weekend", "Waterystools,fluidsbyvein."):
        assert part in text
    drug = "Lenvatinib" if language == "en" else "仑伐替尼"
    assert drug in text
    assert "NOTSUBMITTED" not in text
    assert AuditEntry.objects.filter(event="print").count() == 1


def test_pdf_of_a_draft_says_so(page, event, cora):
    start_report(event, by=cora)

    assert "NOTSUBMITTED" in words(page.get(f"/serious-events/{event.pk}/reports/0.pdf"))


def test_pdf_of_a_follow_up_shows_the_change(page, event, cora):
    make_report(event, cora)
    complete_report(
        start_follow_up(event, by=cora),
        by=cora,
        aware_at=ago(hours=1),
        is_hospitalization="N",
        admitted_on=None,
        is_death="Y",
        grade=5,
        outcome="fatal",
        death_cause="Sepsis",
        autopsy="none",
    )

    text = words(page.get(f"/serious-events/{event.pk}/reports/1.pdf"))
    for part in ("Sepsis", "Newagainstthereportbefore", "fatal"):
        assert part in text


def test_pdf_of_a_report_that_is_not_there(page, event):
    assert page.get(f"/serious-events/{event.pk}/reports/7.pdf").status_code == 404


def test_times_are_shown_on_the_clock_of_the_site(page, event, cora):
    report = make_report(event, cora)
    with timezone.override(event.patient.site.time_zone), translation.override("en"):
        shown = timezone.localtime(report.aware_at).strftime("%Y-%m-%d %H:%M")

    assert shown in text_of(page.get(f"/serious-events/{event.pk}/"))


def test_pages_take_as_many_queries_for_many_events(
    page, trial, patient, cora, django_assert_max_num_queries
):
    for _event in range(6):
        make_report(make_serious_event(patient, by=cora), cora)
    make_serious_event(patient, by=cora)
    event = AdverseEvent.objects.last()

    with django_assert_max_num_queries(12):
        page.get(f"/trials/{trial.slug}/serious-events/")
    with django_assert_max_num_queries(15):
        page.get(f"/serious-events/{event.pk}/")
