from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError

from dosing.models import BackgroundDose, BackgroundTreatment
from dosing.models.background import drugs_of
from dosing.registration import drug_name, drugs_of_regimen


def test_drugs_are_those_of_the_regimen(patient):
    assert [drug.id for drug in drugs_of(patient)] == ["lenvatinib", "pd1"]


def test_no_regimen_chosen_gives_no_drugs(patient):
    patient.regimen = ""
    assert drugs_of(patient) == []


@pytest.mark.parametrize(
    ("as_planned", "change", "is_refused"),
    [
        ("Y", "none", False),
        ("Y", "reduced", True),
        ("N", "reduced", False),
        ("Y", "", False),
    ],
)
def test_a_change_contradicts_therapy_as_planned(patient, as_planned, change, is_refused):
    record = BackgroundTreatment(patient=patient, is_as_planned=as_planned)
    [found] = record.row_problems([BackgroundDose(drug="pd1", change=change)])
    assert ("change" in found) is is_refused


def test_a_drug_is_stored_once(patient, visit, save):
    record = BackgroundTreatment(patient=patient, visit=visit)
    with pytest.raises(IntegrityError):
        save(record, [BackgroundDose(drug="pd1"), BackgroundDose(drug="pd1")])


def test_held_drug_needs_a_reason_and_no_dose(patient, visit, fill):
    rows = [
        {"change": "none", "given_on": "2026-01-06", "dose_mg": "8"},
        {"change": "held", "dose_mg": "200"},
    ]
    entry = fill(
        BackgroundTreatment(patient=patient, visit=visit), {"is_as_planned": "N"}, rows=rows
    )
    assert not entry.is_valid()
    assert list(entry.rows.errors[1]) == ["change_reason"]


def test_held_drug_with_reason_is_stored_without_a_dose(patient, visit, fill, coordinator):
    rows = [
        {"change": "none", "given_on": "2026-01-06", "dose_mg": "8"},
        {"change": "held", "change_reason": "rash", "dose_mg": "200"},
    ]
    entry = fill(
        BackgroundTreatment(patient=patient, visit=visit), {"is_as_planned": "N"}, rows=rows
    )
    assert entry.is_valid(), entry.rows.errors
    record = entry.save(by=coordinator)
    stored = [(row.drug, row.dose_mg, row.given_on) for row in record.rows.order_by("row_number")]
    assert stored == [("lenvatinib", Decimal(8), date(2026, 1, 6)), ("pd1", None, None)]


def test_rows_carry_the_drug_s_name(patient, visit):
    rows = drugs_of_regimen(BackgroundTreatment(patient=patient, visit=visit))
    assert [drug_name(row) for row in rows] == ["Lenvatinib", "Antibody"]
