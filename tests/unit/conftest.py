"""A small trial and its patients, for tests that need records of a patient."""

from datetime import date

import pytest

from core.models import User
from enrollment import registry
from enrollment.actions import save_record
from enrollment.forms.entry import Entry
from enrollment.models import Visit
from tests.factories import make_enrolled_patient, make_trial


@pytest.fixture
def make_patient(db):
    """A patient born in May 1960 and enrolled on 2026-01-05, in a trial with these changes."""

    def make(**changes):
        return make_enrolled_patient(make_trial(with_drugs=True, **changes))

    return make


@pytest.fixture
def patient(make_patient):
    return make_patient()


@pytest.fixture
def make_visit():
    """A visit that took place on the day given."""

    def make(patient, *, key="C1D1", on=date(2026, 1, 6), cycle=1):
        day = {"target_date": on, "window_opens": on, "window_closes": on, "actual_date": on}
        place = {"track": "courses", "cycle": cycle, "day": 1, "position": cycle}
        visit, _is_new = Visit.objects.update_or_create(
            patient=patient,
            key=key,
            defaults={"label_en": key, "label_zh": key, "outcome": "took-place"} | day | place,
        )
        return visit

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
