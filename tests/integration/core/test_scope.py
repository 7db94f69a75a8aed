"""In whose clock a page of a trial shows times."""

import pytest
from django.test import RequestFactory
from django.utils import timezone

from core.models import Site
from core.scope import enter, trial_or_404
from tests.factories import make_member, make_trial


@pytest.fixture
def request_of_monitor(db):
    request = RequestFactory().get("/")
    request.user = make_member(make_trial(), "monitor")
    yield request
    timezone.deactivate()


def test_page_of_a_trial_shows_the_clock_of_its_sites(request_of_monitor):
    Site.objects.update(time_zone="Asia/Tokyo")
    trial_or_404(request_of_monitor, "small")
    assert timezone.get_current_timezone_name() == "Asia/Tokyo"


def test_page_shows_no_clock_of_the_page_before(request_of_monitor):
    trial = make_trial()
    first = trial.sites.first()
    Site.objects.filter(pk=first.pk).update(time_zone="Asia/Tokyo")
    Site.objects.exclude(pk=first.pk).update(time_zone="Europe/Berlin")
    first.refresh_from_db()
    enter(request_of_monitor, trial, first)
    assert timezone.get_current_timezone_name() == "Asia/Tokyo"
    enter(request_of_monitor, trial)
    assert timezone.get_current_timezone_name() == "UTC"
