from datetime import date

import pytest

from core.models import AuditEntry
from core.refusals import Refused
from enrollment.actions import record_consent
from enrollment.models import Consent

TODAY = date(2026, 1, 5)


@pytest.fixture
def sign(screened, coordinator):
    def act(version="1.0", on=date(2026, 1, 2)):
        return record_consent(screened, by=coordinator, version=version, signed_on=on, today=TODAY)

    return act


def test_consent_keeps_version_day_and_who_recorded_it(sign, screened, coordinator):
    consent = sign()
    assert (consent.patient, consent.version, consent.signed_on, consent.recorded_by) == (
        screened,
        "1.0",
        date(2026, 1, 2),
        coordinator,
    )
    [entry] = AuditEntry.objects.of_row(consent)
    assert entry.actor_id == coordinator.pk


@pytest.mark.parametrize(
    "on",
    [
        pytest.param(date(2025, 1, 1), id="on the version's first day"),
        pytest.param(TODAY, id="today"),
    ],
)
def test_first_and_last_possible_day_are_accepted(sign, on):
    assert sign(on=on).signed_on == on


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        pytest.param({"version": "9.9"}, "Choose a version", id="no such version"),
        pytest.param(
            {"on": date(2024, 12, 31)}, "in use since 2025-01-01", id="a day before the version"
        ),
        pytest.param({"on": date(2026, 1, 6)}, "in the future", id="tomorrow"),
    ],
)
def test_consent_that_cannot_be_is_refused(sign, change, sentence):
    with pytest.raises(Refused, match=sentence):
        sign(**change)
    assert not Consent.objects.exists()


def test_same_consent_twice_is_one(sign):
    assert sign() == sign()
    assert Consent.objects.count() == 1


def test_same_version_on_another_day_is_refused_and_the_first_stays(sign):
    sign()
    with pytest.raises(Refused, match="recorded for this patient already"):
        sign(on=date(2026, 1, 3))
    assert Consent.objects.get().signed_on == date(2026, 1, 2)
