"""Arms of a blinded trial leave it only with the right, for a reason, in files of their own."""

import io
import json
import zipfile

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from core.models import ApiToken, AuditEntry, Membership
from core.refusals import Refused
from enrollment.actions import randomize_patient
from enrollment.models import Unblinding
from reports.actions import table_exports
from reports.models import TableExport
from tests.factories import (
    ENROLLED_ON,
    make_member,
    make_randomized_trial,
    make_ready_patient,
    make_token,
)
from tests.integration.reports.reading import problem_of, rows_of, text_of

pytestmark = pytest.mark.django_db
WHY = "interim analysis of the data monitoring committee"
CSV = "/api/v1/trials/small/tables/allocations.csv"


@pytest.fixture(autouse=True)
def nothing_starts(monkeypatch):
    monkeypatch.setattr(table_exports, "start", lambda export: None)


@pytest.fixture
def trial():
    trial = make_randomized_trial()
    by = make_member(trial, "coordinator")
    randomize_patient(make_ready_patient(trial, by=by), by=by, on=ENROLLED_ON)
    return trial


@pytest.fixture
def una(trial):
    return make_member(trial, "unblinded-statistician", username="una")


def call(person, trial, path=CSV, **token):
    headers = {"authorization": f"Token {make_token(person, trial, **token)}"}
    return Client().get(path, headers=headers)


def arm_readings(trial):
    return Unblinding.objects.filter(trial=trial, kind="routine")


def test_token_without_arms_is_blinded_whoever_has_it(trial, una):
    [row] = rows_of(call(una, trial))
    assert "arm" not in row
    assert not arm_readings(trial).exists()


def test_token_made_for_arms_reads_them_and_the_registers_say_why(trial, una, client):
    [row] = rows_of(call(una, trial, unblinded_for=WHY))
    assert row["arm"] in {arm.id for arm in trial.versions.get().definition.arms}
    [reading] = arm_readings(trial)
    assert (reading.by, reading.reason) == (una, WHY)
    entry = AuditEntry.objects.get(event="export")
    assert (entry.changes["scope"], entry.changes["why"]) == ("unblinded", WHY)
    client.force_login(make_member(trial, "data-manager"))
    register = client.get("/trials/small/exports/register/").content.decode()
    assert WHY in register
    assert "with the arms" in register
    assert row["arm"] not in register


def test_two_scopes_are_two_files_to_a_cache(trial, una):
    plain = call(una, trial)["ETag"]
    assert call(una, trial, unblinded_for=WHY)["ETag"] != plain


@pytest.mark.parametrize("role", ["statistician", "data-manager", "unblinded-pharmacist"])
def test_role_without_the_right_gets_no_such_token(trial, client, role):
    person = make_member(trial, role)
    with pytest.raises(Refused):
        make_token(person, trial, unblinded_for=WHY)
    client.force_login(person)
    asked = {"name": "x", "trial": "small", "days": 9, "is_unblinded": "on", "reason": WHY}
    client.post("/tokens/new/", asked)
    assert not ApiToken.objects.filter(is_unblinded=True).exists()


@pytest.mark.parametrize(("reason", "status"), [("", 422), (WHY, 200)])
def test_token_for_arms_is_made_in_the_browser_with_a_reason(trial, una, client, reason, status):
    client.force_login(una)
    asked = {"name": "x", "trial": "small", "days": 9, "is_unblinded": "on", "reason": reason}
    assert client.post("/tokens/new/", asked).status_code == status
    assert ApiToken.objects.filter(is_unblinded=True, reason=WHY).exists() == bool(reason)


def test_right_that_ended_ends_the_token(trial, una):
    secret = make_token(una, trial, unblinded_for=WHY)
    Membership.objects.filter(user=una).update(revoked_at=timezone.now())
    make_member(trial, "statistician")
    answer = Client().get(CSV, headers={"authorization": f"Token {secret}"})
    assert problem_of(answer)["status"] in (403, 404)


@pytest.mark.parametrize("why", ["", WHY])
def test_odm_has_the_item_of_the_arm_only_where_it_was_asked_for(trial, una, why):
    text = text_of(call(una, trial, "/api/v1/trials/small/odm.xml", unblinded_for=why))
    assert ("IT.allocations.arm" in text) == bool(why)


def test_command_makes_such_a_token_for_a_reason(trial, una, capsys):
    call_command("create_token", "una", "--trial", "small", "--unblinded", WHY)
    assert len(capsys.readouterr().out.split()[-1]) == 32
    token = ApiToken.objects.get()
    assert (token.is_unblinded, token.reason) == (True, WHY)


def asked(client, tables=("allocations",), **more):
    wish = {"form": "csv", "cut": "", "reason": WHY, "tables": list(tables)} | more
    return client.post("/trials/small/exports/new/", wish)


def test_archive_with_arms_has_its_own_name_and_scope(trial, una, client):
    client.force_login(una)
    for more in ({"is_unblinded": "on"}, {}):
        assert asked(client, **more).status_code == 302
    names, scopes, texts = [], [], []
    for export in TableExport.objects.order_by("pk"):
        table_exports.complete(export.pk)
        export.refresh_from_db()
        archive = zipfile.ZipFile(io.BytesIO(export.content))
        names.append(export.file_name)
        scopes.append(json.loads(archive.read("manifest.json"))["scope"])
        texts.append(archive.read("tables/allocations.csv").decode().splitlines()[0])
    assert scopes == ["unblinded", "blinded"]
    assert ["-unblinded-" in name for name in names] == [True, False]
    assert [text.endswith(",arm") for text in texts] == [True, False]
    first, second = AuditEntry.objects.filter(event="export").order_by("pk")
    assert "sha256" not in first.changes  # blinded people read the register
    assert second.changes["sha256"]
    assert arm_readings(trial).count() == 1


def test_wish_for_arms_without_the_right_makes_a_blinded_archive(trial, client):
    client.force_login(make_member(trial, "statistician"))
    assert "is_unblinded" not in client.get("/trials/small/exports/new/").content.decode()
    asked(client, is_unblinded="on")
    assert not TableExport.objects.get().is_unblinded


def test_redcap_calls_stay_blinded(trial, una):
    token = make_token(una, trial, unblinded_for=WHY)
    asked = {"token": token, "content": "record", "format": "csv"}
    answer = Client().post("/api/redcap/", asked)
    assert answer.status_code == 200
    text = b"".join(answer.streaming_content if answer.streaming else [answer.content]).decode()
    assert "allocated_on" in text.splitlines()[0]
    assert "arm" not in text.splitlines()[0].split(",")
