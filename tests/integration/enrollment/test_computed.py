"""Computed values on the entry page, while typing, on paper, and in the tables."""

import pytest
from django.urls import reverse

from core.models import AuditEntry
from enrollment.models import VitalSigns
from tests.factories import save_form
from tests.integration.enrollment.page import text_of


@pytest.fixture
def address(visit):
    return reverse("enrollment:visit-form", args=[visit.pk, "vital-signs"])


def test_entry_page_says_what_is_missing(carla, address):
    page = text_of(carla.get(address))
    assert "Body mass index" in page
    assert "Missing: weight" in page


def test_typed_values_are_computed_and_not_stored(carla, address):
    before = AuditEntry.objects.count()
    typed = {"weight_kg": "80", "height_cm": "180"}
    assert "24.7" in text_of(carla.post(f"{address}computed/", typed))
    assert not VitalSigns.objects.exists()
    assert AuditEntry.objects.count() == before


def test_a_value_that_cannot_be_read_is_missing(carla, address):
    page = text_of(carla.post(f"{address}computed/", {"weight_kg": "80,,", "height_cm": "180"}))
    assert "Missing: weight." in page


def test_refused_page_computes_from_what_was_typed(carla, address):
    page = carla.post(address, {"weight_kg": "80", "height_cm": "180", "revision": "0"})
    assert page.status_code == 422
    assert "24.7" in text_of(page)


def test_form_without_computed_values_has_no_such_address(carla, visit):
    at = reverse("enrollment:visit-form-computed", args=[visit.pk, "capsule-course"])
    assert carla.post(at).status_code == 404


def test_printed_form_shows_them(carla, visit, coordinator):
    record = save_form("vital-signs", visit, by=coordinator, weight_kg="80", height_cm="180")
    at = reverse("enrollment:record-print", args=[visit.patient_id, "vital-signs", record.pk])
    assert "24.7" in text_of(carla.get(at))
