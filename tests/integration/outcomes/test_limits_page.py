"""Limits of normal: entered, uploaded, corrected and withdrawn by a data manager."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from core.models import AuditEntry, Site
from outcomes.models import NormalLimits
from tests.factories import make_member, make_trial

pytestmark = pytest.mark.django_db
HEADER = "test,unit,sex,from_age,to_age,valid_from,low,high\n"


@pytest.fixture
def site():
    return Site.objects.get(trial=make_trial(), code="01")


@pytest.fixture
def client(site):
    client = Client()
    client.force_login(make_member(site.trial, "data-manager"))
    return client


def upload(client, site, text):
    file = SimpleUploadedFile("limits.csv", text.encode())
    address = reverse("outcomes:limits-upload", args=[site.trial.slug])
    return client.post(address, {"site": site.pk, "file": file})


def limits(site, **values):
    values = {"test": "alt_u_l", "valid_from": date(2026, 1, 1), "high": 40} | values
    return NormalLimits.objects.create(site=site, **values)


def test_file_is_stored_whole_and_comes_back_as_it_was(client, site):
    rows = "alt_u_l,U/L,F,0,150,2026-01-01,,40\nsodium_mmol_l,mmol/L,,0,150,2026-01-01,135,145\n"
    assert upload(client, site, HEADER + rows).status_code == 302
    assert NormalLimits.objects.filter(site=site).count() == 2
    address = reverse("outcomes:limits-csv", args=[site.trial.slug])
    text = client.get(address, {"site": "01"}).content.decode()
    assert list(csv.reader(io.StringIO(text))) == list(csv.reader(io.StringIO(HEADER + rows)))


def test_bad_file_changes_nothing_and_says_every_line(client, site):
    rows = "alt_u_l,U/L,,,,2026-01-01,,40\nalt,U/L,,,,2026-01-01,,40\ninr,,,,,x,,1\n"
    response = upload(client, site, HEADER + rows)
    assert response.status_code == 422
    text = response.content.decode()
    assert "Line 3: “alt” is no test" in text
    assert "Line 4: Give the day" in text
    assert not NormalLimits.objects.exists()


def test_file_that_overlaps_what_is_there_is_refused_whole(client, site):
    limits(site, sex="F")
    rows = "inr,,,,,2026-01-01,,1.2\nalt_u_l,U/L,,,,2026-01-01,,45\n"
    assert upload(client, site, HEADER + rows).status_code == 422
    assert NormalLimits.objects.count() == 1


def test_row_is_added_and_a_wrong_one_keeps_what_was_typed(client, site):
    address = reverse("outcomes:limits-list", args=[site.trial.slug])
    typed = {
        "site": site.pk,
        "test": "inr",
        "valid_from": "2026-01-01",
        "low": "1.3",
        "high": "1.2",
    }
    response = client.post(address, typed)
    assert response.status_code == 422
    assert 'value="1.3"' in response.content.decode()
    assert client.post(address, typed | {"low": "0.8"}).status_code == 302
    row = NormalLimits.objects.get()
    assert (row.as_range.from_age, row.as_range.to_age, row.low) == (0, 150, Decimal("0.8"))
    entry = AuditEntry.objects.filter(table_name="outcomes_normallimits").get()
    assert entry.action == AuditEntry.Action.INSERT


def test_correction_keeps_the_reason_and_the_old_number(client, site):
    row = limits(site)
    address = reverse("outcomes:limits-change", args=[row.pk])
    typed = {"valid_from": "2026-01-01", "low": "", "high": "45"}
    assert client.post(address, typed).status_code == 422
    assert client.post(address, typed | {"reason": "misread"}).status_code == 302
    row.refresh_from_db()
    assert row.high == 45
    entry = AuditEntry.objects.filter(table_name="outcomes_normallimits").latest("pk")
    assert entry.reason == "misread"
    assert "high" in entry.changes


def test_withdrawn_row_is_gone_from_the_list_and_makes_room(client, site):
    row = limits(site)
    address = reverse("outcomes:limits-change", args=[row.pk])
    values = {"valid_from": "2026-01-01", "high": "40", "reason": "wrong site", "do": "withdraw"}
    assert client.post(address, values).status_code == 302
    page = client.get(reverse("outcomes:limits-list", args=[site.trial.slug]))
    assert page.context["lines"] == []
    assert client.post(address, values).status_code == 422
    rows = "alt_u_l,U/L,,,,2026-01-01,,45\n"
    assert upload(client, site, HEADER + rows).status_code == 302


@pytest.mark.parametrize(
    "values",
    [
        {"high": None},
        {"low": 40},
        {"from_age": 66, "to_age": 65},
        {"withdrawn_at": "2026-01-01T00:00Z"},
    ],
)
def test_database_refuses_what_cannot_be_limits(site, values):
    with pytest.raises(IntegrityError), transaction.atomic():
        limits(site, **values)


def test_list_costs_the_same_for_many_rows(client, site, django_assert_max_num_queries):
    for year in range(2000, 2020):
        limits(site, valid_from=date(year, 1, 1))
    with django_assert_max_num_queries(30):
        client.get(reverse("outcomes:limits-list", args=[site.trial.slug]))
