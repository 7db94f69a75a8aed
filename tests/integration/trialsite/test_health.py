import pytest
from django.db import connection
from django.db.utils import OperationalError

from tests.components import REDIS_URL


def test_healthz_asks_no_database_and_no_login(client):
    response = client.get("/healthz")

    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_readyz_with_everything_there_is_ok(client):
    response = client.get("/readyz")

    assert response.status_code == 200
    assert response.json() == {
        "status": "ok",
        "database": "ok",
        "migrations": "ok",
        "audit": "ok",
        "accounts": "ok",
        "broker": "not used",
        "locks": "ok",
    }
    assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db
def test_readyz_with_a_table_that_nobody_watches_is_unavailable(client):
    with connection.cursor() as cursor:
        on = " ON core_trial" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER {'audit_row' if on else 'audit_core_trial_update'}{on}")

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json()["audit"] == "not watched"


@pytest.mark.django_db
def test_readyz_with_pending_migration_is_unavailable(client):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'core'")

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json()["migrations"] == "pending"


@pytest.mark.django_db
def test_readyz_without_redis_is_unavailable(client, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json()["broker"] == "unreachable"


@pytest.mark.django_db
@pytest.mark.needs("redis")
def test_readyz_with_redis_is_ok(client, settings):
    settings.REDIS_URL = REDIS_URL

    assert client.get("/readyz").json()["broker"] == "ok"


def test_readyz_without_database_is_unavailable(client, monkeypatch):
    def away(*args, **kwargs):
        raise OperationalError

    monkeypatch.setattr(connection, "cursor", away)

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json()["database"] == "unreachable"


def test_readyz_takes_no_post(client):
    assert client.post("/readyz").status_code == 405
