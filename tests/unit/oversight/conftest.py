import pytest

from oversight.calc.place import Place
from tests.factories import make_enrolled_patient, make_member, make_trial


@pytest.fixture
def trial(db):
    return make_trial()


@pytest.fixture
def patient(trial):
    return make_enrolled_patient(trial)


@pytest.fixture
def place(patient):
    """The weight on somebody's vital signs."""
    return Place(patient.site_id, patient.pk, None, "vital-signs", 7, field="weight_kg")


@pytest.fixture
def monitor(trial):
    return make_member(trial, "monitor", username="monty")


@pytest.fixture
def coordinator(trial):
    return make_member(trial, "coordinator", site="01", username="cora")
