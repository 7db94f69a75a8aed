"""One filled form on paper."""

from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from pypdf import PdfReader

from core.models import AuditEntry
from enrollment import registry
from enrollment.actions import save_record
from outcomes.actions.limits import add_limits
from outcomes.calc.normal_limits import NormalRange
from tests.factories import (
    make_enrolled_patient,
    make_member,
    make_serious_event,
    make_trial,
    open_visit,
    save_form,
)


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
def printed(client, cora):
    def get(record, slug):
        client.force_login(cora)
        response = client.get(f"/patients/{record.patient_id}/records/{slug}/{record.pk}.pdf")
        assert response["Content-Type"] == "application/pdf"
        pages = PdfReader(BytesIO(response.content)).pages
        return "".join("".join(page.extract_text().split()) for page in pages)

    return get


def test_pdf_shows_values_units_missing_codes_and_changes(printed, patient, cora):
    visit = open_visit(patient, key="C1D1", by=cora)
    values = {"ecog": 1, "weight_kg": "61.5", "missing": {"height_cm": "ND"}}
    record = save_form("vital-signs", visit, by=cora, **values)
    record.weight_kg = "62.0"
    spec = registry.get("vital-signs")
    save_record(spec, record, by=cora, complete=True, expected_revision=1, reason="source")

    text = printed(record, "vital-signs")

    for part in (
        str(patient),
        "Weight",
        "62.0kg",
        "(notdone)",
        "Revision2",
        "CompletedbyCora",
        "Notsigned.",
        "61.5",
        "source",
    ):
        assert part in text
    assert AuditEntry.objects.filter(event="print").count() == 1


@pytest.mark.parametrize(("alt", "grade"), [("120", "1"), ("121", "2")])
def test_pdf_of_the_laboratory_names_the_grade_of_a_value(printed, patient, cora, alt, grade):
    add_limits(patient.site, [NormalRange("alt_u_l", date(2020, 1, 1), None, Decimal(40))], by=cora)
    visit = open_visit(patient, key="C1D1", by=cora)
    record = save_form("laboratory", visit, by=cora, sampled_on=visit.actual_date, alt_u_l=alt)
    assert f"Grade{grade}:Alanineaminotransferaseincreased" in printed(record, "laboratory")


def test_pdf_of_a_form_with_rows_has_one_line_each(printed, patient, cora):
    visit = open_visit(patient, key="C1D1", by=cora)
    spec = registry.get("background-treatment")
    record = spec.model(patient=patient, visit=visit, is_as_planned="Y")
    rows = list(spec.rows.expected(record))
    for row in rows:
        row.change, row.missing = "none", {"given_on": "UNK", "dose_mg": "UNK"}
    save_record(spec, record, by=cora, complete=True, rows=rows)

    text = printed(record, "background-treatment")
    assert "Lenvatinibnochange(unknown)(unknown)" in text
    assert "Antibodynochange" in text


def test_pdf_of_a_log_row_names_it(printed, patient, cora):
    text = printed(make_serious_event(patient, by=cora), "adverse-events")

    assert "Adverseevent,no.1" in text
    assert "Nothingwaschangedsinceitwasentered." in text


def test_pdf_of_a_draft_says_so(printed, patient, cora):
    visit = open_visit(patient, key="C1D1", by=cora)

    assert "DRAFT" in printed(
        save_form("vital-signs", visit, by=cora, complete=False), "vital-signs"
    )


@pytest.mark.parametrize("slug", ["lesions", "no-such-form"])
def test_pdf_of_a_record_of_another_form_is_not_there(client, patient, cora, slug):
    event = make_serious_event(patient, by=cora)
    client.force_login(cora)

    address = f"/patients/{patient.pk}/records/{slug}/{event.pk}.pdf"
    assert client.get(address).status_code == 404
