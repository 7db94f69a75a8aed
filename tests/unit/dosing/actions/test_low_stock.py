"""Who is told that few kits are left, and how often. No arm shows."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from core.models import Notice, NoticeKind, NoticeRecipient
from dosing.actions.low_stock import store_low_stock
from dosing.queries.stock import stock_by_site
from enrollment.queries.trials import current_version
from tests.factories import LATER, make_member
from tests.factories_kits import make_kits, make_lot, make_reading

NOW = timezone.now()


@pytest.fixture
def named(trial):
    """At site 01 only."""
    return name(trial, make_member(trial, "dispenser", site="01"))


def name(trial, person):
    NoticeRecipient.objects.create(trial=trial, user=person, kind=NoticeKind.LOW_STOCK)
    return person


def free_kits(trial):
    definition = current_version(trial).definition
    return {
        line.site.code: (line.free, line.is_low)
        for line in stock_by_site(trial, definition, today=LATER)
    }


@pytest.mark.parametrize(
    ("kits", "is_low"), [pytest.param(3, True, id="one fewer"), pytest.param(4, False, id="enough")]
)
def test_level_is_that_of_the_setting(trial, kits, is_low):
    make_kits(trial, kits)
    assert free_kits(trial) == {"01": (kits, is_low)}


def test_level_counts_all_arms_together(blinded_trial, settings):
    settings.KITS_LOW_STOCK = 3
    make_kits(blinded_trial, 6)
    assert free_kits(blinded_trial) == {"01": (6, False)}


@pytest.mark.parametrize(
    ("days", "free"), [pytest.param(20, 0, id="too early"), pytest.param(21, 4, id="just lasts")]
)
def test_kit_that_does_not_last_through_a_course_is_not_free(trial, days, free):
    make_kits(trial, lot=make_lot(expires_on=LATER + timedelta(days=days)))
    assert free_kits(trial)["01"][0] == free


def test_kit_in_quarantine_is_not_free(trial):
    make_kits(trial)
    make_reading(trial, highest=30, comment="door open")
    assert free_kits(trial) == {"01": (0, True)}


def test_site_that_never_had_a_kit_is_not_listed(trial):
    make_kits(trial, received=False)
    assert free_kits(trial) == {}


def test_named_people_of_the_site_are_told_once_in_seven_days(trial, named):
    name(trial, make_member(trial, "dispenser", site="02"))
    make_member(trial, "dispenser", site="01")
    make_kits(trial, 3)
    assert len(store_low_stock(trial, now=NOW)) == 1
    notice = Notice.objects.get()
    assert notice.user == named
    assert notice.subject == "Few kits left at site 01"
    assert "3 kits can be given to patients; the trial wants to have 4 here." in notice.text
    assert notice.path == "/trials/small/kits/?site=01"
    assert store_low_stock(trial, now=notice.created_at + timedelta(days=6)) == []
    assert len(store_low_stock(trial, now=notice.created_at + timedelta(days=7))) == 1


def test_nobody_is_told_while_there_are_enough(trial, named):
    make_kits(trial, 4)
    assert store_low_stock(trial, now=NOW) == []


def test_command_writes_for_every_trial(trial, named, django_capture_on_commit_callbacks):
    make_kits(trial, 1)
    with django_capture_on_commit_callbacks(execute=True):
        call_command("warn_of_low_stock")
    assert Notice.objects.get().user == named
