"""A migrated site with people, a trial and a patient, on SQLite and on PostgreSQL."""

import shutil
import uuid
from urllib.parse import urlsplit

import pytest

from tests import components
from tests.integration.core.backups.installation import (
    PREPARE,
    Installation,
    databases_named,
    on_server,
)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory):
    made = Installation(tmp_path_factory.mktemp("template"))
    made.python(PREPARE, check=True)
    return made


@pytest.fixture(scope="session")
def postgresql_template(tmp_path_factory):
    name = f"test_backup_{uuid.uuid4().hex[:8]}"
    url = urlsplit(components.postgresql_url())._replace(path=f"/{name}").geturl()
    on_server(f"CREATE DATABASE {name}")
    made = Installation(tmp_path_factory.mktemp("template"), url)
    made.python(PREPARE, check=True)
    yield made
    on_server(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def sqlite_site(sqlite_template, tmp_path, settings, django_db_blocker):
    for path in sqlite_template.folder.glob("live.sqlite3*"):
        shutil.copy(path, tmp_path)
    yield from _served(Installation(tmp_path), settings, django_db_blocker)


@pytest.fixture
def postgresql_site(postgresql_template, tmp_path, settings, django_db_blocker):
    name = f"{postgresql_template.name}_{uuid.uuid4().hex[:6]}"
    on_server(f"CREATE DATABASE {name} TEMPLATE {postgresql_template.name}")
    url = urlsplit(postgresql_template.url)._replace(path=f"/{name}").geturl()
    yield from _served(Installation(tmp_path, url), settings, django_db_blocker)
    for left in databases_named(name):
        on_server(f"DROP DATABASE {left} WITH (FORCE)")


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.needs("postgresql"))]
)
def site(request):
    """An installation with data, as Django's default database of this process."""
    return request.getfixturevalue(f"{request.param}_site")


def _served(site, settings, blocker):
    settings.VAR_DIR = site.folder
    settings.RECORDS_DIR = site.folder / "records"
    settings.BACKUP_DIR = site.folder / "backups"
    with blocker.unblock(), site.in_this_process():
        yield site
