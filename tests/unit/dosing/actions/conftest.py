import pytest

from dosing.actions.dispensing import choose_kit, dispense_kit
from dosing.models import LedgerEntry
from tests.factories import make_enrolled_patient, open_visit, save_form
from tests.factories_kits import make_kits


@pytest.fixture
def kits(trial):
    """Four kits in stock at site 01, of one lot."""
    return make_kits(trial)


@pytest.fixture
def kit(kits):
    return kits[0]


@pytest.fixture
def patient(trial):
    return make_enrolled_patient(trial)


@pytest.fixture
def visit(patient):
    """Day 1 of the course, on 2026-01-08."""
    return open_visit(patient, key="C1D1")


@pytest.fixture
def last():
    """The last entry of a kit's ledger."""

    def of(kit):
        return LedgerEntry.objects.latest().get(kit=kit)

    return of


@pytest.fixture
def first_day(dispenser):
    """The kit, after the first day's capsules were handed out."""

    def dispense(visit):
        kit = choose_kit(visit, by=dispenser, on=visit.actual_date)
        dispense_kit(visit, number=kit.number, by=dispenser, on=visit.actual_date)
        return kit

    return dispense


@pytest.fixture
def released():
    """The course form says that the first dose was observed and the rest is released."""

    def save(visit, **changes):
        values = {
            "started_on": visit.actual_date,
            "is_day_one_observed": "Y",
            "has_day_one_reaction": "N",
            "is_rest_released": "Y",
        }
        return save_form("capsule-course", visit, complete=False, **values | changes)

    return save
