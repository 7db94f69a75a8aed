"""Lenvatinib by the trial's rule: proposed with its grounds, another dose with a reason."""

from datetime import date
from decimal import Decimal

import pytest

from dosing.models import BackgroundTreatment
from enrollment.forms.entry import Entry
from enrollment.models import VitalSigns
from enrollment.registry import get

ANTIBODY = {"change": "none", "given_on": "2026-01-06", "dose_mg": "200"}


@pytest.fixture
def weighed(patient, visit, save):
    def weigh(weight_kg):
        save(VitalSigns(patient=patient, visit=visit, weight_kg=Decimal(weight_kg)))
        return BackgroundTreatment(patient=patient, visit=visit)

    return weigh


def first_row(record):
    return Entry(get("background-treatment"), record).rows.forms[0]


@pytest.mark.parametrize(
    ("weight_kg", "dose_mg"), [("59.9", 8), ("60.0", 8), ("60.1", 12)], ids=["below", "at", "above"]
)
def test_dose_by_weight_is_proposed_with_its_grounds(weighed, weight_kg, dose_mg):
    row = first_row(weighed(weight_kg))
    assert row.instance.dose_mg == dose_mg
    assert row.fields["dose_mg"].help_text == (
        "8 mg up to and at 60 kg, 12 mg above."
        f" Weight used: {weight_kg} kg of 2026-01-06, which gives {dose_mg} mg."
    )


@pytest.mark.parametrize(
    ("weight_kg", "dose_mg"),
    [("59.9", 8), ("60.0", 12), ("60.1", 12)],
    ids=["below", "at", "above"],
)
def test_boundary_is_a_value_of_the_definition(make_patient, make_visit, save, weight_kg, dose_mg):
    patient = make_patient(slug="label")
    version = patient.version
    changed = version.content.replace('"boundary":"lower"', '"boundary":"upper"')
    assert changed != version.content
    type(version).objects.filter(pk=version.pk).update(content=changed, sha256="0" * 64)
    patient.refresh_from_db()
    visit = make_visit(patient)
    save(VitalSigns(patient=patient, visit=visit, weight_kg=Decimal(weight_kg)))
    row = first_row(BackgroundTreatment(patient=patient, visit=visit))
    assert row.instance.dose_mg == dose_mg
    assert row.fields["dose_mg"].help_text.startswith("8 mg below 60 kg, 12 mg from 60 kg on.")


def test_without_a_weight_the_rule_alone_is_shown(patient, visit):
    row = first_row(BackgroundTreatment(patient=patient, visit=visit))
    assert row.fields["dose_mg"].help_text.endswith("No weight is known yet.")


def test_drug_without_a_band_has_no_rule(weighed):
    row = Entry(get("background-treatment"), weighed("70")).rows.forms[1]
    assert row.fields["dose_mg"].help_text == ""


@pytest.mark.parametrize(
    ("as_planned", "row", "refused"),
    [
        pytest.param("Y", {"change": "none", "dose_mg": "8"}, False, id="as proposed"),
        pytest.param("Y", {"change": "none", "dose_mg": "12"}, True, id="another dose"),
        pytest.param(
            "Y",
            {"change": "none", "dose_mg": "12", "dose_reason": "as before"},
            False,
            id="another dose with a reason",
        ),
        pytest.param(
            "N",
            {"change": "reduced", "dose_mg": "4", "change_reason": "proteinuria"},
            False,
            id="reduced with its reason",
        ),
    ],
)
def test_another_dose_than_the_weight_gives_needs_a_reason(weighed, fill, as_planned, row, refused):
    rows = [{"given_on": "2026-01-06"} | row, ANTIBODY]
    entry = fill(weighed("60.0"), {"is_as_planned": as_planned}, rows=rows)
    assert entry.is_valid() is not refused
    assert ("dose_reason" in entry.rows.errors[0]) is refused


def test_weight_is_that_of_the_start(weighed, patient, make_visit, save, visit):
    record = weighed("60.0")
    later = make_visit(patient, key="C2D1", on=date(2026, 2, 6), cycle=2)
    save(VitalSigns(patient=patient, visit=later, weight_kg=Decimal(70)))
    save_course = get("capsule-course").model(
        patient=patient, visit=visit, started_on=date(2026, 1, 6)
    )
    save(save_course)
    assert first_row(record).instance.dose_mg == 8
