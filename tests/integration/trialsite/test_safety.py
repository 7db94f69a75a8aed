"""Published passwords and real patients never meet."""

import pytest

from core.models import User
from trialsite import safety

SENTENCE = "holds demo accounts"


@pytest.fixture
def demo_account(db):
    return User.objects.create_user("demo", is_demo=True)


@pytest.fixture
def _production(settings):
    settings.PRODUCTION = True


@pytest.mark.usefixtures("_production", "demo_account")
def test_check_with_demo_account_is_an_error():
    [error] = safety.check_no_demo_accounts(databases=["default"])

    assert SENTENCE in error.msg


@pytest.mark.usefixtures("_production", "demo_account")
def test_check_without_database_asks_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert safety.check_no_demo_accounts(databases=None) == []


@pytest.mark.usefixtures("_production", "db")
def test_check_without_demo_account_passes():
    User.objects.create_user("real")

    assert safety.check_no_demo_accounts(databases=["default"]) == []


@pytest.mark.usefixtures("demo_account")
def test_check_in_the_demo_passes():
    assert safety.check_no_demo_accounts(databases=["default"]) == []


@pytest.mark.usefixtures("_production", "demo_account")
def test_readyz_with_demo_account_is_unavailable(client):
    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json()["accounts"] == "demo accounts"


@pytest.fixture
def demo_database(python):
    """In the SQLite file of this test's processes: one demo account."""
    code = (
        "import django; django.setup();"
        "from django.core.management import call_command as call; call('migrate', verbosity=0);"
        "from core.models import User; User.objects.create_user('demo', is_demo=True)"
    )
    demo = {"DJANGO_SETTINGS_MODULE": "trialsite.settings", "TRIALSITE_DEMO": "1"}
    result = python("-c", code, **demo)
    assert result.returncode == 0, result.stderr


WEB = ("-m", "gunicorn", "-c", "python:trialsite.gunicorn", "trialsite.wsgi")
WORKER = ("-m", "celery", "--app", "trialsite", "worker", "--pool", "solo")
BEAT = ("-m", "celery", "--app", "trialsite", "beat")
NOWHERE = {"PORT": "0", "REDIS_URL": "redis://127.0.0.1:1/0"}


@pytest.mark.usefixtures("demo_database")
def test_production_on_the_demo_database_does_not_start(python, safe):
    for command in (WEB, WORKER, BEAT, ("manage.py", "migrate")):
        result = python(*command, **safe, **NOWHERE)

        assert result.returncode != 0, command
        assert SENTENCE in result.stderr, command


def test_worker_without_redis_does_not_start(python, safe):
    result = python(*WORKER, **safe)

    assert result.returncode != 0
    assert "REDIS_URL" in result.stderr


def test_production_without_database_starts(python, safe):
    """It will answer 503; what is in the database can only be known later."""
    code = "from trialsite.wsgi import application; print(application)"

    result = python("-c", code, DATABASE_URL="postgres://nobody@127.0.0.1:1/none", **safe)

    assert result.returncode == 0, result.stderr
    assert "WSGIHandler" in result.stdout
