import pytest

from core.models import Site
from reports.management.commands.demo import DEFINITIONS
from tests.factories import LATER, load_open, make_member, make_trial


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *args: LATER)


@pytest.fixture
def trial(db):
    """Open, one arm, one course of ten days with a gate on the first, sites 01 and 02."""
    return make_trial()


@pytest.fixture
def site(trial):
    return Site.objects.get(trial=trial, code="01")


@pytest.fixture
def other_site(trial):
    return Site.objects.get(trial=trial, code="02")


@pytest.fixture
def blinded_trial(db):
    """Trial B as shipped: capsules or placebo, 1:1."""
    source = (DEFINITIONS / "hcc-randomized.toml").read_text(encoding="utf-8")
    return load_open(source).trial


@pytest.fixture
def dispenser(trial):
    return make_member(trial, "dispenser", username="disa")
