"""No byte that a blinded role can get differs between worlds in which the arms differ."""

import json
import logging
import os
from collections import Counter
from datetime import UTC, datetime
from itertools import zip_longest

import pytest
from celery.app.task import Task
from django.apps import apps
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.audit.triggers import APPS
from core.logs import FIELDS
from core.models import AuditEntry
from core.models.membership import Role
from core.permissions import Permission, roles_with
from enrollment.models import RandomizationList, Unblinding
from reports.api.redcap.views import CONTENTS
from reports.queries.tables import all_tables
from tests.factories import make_member, make_token, make_user
from tests.integration.test_authorization import TABLE, things_of
from tests.integration.worlds import (
    ASSIGNMENTS,
    WORDS,
    build,
    hold_the_trails_clock,
    undone,
    without_chance,
)

BLINDED = sorted(set(Role.values) - {"unblinded-pharmacist", "unblinded-statistician"})
NOW = datetime(2026, 7, 1, 4, tzinfo=UTC)
DRAWN_ANEW = {"admin:index", "readyz", "mfa_activate_totp", "mfa_add_webauthn"}
"""Pages of the person and the machine that are different every time."""
HOLDS_AN_ARM = {
    ("enrollment_allocation", "arm"),
    ("dosing_kitarm", "arm"),
    # The protocol, which everybody may read: it names the arms and no patient.
    ("enrollment_trialversion", "source"),
    ("enrollment_trialversion", "content"),
}


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def tasks(monkeypatch):
    """Arguments of all tasks that were started."""
    started = []
    start = Task.apply_async

    def note(self, args=None, kwargs=None, **options):
        started.append((self.name, args, kwargs))
        return start(self, args, kwargs, **options)

    monkeypatch.setattr(Task, "apply_async", note)
    return started


def addresses(trial, patients):
    """Everything that can be asked for: the table of all routes, every export, every patient."""
    known = things_of(trial)
    known_of = {name: [pk] for name, pk in known.items()}
    # Two who share an arm in some worlds and not in others; the first one was unblinded.
    some = [patients[0], patients[2]]
    known_of["patient"] = [patient.pk for patient in some]
    known_of["visit"] = [patient.visits.get(key="C1D1").pk for patient in some]
    found = {}
    for row in TABLE:
        if row.method != "get" or row.route in DRAWN_ANEW:
            continue
        first = row.arguments[0] if row.arguments else None
        rest = [known.get(name, name) for name in row.arguments[1:]]
        # A record is behind the address of its own patient only.
        for pk in [known[first]] if rest and first in known else known_of.get(first, [first]):
            found[reverse(row.route, args=[pk, *rest] if row.arguments else [])] = None
    return [*found, f"/trials/{trial.slug}/nothing/", "/patients/999999/"]


def export_addresses(trial):
    whole = [
        reverse(f"api:table-{form}", args=[trial.slug, table.name])
        for table in all_tables()
        for form in ("detail", "csv")
    ]
    allocations = reverse("api:table-csv", args=[trial.slug, "allocations"])
    return [*whole, f"{allocations}?since=0", f"{allocations}?site=01"]


def admin_addresses():
    for model in admin.site._registry:
        if model._meta.app_label not in APPS:
            continue
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"{name}_changelist")
        for pk in model._default_manager.order_by("pk").values_list("pk", flat=True)[:5]:
            yield reverse(f"{name}_change", args=[pk])


def read(client, address):
    answer = client.get(address)
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return answer.status_code, body


def redcap_calls():
    """Every content in both formats, all records in both types, every report."""
    for content in CONTENTS:
        for form in ("csv", "json"):
            yield {"content": content, "format": form}
    for label in ("raw", "label"):
        yield {"content": "record", "format": "csv", "type": "eav", "rawOrLabel": label}
    for table in all_tables():
        yield {"content": "report", "format": "csv", "report_id": table.name}


def redcap_answers(who, user, trial):
    token = make_token(user, trial)
    for asked in redcap_calls():
        answer = Client().post("/api/redcap/", {"token": token} | asked)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        yield (who, "redcap " + " ".join(asked.values())), answer.status_code, body


def raw_and_plain(client, who, paths):
    for path in paths:
        status, body = read(client, path)
        yield (who, path), status, body


def everything(trial, patients):
    """(who, address) to what they get; and the raw bytes of it all."""
    paths = addresses(trial, patients)
    seen, raw = {}, []
    people = {role: make_member(trial, role, username=f"reader-{role}") for role in BLINDED}
    chief = make_user("chief", is_staff=True, is_superuser=True)
    exports = export_addresses(trial)
    readers = [
        (role, user, paths + exports * (role in roles_with(Permission.EXPORT)))
        for role, user in people.items()
    ]
    readers.append(("superuser", chief, list(admin_addresses())))
    hold_the_trails_clock()
    for who, user, mine in readers:
        client = Client(raise_request_exception=False)
        client.force_login(user)
        for key, status, body in raw_and_plain(client, who, mine):
            raw.append(body)
            seen[key] = (status, without_chance(body.decode("latin-1")))
    for role in sorted(people.keys() & set(roles_with(Permission.EXPORT))):
        for key, status, body in redcap_answers(role, people[role], trial):
            raw.append(body)
            seen[key] = (status, without_chance(body.decode("latin-1")))
    return seen, b"\n".join(raw)


