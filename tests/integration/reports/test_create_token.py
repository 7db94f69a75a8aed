from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from rest_framework.test import APIClient

from core.models import ApiToken, AuditEntry
from tests.factories import make_user


def create(*arguments):
    out, err = StringIO(), StringIO()
    call_command("create_token", *arguments, stdout=out, stderr=err)
    return out.getvalue().strip(), err.getvalue()


def test_command_prints_a_token_that_works_and_nothing_else(trial, statistician):
    secret, notes = create("statistician", "--trial", "small", "--days", "7")
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {secret}")
    assert client.get("/api/v1/trials/small/tables/visits.csv").status_code == 200
    assert "only now" in notes
    token = ApiToken.objects.get()
    assert (token.expires_at - token.created_at).days in (6, 7)
    [entry] = AuditEntry.objects.of_row(token)
    assert (entry.actor_name, entry.source) == ("system", "command create_token")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nobody", "--trial", "small"], "no account nobody"),
        (["statistician", "--trial", "none"], "no trial none"),
        (["statistician", "--trial", "small", "--days", "366"], "1 to 365"),
        (["stranger", "--trial", "small"], "no role"),
    ],
)
def test_command_refuses_with_a_sentence(trial, statistician, arguments, message):
    make_user("stranger")
    with pytest.raises(CommandError, match=message):
        create(*arguments)
    assert not ApiToken.objects.exists()
