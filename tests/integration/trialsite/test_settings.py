"""Each mode in a process of its own: settings are read once, when it starts."""

import json
import stat

import pytest

pytestmark = pytest.mark.once


@pytest.fixture
def ask(python):
    """The value of an expression over the settings `s`, which a new process has read."""

    def value(expression, **variables):
        code = f"import json, trialsite.settings as s; print(json.dumps({expression}))"
        result = python("-c", code, **variables)
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout)

    return value


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        pytest.param({"SECRET_KEY": ""}, "SECRET_KEY is not set", id="no key"),
        pytest.param({"SECRET_KEY": "k3y" * 16}, "too short or a default", id="49 characters"),
        pytest.param({"SECRET_KEY": "a" * 60}, "too short or a default", id="one letter"),
        pytest.param(
            {"SECRET_KEY": "django-insecure-" + "k3y_Lq0vZr5" * 4}, "a default", id="startproject's"
        ),
        pytest.param({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS must list", id="no hosts"),
        pytest.param({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS must list", id="any host"),
        pytest.param({"DEBUG": "1"}, "DEBUG must be off", id="debug"),
        pytest.param({"NIGHTLY_AT": "25:00"}, "NIGHTLY_AT must be a time", id="hour 25"),
        pytest.param({"NIGHTLY_AT": "two"}, "NIGHTLY_AT must be a time", id="no time"),
        pytest.param({"DATABASE_URL": "mysql://x/y"}, "must start with postgres", id="mysql"),
    ],
)
def test_production_with_unsafe_setting_is_refused(python, safe, change, sentence):
    result = python("-c", "import trialsite.settings", **(safe | change))

    assert result.returncode != 0
    assert sentence in result.stderr


def test_no_key_stands_in_the_code(ask):
    assert ask("s.SECRET_KEY", TRIALSITE_TEST="1") != ask("s.SECRET_KEY", TRIALSITE_TEST="1")


def test_production_with_safe_settings_passes_the_deployment_checks(python, safe):
    result = python("manage.py", "check", "--deploy", "--fail-level", "WARNING", **safe)

    assert result.returncode == 0, result.stderr


def test_production_behind_tls_protects_cookies_and_redirects(ask, safe):
    expression = "[s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_SSL_REDIRECT]"

    assert ask(expression, **safe) == [True, True, True]
    plain = safe | {"TRIALSITE_BEHIND_TLS": "0"}
    assert ask(expression, **plain) == [False, False, False]


def test_redis_url_makes_tasks_leave_the_process(ask, safe):
    expression = "[s.CELERY_TASK_ALWAYS_EAGER, s.CACHES['default']['BACKEND'].rpartition('.')[2]]"

    assert ask(expression, **safe) == [True, "LocMemCache"]
    away = safe | {"REDIS_URL": "redis://127.0.0.1:1/0"}
    assert ask(expression, **away) == [False, "RedisCache"]


def test_nightly_at_sets_the_beat_schedule(ask, safe):
    expression = "[str(s.CELERY_BEAT_SCHEDULE['nightly']['schedule']), s.CELERY_TIMEZONE, s.USE_TZ]"
    late = safe | {"NIGHTLY_AT": "23:45", "TRIALSITE_TIME_ZONE": "Asia/Shanghai"}

    schedule, zone, use_tz = ask(expression, **late)

    assert "45 23" in schedule
    assert (zone, use_tz) == ("Asia/Shanghai", True)


def test_demo_makes_its_own_key_once(ask, tmp_path):
    first = ask("s.SECRET_KEY", TRIALSITE_DEMO="1")
    second = ask("s.SECRET_KEY", TRIALSITE_DEMO="1")

    assert first == second
    assert len(first) >= 50
    assert stat.S_IMODE((tmp_path / "demo-secret-key").stat().st_mode) == 0o600


def test_demo_answers_to_the_host_that_it_is_bound_to(ask):
    hosts = ask("s.ALLOWED_HOSTS", TRIALSITE_DEMO="1", HOST="192.0.2.7")

    assert "192.0.2.7" in hosts
    assert "*" not in hosts


def test_sqlite_bears_several_writers(python, safe):
    code = (
        "import json, django; django.setup();"
        "from django.db import connection as c; k = c.cursor();"
        "one = lambda q: k.execute(q).fetchone()[0];"
        "print(json.dumps([one('PRAGMA journal_mode'), one('PRAGMA synchronous'),"
        " one('PRAGMA busy_timeout'), one('PRAGMA foreign_keys'), c.transaction_mode]))"
    )

    result = python("-c", code, DJANGO_SETTINGS_MODULE="trialsite.settings", **safe)

    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout) == ["wal", 1, 20000, 1, "IMMEDIATE"]
