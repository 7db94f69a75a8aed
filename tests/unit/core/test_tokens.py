from datetime import UTC, datetime

import pytest
from django.utils import timezone

from core.actions.tokens import create_token
from core.calc.token import digest_of
from core.models import ApiToken
from core.refusals import Refused
from tests.factories import make_member, make_trial, make_user

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)


def test_digest_is_sha256():
    # FIPS 180-2, appendix B.1
    assert digest_of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.mark.django_db
@pytest.mark.parametrize("days", [0, 366, -1])
def test_token_outlives_no_year(days):
    trial = make_trial()
    user = make_member(trial, "statistician")
    with pytest.raises(Refused, match="1 to 365"):
        create_token(by=user, user=user, trial=trial, name="x", days=days, now=NOW)
    assert not ApiToken.objects.exists()


@pytest.mark.django_db
def test_token_needs_a_role_in_the_trial():
    user = make_user()
    with pytest.raises(Refused, match="no role"):
        create_token(by=user, user=user, trial=make_trial(), name="x", days=1, now=NOW)


@pytest.mark.django_db
def test_tokens_differ_and_have_the_shape_that_redcap_clients_accept():
    trial = make_trial()
    user = make_member(trial, "statistician")
    secrets = {
        create_token(by=user, user=user, trial=trial, name="x", days=1, now=timezone.now()).secret
        for _time in range(3)
    }
    assert len(secrets) == 3
    assert all(len(secret) == 32 and int(secret, 16) for secret in secrets)
