"""The trial of `tests/data/small-trial.toml` and a patient at each step of the way in."""

import pytest

from tests.factories import make_enrolled_patient, make_member, make_screened_patient, make_trial


@pytest.fixture
def trial(db):
    return make_trial()


@pytest.fixture
def coordinator(trial):
    return make_member(trial, "coordinator", username="carla")


@pytest.fixture
def screened(trial, coordinator):
    """Eligible, at site 01."""
    return make_screened_patient(trial, by=coordinator)


@pytest.fixture
def patient(trial, coordinator):
    """Enrolled on 2026-01-05 at site 01; day 1 is planned for 2026-01-08."""
    return make_enrolled_patient(trial, by=coordinator)
