"""A small trial and its patients, for tests that need records of a patient."""

import json
from datetime import date

import pytest

from core.calc.partial_date import PartialDate
from core.models import Site, Trial, User
from enrollment import registry
from enrollment.actions import save_record
from enrollment.calc.definition import Definition
from enrollment.forms.entry import Entry
from enrollment.models import Patient, TrialVersion, Visit


def text(words):
    return {"en": words, "zh_hans": words}


def definition(*, day_one_gate=True, ctcae_version="5.0", last_day=10):
    """Six capsules on days 1–10 of 21; lenvatinib by body weight and an antibody beside it."""
    band = {
        "threshold_kg": "60",
        "boundary": "lower",
        "lower_dose_mg": "8",
        "upper_dose_mg": "12",
    }
    content = {
        "trial": {
            "slug": "small",
            "number_prefix": "S",
            "title": text("Small trial"),
            "short_title": text("Small"),
            "phase": text("Phase I"),
            "design": text("one arm"),
            "blinding": "open",
            "target_size": 10,
            "ctcae_version": ctcae_version,
            "tumor_criteria": ["recist_1_1"],
            "time_zone": "Asia/Shanghai",
        },
        "sites": [
            {"code": "01", "name": text("One"), "time_zone": "Asia/Shanghai", "target_size": 10}
        ],
        "arms": [{"id": "capsules", "name": text("capsules")}],
        "criteria": [
            {"id": "I01", "kind": "inclusion", "text": text("Is adult"), "source": "assumed"}
        ],
        "consents": [{"version": "1.0", "valid_from": "2024-01-01", "title": text("Consent")}],
        "products": [
            {
                "id": "capsules",
                "name": text("capsules"),
                "capsules_per_day": 6,
                "first_day": 1,
                "last_day": last_day,
                "course_days": 21,
                "courses": 4,
                "day_one_gate": day_one_gate,
            }
        ],
        "background": [
            {"id": "lenvatinib", "name": text("Lenvatinib"), "cycle_days": 21, "weight_band": band},
            {"id": "pd1", "name": text("Antibody"), "cycle_days": 21, "dose": text("200 mg")},
            {"id": "tki", "name": text("TKI"), "cycle_days": 28, "dose": text("daily")},
        ],
        "regimens": [{"id": "combined", "label": text("both"), "drugs": ["lenvatinib", "pd1"]}],
        "tracks": [
            {
                "id": "course",
                "label": text("Courses"),
                "anchor": "course",
                "until": "end_of_treatment",
                "course_days": 21,
                "courses": 4,
            }
        ],
        "visits": [
            {
                "id": "d1",
                "label": text("Course {n}"),
                "track": "course",
                "day": 1,
                "window_before_days": 3,
                "window_after_days": 3,
                "forms": ["vital-signs"],
            }
        ],
        "populations": [{"id": "all", "name": text("all"), "rule": "enrolled"}],
        "endpoints": {
            "preset": "fda_type",
            "reference_date": "first_dose",
            "primary": ["pfs"],
            "population": "all",
            "safety_population": "all",
            "minimum_sd_days": 42,
            "confirmation_days": 28,
        },
    }
    return Definition.model_validate_json(json.dumps(content))


@pytest.fixture
def make_patient(db):
    """A patient born in 1960 and enrolled on 2026-01-05, under a definition with these changes."""

    def make(**changes):
        trial, _ = Trial.objects.get_or_create(
            slug="small",
            defaults={
                "title_en": "T",
                "title_zh": "T",
                "short_title_en": "T",
                "short_title_zh": "T",
            },
        )
        site, _ = Site.objects.get_or_create(
            trial=trial,
            code="01",
            defaults={"name_en": "One", "name_zh": "One", "time_zone": "Asia/Shanghai"},
        )
        count = Patient.objects.count() + 1
        version = TrialVersion.objects.create(
            trial=trial,
            number=count,
            sha256=f"{count:064d}",
            source="",
            content=definition(**changes).model_dump_json(),
        )
        return Patient.objects.create(
            trial=trial,
            site=site,
            version=version,
            screening_number=f"S-{count}",
            number=f"S01-{count}",
            sex="F",
            born_on=PartialDate("1960"),
            screened_on=date(2026, 1, 1),
            is_eligible=True,
            enrolled_on=date(2026, 1, 5),
            regimen="combined",
        )

    return make


@pytest.fixture
def patient(make_patient):
    return make_patient()


@pytest.fixture
def make_visit():
    """A visit that took place on the day given."""

    def make(patient, *, key="C1D1", on=date(2026, 1, 6), cycle=1):
        return Visit.objects.create(
            patient=patient,
            key=key,
            label_en=key,
            label_zh=key,
            track="course",
            cycle=cycle,
            day=1,
            position=cycle,
            target_date=on,
            window_opens=on,
            window_closes=on,
            outcome=Visit.Outcome.TOOK_PLACE,
            actual_date=on,
        )

    return make


@pytest.fixture
def visit(patient, make_visit):
    return make_visit(patient)


@pytest.fixture
def save(coordinator):
    """Saves a record with its rows as complete, through the action and without a form."""

    def save_complete(record, rows=()):
        [spec] = [spec for spec in registry.all_specs() if spec.model is type(record)]
        return save_record(spec, record, by=coordinator, complete=True, rows=rows)

    return save_complete


@pytest.fixture
def fill():
    """The entry page's forms for a record, filled with these values."""

    def entry(record, values, *, rows=(), complete=True):
        [spec] = [spec for spec in registry.all_specs() if spec.model is type(record)]
        data = {"revision": str(record.revision)} | values
        data |= {"row-TOTAL_FORMS": str(len(rows)), "row-INITIAL_FORMS": "0"}
        keys = [form.key for form in Entry(spec, record).rows.forms] if rows else []
        for number, row in enumerate(rows):
            named = {"key": keys[number]} if number < len(keys) else {}
            data |= {f"row-{number}-{name}": value for name, value in (named | row).items()}
        return Entry(spec, record, data=data, complete=complete)

    return entry


@pytest.fixture
def coordinator(db):
    return User.objects.create_user("coordinator", full_name="Carla Coordinator")
