"""Installations of their own: a migrated database with people and a trial, on either kind."""

import os
import subprocess
import sys
from contextlib import contextmanager
from urllib.parse import urlsplit

import environ
import psycopg2
from django.conf import settings
from django.db import connections
from django.db.utils import load_backend

from tests import components

PREPARE = """
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from tests.factories import make_enrolled_patient, make_trial
make_enrolled_patient(make_trial())
"""


class Installation:
    """One database, and what a process needs in its environment to use it."""

    def __init__(self, folder, url=""):
        self.folder, self.url = folder, url
        self.environment = {
            name: value for name, value in os.environ.items() if name != "DATABASE_URL"
        } | {"TRIALSITE_TEST": "1", "TRIALSITE_VAR": str(folder), **self._database()}

    def _database(self):
        if self.url:
            return {"DATABASE_URL": self.url}
        return {"TRIALSITE_SQLITE": str(self.folder / "live.sqlite3")}

    @property
    def is_sqlite(self):
        return not self.url

    @property
    def name(self):
        return urlsplit(self.url).path[1:] if self.url else "live.sqlite3"

    @property
    def values(self):
        base = {"ATOMIC_REQUESTS": False, "AUTOCOMMIT": True, "TIME_ZONE": None, "TEST": {}}
        base |= {"CONN_HEALTH_CHECKS": False, "CONN_MAX_AGE": 0, "HOST": "", "PORT": ""}
        base |= {"USER": "", "PASSWORD": "", "OPTIONS": {}}
        if self.url:
            return base | environ.Env.db_url_config(self.url) | {"OPTIONS": {"connect_timeout": 5}}
        path = str(self.folder / "live.sqlite3")
        found = {"ENGINE": "django.db.backends.sqlite3", "NAME": path}
        options = {"transaction_mode": "IMMEDIATE", "timeout": 20}
        init = "PRAGMA journal_mode=WAL; PRAGMA recursive_triggers=ON;"
        return base | found | {"OPTIONS": options | {"init_command": init}}

    def python(self, code, **kwargs):
        return subprocess.run(
            [sys.executable, "-c", code],
            cwd=settings.BASE_DIR,
            env=self.environment | {"DJANGO_SETTINGS_MODULE": "trialsite.settings"},
            capture_output=True,
            text=True,
            **kwargs,
        )

    @contextmanager
    def in_this_process(self):
        """Django's default connection is to this installation."""
        before = connections["default"]
        connections["default"] = load_backend(self.values["ENGINE"]).DatabaseWrapper(
            self.values, alias="default"
        )
        try:
            yield self
        finally:
            connections["default"].close()
            connections["default"] = before


def on_server(sql):
    connection = psycopg2.connect(components.postgresql_url())
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(sql)
        found = cursor.fetchall() if cursor.description else None
    connection.close()
    return found


def databases_named(part):
    found = on_server(f"SELECT datname FROM pg_database WHERE datname LIKE '%{part}%'")
    return sorted(name for (name,) in found)
