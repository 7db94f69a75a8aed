"""A patient of each shipped trial, entered through the pages alone, with every form complete."""

from pathlib import Path

import pytest

import enrollment
from enrollment import registry
from enrollment.calc.definition.forms import OWN
from enrollment.models import Patient, Visit
from enrollment.registry import Kind
from oversight.models import RecordState
from tests.factories import load_open, make_member
from tests.integration.enrollment.page import inputs_of, summary_of

DEFINITIONS = Path(enrollment.__file__).parent / "definitions"
TRIALS = ["crc-akkermansia", "hcc-randomized", "hcc-single-arm"]

LABORATORY = {
    "hemoglobin_g_l": "131", "leukocytes_10e9_l": "6.1", "neutrophils_10e9_l": "3.9",
    "lymphocytes_10e9_l": "1.4", "platelets_10e9_l": "142", "alt_u_l": "38", "ast_u_l": "41",
    "alp_u_l": "98", "ggt_u_l": "71", "bilirubin_umol_l": "14", "albumin_g_l": "39",
    "creatinine_umol_l": "72", "urea_mmol_l": "5.1", "sodium_mmol_l": "139",
    "potassium_mmol_l": "4.1", "calcium_mmol_l": "2.3", "glucose_mmol_l": "5.4",
}  # fmt: skip

# By form; DAY stands for the day of the visit.
DAY = "DAY"
VISIT_FORMS = {
    "baseline": {
        "diagnosed_on": "2025-05", "liver_disease_cause": "hepatitis-b", "bclc_stage": "C",
        "child_pugh_points": "5", "afp_ug_l": "412.5", "has_portal_vein_invasion": "N",
        "has_extrahepatic_spread": "Y",
    },
    "vital-signs": {
        "ecog": "1", "weight_kg": "71.5", "temperature_c": "36.6", "systolic_mmhg": "128",
        "diastolic_mmhg": "79", "pulse_per_min": "72",
    },
    "laboratory": {"sampled_on": DAY} | LABORATORY,
    "tumor-assessment": {
        "scanned_on": DAY, "method": "CT", "slice_mm": "5", "is_baseline": "Y",
        "row-0-lesion_kind": "target", "row-0-lesion_organ": "liver", "row-0-status": "measured",
        "row-0-diameter_mm": "40",
    },
    "ecg": {
        "recorded_on": DAY, "heart_rate_per_min": "70", "qrs_ms": "90", "qt_ms": "390",
        "assessment": "normal",
    },
    "qlq-c30": {"is_answered": "Y", "answered_on": DAY} | {f"q{n}": "2" for n in range(1, 31)},
    "stool-sample": {
        "is_collected": "Y", "collected_on": DAY, "bristol_type": "4", "had_antibiotics": "N",
        "had_probiotics": "N", "had_acid_blockers": "N",
    },
    "background-treatment": {"is_as_planned": "Y"},
    "capsule-course": {
        "started_on": DAY, "is_day_one_observed": "Y", "has_day_one_reaction": "N",
        "is_rest_released": "Y", "returned_capsules": "0",
    },
    "survival-status": {"status": "alive", "status_on": DAY},
}  # fmt: skip

ADDED = {
    "ultrasound": {
        "scanned_by_us_on": DAY, "liver_contour": "smooth", "portal_vein_mm": "12.1",
        "portal_flow": "none", "spleen_length_mm": "110", "spleen_thickness_mm": "40",
        "free_fluid": "none",
    },
    "bowel-habits": {
        "stools_a_day": "1.5", "stool_form": "4", "wakes_at_night": "N", "has_stoma": "N",
    },
}  # fmt: skip

LATER_SCAN = {
    "scanned_on": DAY, "method": "CT", "slice_mm": "5", "is_baseline": "N", "new_lesion": "none",
    "row-0-status": "measured", "row-0-diameter_mm": "44",
}  # fmt: skip

LOGS = {
    "prior-therapies": {
        "line": "1", "drugs": "sorafenib", "drug_class": "tki", "started_on": "2025-06",
        "best_response": "SD",
    },
    "lesions": {
        "number": "9", "kind": "non-target", "organ": "lung", "is_node": "N",
        "first_seen_on": "2026-01-02",
    },
    "deviations": {
        "category": "procedure", "importance": "minor", "happened_on": "2026-02-01",
        "description": "No pulse was taken.", "cause": "Device broken", "action": "Replaced",
        "needs_ethics_report": "N",
    },
    "dose-decisions": {
        "decided_on": "2026-02-02", "treatment": "capsules", "course": "2", "action": "delay",
        "delay_days": "7", "reason": "laboratory", "reason_text": "Platelets 40.",
    },
    "adverse-events": {
        "term": "Diarrhea", "grade": "2", "started_on": "2026-01", "is_ongoing": "N",
        "ended_on": "2026-02", "is_serious": "Y", "related_to_capsules": "possible",
        "related_to_background": "probable", "action_taken": "none", "outcome": "recovered",
    },
    "serious-events": {
        "event_number": "1", "aware_at": "2026-02-03 14:05", "is_death": "N",
        "is_life_threatening": "N", "is_hospitalization": "Y", "admitted_on": "2026-02-03",
        "is_disability": "N", "is_congenital_anomaly": "N", "is_medically_important": "N",
        "diagnosis": "Diarrhea", "grade": "2", "started_on": "2026-01",
        "description": "Watery stools, dehydration, fluids by vein.",
        "related_to_capsules": "possible", "expectedness": "expected",
        "action_with_capsules": "interrupted", "outcome": "recovered", "ended_on": "2026-02",
        "reporter": "Cora, coordinator", "is_final": "N",
    } | {f"row-{i}-relation": "unlikely" for i in range(6)}
    | {f"row-{i}-action": "none" for i in range(6)},
}  # fmt: skip