def told(record):
    """The line and what is attached to it, but for how long it took."""
    attached = [str(vars(record).get(name)) for name in FIELDS if name != "duration_ms"]
    return without_chance(" ".join([record.name, record.getMessage(), *attached]))


def differences(seen, other):
    """Who and where, and the first line that differs, short enough to be read in a report."""
    for key, (status, body) in seen.items():
        if other[key] != (status, body):
            pairs = zip_longest(body.splitlines(), other[key][1].splitlines(), fillvalue="")
            lines = next(((a, b) for a, b in pairs if a != b), (body, other[key][1]))
            start = len(os.path.commonprefix(lines))
            yield (*key, other[key][0], [line[max(0, start - 60) : start + 60] for line in lines])


def unblinded(trial, patient):
    """What the pharmacist gets, to see that the worlds do differ."""
    client = Client()
    client.force_login(make_member(trial, "unblinded-pharmacist", username="reader-pharmacist"))
    return without_chance(client.post(f"/patients/{patient.pk}/arm/").content.decode())


@pytest.fixture
def worlds(db, tasks, caplog, django_capture_on_commit_callbacks):
    """What the blinded see, what is logged and what tasks are told, in each world."""
    made = []
    for assignment in ASSIGNMENTS:
        tasks.clear()
        caplog.clear()
        timezone.deactivate()
        with undone(), caplog.at_level(logging.INFO):
            with django_capture_on_commit_callbacks(execute=True):
                trial, patients = build(assignment)
            seen, raw = everything(trial, patients)
            [secret] = RandomizationList.objects.exclude(sha256="").values_list("sha256", flat=True)
            made.append(
                {
                    "seen": seen,
                    "raw": raw,
                    "secret": secret,
                    "unblinded": unblinded(trial, patients[2]),
                    # The first world of a process opens the connections.
                    "logs": [told(r) for r in caplog.records if not r.name.startswith("kombu")],
                    "tasks": [json.dumps(task, default=str) for task in tasks],
                }
            )
    return made


def test_blinded_roles_see_the_same_whoever_has_which_arm(worlds):
    first, *others = worlds
    for other in others:
        assert first["seen"].keys() == other["seen"].keys()
        assert list(differences(first["seen"], other["seen"])) == []
        assert first["logs"] == other["logs"]
        assert first["tasks"] == other["tasks"]
    # Not because nothing was there to see.
    assert all(first["unblinded"] != other["unblinded"] for other in others)
    results = ("/feature-tables/", "/analyses/", "/microbiome/")
    told = {s for (_who, path), (s, _b) in first["seen"].items() if any(r in path for r in results)}
    assert told == {403}
    statuses = Counter(status for status, _body in first["seen"].values())
    assert statuses[200] > 300
    assert statuses[403] > 100
    assert statuses[404] > 10
    assert first["tasks"]
    for world in worlds:
        assert world["secret"].encode() not in world["raw"]
        assert world["secret"][:16].encode() not in world["raw"]


def test_no_table_but_two_holds_an_arm(db):
    """Looks through every cell of the database, whatever the pages show of it."""
    build(ASSIGNMENTS[0])
    found = set()
    for model in apps.get_models(include_auto_created=True):
        for row in model._base_manager.values():
            for column, value in row.items():
                text = json.dumps(value, default=str)
                if any(word in text for word in WORDS):
                    found.add((model._meta.db_table, column))
    own = AuditEntry.objects.filter(table_name="enrollment_trialversion")
    others = AuditEntry.objects.exclude(pk__in=own)
    for entry in others:
        assert not any(word in json.dumps(entry.changes) for word in WORDS), entry.table_name
    assert found - {("core_auditentry", "changes")} == HOLDS_AN_ARM


def test_failure_while_an_arm_is_read_tells_it_to_nobody(db, monkeypatch, caplog):
    """The error page and the log of an error that happens with the arm in hand."""
    trial, [patient, *_others] = build(ASSIGNMENTS[0])
    client = Client(raise_request_exception=False)
    client.force_login(make_member(trial, "unblinded-pharmacist"))

    def fail(*args, **options):
        raise RuntimeError("no page")

    monkeypatch.setattr("enrollment.views.unblinding._arm_page", fail)
    answer = client.post(f"/patients/{patient.pk}/arm/")

    assert answer.status_code == 500
    assert Unblinding.objects.filter(kind="routine").exists()
    shown = answer.content.decode() + caplog.text
    assert "no page" in caplog.text
    assert not any(word in shown for word in WORDS)
