"""A site is open after its newest record says so. ICH E6(R3) 4.3.5."""

from datetime import date
from importlib import import_module

import pytest
from django.apps import apps
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from core.actions.sites import close_site, open_site
from core.models import AuditEntry, Site, SiteOpening
from core.policies.sites import check_site_is_open, is_open
from core.queries.sites import site_lines
from core.refusals import Refused
from enrollment.actions import load_definition
from enrollment.models import Patient
from tests.factories import (
    SMALL_TRIAL,
    make_enrolled_patient,
    make_member,
    make_screened_patient,
    make_trial,
    open_visit,
    save_form,
)

TODAY = date(2026, 3, 2)


@pytest.fixture
def trial(db):
    return load_definition(SMALL_TRIAL.read_text("utf-8"), by=None).version.trial


@pytest.fixture
def site(trial):
    return Site.objects.get(trial=trial, code="01")


@pytest.fixture
def dora(trial):
    return make_member(trial, "data-manager", username="dora")


def opened(site, by, *, approved_on=TODAY):
    approval = {"approved_on": approved_on, "approval": "Ethics committee 2026-014"}
    return open_site(site, by=by, now=timezone.now(), today=TODAY, **approval)


def closed(site, by):
    return close_site(site, by=by, reason="Enough patients", now=timezone.now())


def test_loaded_trial_starts_with_its_sites_closed(trial):
    assert [line.is_open for line in site_lines(trial.sites.all())] == [False, False]


def test_opening_one_site_opens_no_other_and_is_the_person_s_in_the_trail(trial, site, dora):
    record = opened(site, dora)

    assert is_open(site)
    assert not is_open(Site.objects.get(trial=trial, code="02"))
    entry = AuditEntry.objects.of_row(record).last()
    assert (entry.actor_id, entry.site_id) == (dora.pk, site.pk)


def test_newest_record_is_the_state(site, dora):
    opened(site, dora)
    closed(site, dora)
    assert not is_open(site)
    opened(site, dora)
    assert is_open(site)
    [line] = site_lines(Site.objects.filter(pk=site.pk))
    assert [item.kind for item in line.history] == ["open", "close", "open"]


@pytest.mark.parametrize(
    ("approved_on", "is_refused"),
    [
        pytest.param(TODAY, False, id="today"),
        pytest.param(date(2026, 3, 3), True, id="tomorrow"),
    ],
)
def test_approval_is_not_one_to_come(site, dora, approved_on, is_refused):
    if is_refused:
        with pytest.raises(Refused, match="not in the future"):
            opened(site, dora, approved_on=approved_on)
    else:
        opened(site, dora, approved_on=approved_on)
    assert is_open(site) is not is_refused


def test_site_is_not_opened_or_closed_twice(site, dora):
    with pytest.raises(Refused, match="closed already"):
        closed(site, dora)
    opened(site, dora)
    with pytest.raises(Refused, match="open already"):
        opened(site, dora)


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"kind": "open", "approved_on": TODAY}, id="opening without an approval"),
        pytest.param({"kind": "open", "approval": "EC 1"}, id="opening without its day"),
        pytest.param({"kind": "close"}, id="closing without a reason"),
        pytest.param({"kind": "shut", "reason": "x"}, id="neither"),
    ],
)
def test_database_refuses_half_a_record(site, dora, values):
    with pytest.raises(IntegrityError), transaction.atomic():
        SiteOpening.objects.create(
            site=site, recorded_by=dora, recorded_at=timezone.now(), **values
        )


def test_record_cannot_be_changed_or_removed(site, dora):
    opened(site, dora)
    for change in (
        lambda: SiteOpening.objects.update(approval="another"),
        lambda: SiteOpening.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError, match="cannot be changed"), transaction.atomic():
            change()


def test_nobody_is_screened_at_a_site_that_is_not_open(trial, site, dora):
    with pytest.raises(Refused, match="Site 01 is not open for entry"):
        make_screened_patient(trial)
    opened(site, dora)
    make_screened_patient(trial)
    closed(site, dora)
    with pytest.raises(Refused, match="Site 01 is not open for entry"):
        make_screened_patient(trial)
    assert Patient.objects.count() == 1


def test_entry_for_an_enrolled_patient_goes_on_at_a_closed_site(db):
    trial = make_trial()
    patient = make_enrolled_patient(trial)
    closed(patient.site, make_member(trial, "data-manager"))

    save_form("vital-signs", open_visit(patient), ecog="0")


def test_upgrade_opens_the_sites_that_were_there(site):
    import_module("core.migrations.0008_site_openings").open_known_sites(apps, None)

    check_site_is_open(site)
    note = SiteOpening.objects.get(site=site)
    assert note.approval == "open before this record existed"
    assert (note.approved_on, note.recorded_by) == (None, None)