# In this order: what ends treatment and study removes visits.
PATIENT_FORMS = {
    "end-of-treatment": {
        "last_dose_on": "2026-04-01", "ended_on": "2026-04-02", "reason": "progression",
    },
    "death": {
        "died_on": "2026-06", "cause": "progression", "primary_cause": "Liver cancer",
        "is_due_to_disease": "Y", "related_to_capsules": "unrelated",
        "related_to_background": "unrelated", "autopsy": "none", "source": "hospital",
    },
    "end-of-study": {"ended_on": "2026-06-30", "reason": "death"},
}  # fmt: skip


@pytest.fixture(params=TRIALS)
def shipped(request, db):
    source = (DEFINITIONS / f"{request.param}.toml").read_text(encoding="utf-8")
    return load_open(source)


@pytest.fixture
def cora(signed_in, shipped):
    return signed_in(make_member(shipped.trial, "coordinator"))


def send(client, address, values):
    """Fills the page as it is shown and completes it; says where that led."""
    reasons = {f"{name}__because": "so in the source" for name in values}
    typed = inputs_of(client.get(address)) | values | reasons
    response = client.post(address, typed | {"save": "exit"})
    assert response.status_code == 302, summary_of(response)
    return response["Location"]


@pytest.fixture
def patient(cora, shipped):
    """Screened, consented and enrolled."""
    definition, trial = shipped.definition, shipped.trial
    answers = {item.id: "Y" if item.kind == "inclusion" else "N" for item in definition.criteria}
    regimen = {"regimen": definition.regimens[0].id} if definition.regimens else {}
    who = {"site": trial.sites.first().pk, "sex": "M", "born_on": "1961"}
    screening = who | answers | regimen | {"screened_on": "2026-01-01"}
    page = send(cora, f"/trials/{trial.slug}/screening/new/", screening)
    consent = {"version": definition.consents[0].version, "signed_on": "2026-01-01"}
    assert cora.post(f"{page}consent/", consent).status_code == 302
    assert cora.post(f"{page}enroll/", {"enrolled_on": "2026-01-05"}).status_code == 302
    return Patient.objects.get()


def row_values(slug, inputs, day):
    """What fills the rows that this page shows."""
    rows = [name.removesuffix("-key") for name, key in inputs.items() if name.endswith("-key")]
    if slug == "capsule-course":
        taken = dict.fromkeys((f"{row}-capsules_taken" for row in rows), "1")
        return taken | {"dispensed_capsules": str(len(rows))}
    if slug == "background-treatment":
        given = {"change": "none", "given_on": day, "dose_mg": "8", "dose_reason": "As before."}
        return {f"{row}-{name}": value for row in rows for name, value in given.items()}
    return {}


def hold(client, visit):
    """Opens the visit on its day and completes its forms."""
    day = visit.target_date.isoformat()
    send(client, f"/visits/{visit.pk}/date/", {"actual_date": day})
    for slug in visit.forms:
        address = f"/visits/{visit.pk}/forms/{slug}/"
        known = row_values(slug, inputs_of(client.get(address)), day)
        is_later = slug == "tumor-assessment" and visit.key.startswith("scan")
        own = slug.rpartition(OWN)[2]
        values = LATER_SCAN if is_later else ADDED.get(own) or VISIT_FORMS[slug]
        entered = {name: day if value == DAY else value for name, value in values.items()}
        send(client, address, entered | known)


def states(kind):
    """Form to the states of its records."""
    return {
        spec.slug: set(spec.model.objects.values_list("state", flat=True))
        for spec in (*registry.all_specs(kind), *registry.added_specs(kind))
    }


def test_every_form_can_be_completed_through_its_page(cora, patient):
    planned = {slug for visit in patient.visits.all() for slug in visit.forms}
    done = set()
    while not planned <= done:
        visits = Visit.objects.filter(patient=patient, outcome="planned").order_by("target_date")
        visit = next(each for each in visits if set(each.forms) - done)
        hold(cora, visit)
        done |= set(visit.forms)
    for slug, values in LOGS.items():
        send(cora, f"/patients/{patient.pk}/logs/{slug}/new/", values)
    for slug, values in PATIENT_FORMS.items():
        send(cora, f"/patients/{patient.pk}/forms/{slug}/", values)

    complete = {RecordState.COMPLETE.value}
    assert {slug for slug, found in states(Kind.VISIT).items() if found} == planned
    assert all(found <= complete for found in states(Kind.VISIT).values())
    assert states(Kind.LOG) == dict.fromkeys(LOGS, complete)
    assert states(Kind.PATIENT) == dict.fromkeys(PATIENT_FORMS, complete)
    still_planned = patient.visits.filter(outcome="planned")
    assert not still_planned.filter(target_date__gt="2026-06-20").exists()
    for address in ("", f"trials/{patient.trial.slug}/", f"patients/{patient.pk}/"):
        assert cora.get(f"/{address}").status_code == 200


def test_this_file_fills_every_registered_form():
    filled = VISIT_FORMS.keys() | LOGS.keys() | PATIENT_FORMS.keys()
    assert filled == registry.slugs()
