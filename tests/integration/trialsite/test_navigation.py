"""The bar of a trial: what belongs together is a menu, a part on its own is a link."""

import pytest
from django.urls import reverse

from tests.factories import make_member, make_trial

pytestmark = pytest.mark.django_db


def bar(client, role, *, is_blinded=False):
    trial = make_trial(is_blinded=is_blinded)
    client.force_login(make_member(trial, role))
    page = client.get(reverse("enrollment:definition-detail", args=[trial.slug]))
    return {
        str(group["label"]) or str(group["sections"][0]["label"]): [
            section["name"] for section in group["sections"]
        ]
        for group in page.context["nav_groups"]
    }


def test_a_data_manager_finds_menus(client):
    found = bar(client, "data-manager")
    assert found["Review"] == ["queries", "verification", "quality", "discordance", "casebooks"]
    assert found["Results"] == ["dashboard", "microbiome", "exports"]


def test_a_part_on_its_own_is_a_link(client):
    assert bar(client, "dispenser")["Review"] == ["queries"]
    page = client.get(reverse("enrollment:query-list", args=["small"])).content.decode()
    assert "nav-menu" not in page
    assert ">Queries</a>" in page


def test_nothing_of_blinding_in_an_open_trial(client):
    names = [name for sections in bar(client, "data-manager").values() for name in sections]
    assert not {"randomization", "unblinding"} & set(names)


def test_a_blinded_trial_has_randomization_and_register(client):
    assert bar(client, "data-manager", is_blinded=True)["Treatment"] == [
        "randomization",
        "kits",
        "unblinding",
    ]
