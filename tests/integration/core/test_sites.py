"""The page of sites, opening and closing one there, and what screening then says."""

import pytest

from core.models import AuditEntry, Site, SiteOpening
from enrollment.actions import load_definition
from enrollment.models import Patient
from tests.factories import SMALL_TRIAL, make_member, make_trial

SITES = "/trials/small/sites/"
SCREEN = "/trials/small/screening/new/"
APPROVAL = {"approved_on": "2026-01-05", "approval": "Ethics committee 2026-014"}


@pytest.fixture
def trial(db):
    return load_definition(SMALL_TRIAL.read_text("utf-8"), by=None).version.trial


@pytest.fixture
def dora(trial):
    return make_member(trial, "data-manager", username="dora")


@pytest.fixture
def office(client, dora):
    client.force_login(dora)
    return client


def words(response):
    return " ".join(response.content.decode().split())


def test_data_manager_opens_and_closes_a_site(office, dora):
    assert "closed" in words(office.get(SITES))

    assert office.post(f"{SITES}01/open/", APPROVAL).status_code == 302
    page = words(office.get(SITES))
    assert "2026-01-05" in page
    assert "Ethics committee 2026-014" in page
    assert "Dora" in page

    assert office.post(f"{SITES}01/close/", {"reason": "Enough patients"}).status_code == 302
    assert "Enough patients" in words(office.get(SITES))
    newest = SiteOpening.objects.first()
    assert (newest.kind, newest.recorded_by) == ("close", dora)
    assert AuditEntry.objects.of_row(newest).last().actor_id == dora.pk


def test_what_is_missing_is_said_and_what_was_typed_stays(office):
    answer = office.post(f"{SITES}01/open/", {"approval": "Ethics committee 2026-014"})
    assert answer.status_code == 422
    assert "Enter the day of the approval." in words(answer)
    assert "Ethics committee 2026-014" in words(answer)

    answer = office.post(f"{SITES}01/open/", APPROVAL | {"approved_on": "2999-01-01"})
    assert answer.status_code == 422
    assert "not in the future" in words(answer)
    assert not SiteOpening.objects.exists()


def test_people_of_one_site_see_and_open_that_one_only(client, trial):
    client.force_login(make_member(trial, "data-manager", site="02"))
    page = words(client.get(SITES))
    assert f"{SITES}02/open/" in page
    assert f"{SITES}01/open/" not in page
    assert client.post(f"{SITES}01/open/", APPROVAL).status_code == 404


def test_screening_says_that_no_site_is_open(client, trial):
    client.force_login(make_member(trial, "coordinator"))
    page = words(client.get(SCREEN))
    assert "No site is open for entry" in page
    assert "Save screening" not in page


def test_screening_at_a_closed_site_is_refused_and_keeps_what_was_typed(client, db):
    trial = make_trial()
    site = Site.objects.get(trial=trial, code="01")
    office = make_member(trial, "administrator")
    client.force_login(office)
    client.post(f"{SITES}01/close/", {"reason": "Enough patients"})
    client.force_login(make_member(trial, "coordinator"))

    answer = client.post(SCREEN, {"site": site.pk, "born_on": "1961-04"})

    assert answer.status_code == 422
    assert "Site 01 is not open for entry" in words(answer)
    assert "1961-04" in words(answer)
    assert not Patient.objects.exists()


def test_list_takes_as_many_queries_however_many_sites(
    office, trial, django_assert_max_num_queries
):
    for number in range(10, 30):
        Site.objects.create(
            trial=trial, code=str(number), name_en="H", name_zh="H", time_zone="Asia/Shanghai"
        )
    with django_assert_max_num_queries(14):
        office.get(SITES)
