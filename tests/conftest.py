"""For every test: components that may be missing, and a network that ends at this machine."""

import ipaddress
import os
import re
import socket
from collections import Counter

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone, translation

from core.audit import set_source
from tests import components

_REASON = re.compile(r"needs (\w+): .+")


def pytest_runtest_setup(item):
    for marker in item.iter_markers("needs"):
        for component in marker.args:
            if components.is_present(component):
                continue
            reason = f"needs {component}: {components.advice(component)}"
            if os.environ.get("TRIALSITE_REQUIRE") == "all":
                pytest.fail(reason, pytrace=False)
            pytest.skip(reason)


def pytest_terminal_summary(terminalreporter):
    reasons = Counter(
        match.group()
        for report in terminalreporter.stats.get("skipped", [])
        if (match := _REASON.search(str(report.longrepr[-1])))
    )
    if reasons:
        terminalreporter.section("components missing on this machine")
        for reason, count in sorted(reasons.items()):
            terminalreporter.line(f"{count} skipped, {reason}")


@pytest.fixture(autouse=True)
def _english():
    """A request leaves its language behind in the process; the next test starts in English."""
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def _fresh_thread():
    """A command says where its writes come from, a page sets the clock of its trial, and in a suite
    the process goes on after them."""
    set_source("")
    timezone.deactivate()


class NetworkIsClosed(AssertionError):
    pass


@pytest.fixture(autouse=True, scope="session")
def _closed_network():
    """Connections to any other machine fail, in this process, with the address in the message."""
    connect = socket.socket.connect

    def connect_here(self, address):
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(address[0]):
            message = f"A test tried to reach {address[0]}. Tests use nothing beyond this machine."
            raise NetworkIsClosed(message)
        return connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect_here)
        yield


def _is_loopback(host):
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True, scope="session")
def _records_apart(tmp_path_factory):
    """Files that are records go to a folder of the run, not into that of the developer's site."""
    settings.RECORDS_DIR = tmp_path_factory.mktemp("records")


@pytest.fixture
def committed_db(transactional_db):
    """Writes are committed; afterwards the trail, which nobody can empty, is emptied as well.

    Emptying the database makes Django announce a migration, and that installs the triggers again.
    """
    yield
    with connection.cursor() as cursor:
        for trigger, watched in _triggers(cursor):
            on = f' ON "{watched}"' if connection.vendor == "postgresql" else ""
            cursor.execute(f'DROP TRIGGER "{trigger}"{on}')


def _triggers(cursor):
    if connection.vendor == "postgresql":
        cursor.execute(
            "SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal"
        )
    else:
        cursor.execute("SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'")
    return cursor.fetchall()
