"""What may end, and what the end of it leaves in the trail."""

import pytest
from django.urls import reverse

from core.models import AuditEntry
from tests import factories


@pytest.mark.django_db
def test_patient_who_is_not_enrolled_has_no_end_of_treatment(client):
    trial = factories.make_trial()
    client.force_login(factories.make_member(trial, "coordinator"))
    patient = factories.make_screened_patient(trial)
    address = reverse("enrollment:patient-form", args=[patient.pk, "end-of-treatment"])
    assert client.get(address).status_code == 404
    assert not AuditEntry.objects.filter(table_name="enrollment_endoftreatment").exists()
