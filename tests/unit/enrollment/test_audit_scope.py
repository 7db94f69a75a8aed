"""Each entry knows its trial, site, patient, visit and person, also after the row is gone."""

import pytest
from django.db import connection

from core import audit
from core.audit.scope import COLUMNS, scope_of
from core.audit.triggers import audited_models
from core.models import AuditEntry
from dosing.models import DailyDose
from enrollment.models import VitalSigns
from tests.factories import make_enrolled_patient, make_member, make_token, make_trial, save_form
from tests.factories import open_visit as opened


@pytest.fixture
def trial(db):
    make_trial("another")  # so that ids of different tables differ
    return make_trial()


@pytest.fixture
def carla(trial):
    return make_member(trial, "coordinator", site="02")


@pytest.fixture
def visit(trial, carla):
    return opened(make_enrolled_patient(trial, by=carla, site="02"), key="C1D1", by=carla)


def scopes(table, **conditions):
    entries = AuditEntry.objects.filter(table_name=table, **conditions)
    return set(entries.values_list(*COLUMNS))


def of_visit(visit):
    site = visit.patient.site
    return site.trial_id, site.pk, visit.patient_id, visit.pk, None


def test_form_has_the_scope_of_its_visit(visit, carla):
    save_form("vital-signs", visit, by=carla, pulse_per_min=72)
    VitalSigns.objects.update(pulse_per_min=73)
    assert scopes("enrollment_vitalsigns") == {of_visit(visit)}


def test_row_of_a_form_has_the_scope_of_the_form(visit, carla):
    save_form("capsule-course", visit, by=carla, rows=[DailyDose(day=1)])
    assert scopes("dosing_dailydose") == {of_visit(visit)}


def test_visit_and_patient_name_themselves(visit):
    assert of_visit(visit) in scopes("enrollment_visit", row_pk=str(visit.pk))
    trial, site, patient, _visit, person = of_visit(visit)
    assert scopes("enrollment_patient") == {(trial, site, patient, None, person)}


def test_log_has_no_visit(visit, carla):
    save_form("lesions", visit.patient, by=carla)
    trial, site, patient, _visit, person = of_visit(visit)
    assert scopes("outcomes_lesion") == {(trial, site, patient, None, person)}


def test_removed_row_keeps_its_scope_though_its_form_went_first(visit, carla):
    course = save_form("capsule-course", visit, by=carla, rows=[DailyDose(day=1)])
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA defer_foreign_keys = ON")
        cursor.execute("DELETE FROM dosing_capsulecourse WHERE id = %s", [course.pk])
        cursor.execute("DELETE FROM dosing_dailydose WHERE record_id = %s", [course.pk])
    assert scopes("dosing_capsulecourse", action="delete") == {of_visit(visit)}
    assert scopes("dosing_dailydose", action="delete") == {of_visit(visit)}


def test_membership_token_and_person_are_about_a_person(trial, carla):
    make_token(carla, trial)
    site = carla.memberships.get().site_id
    assert (trial.pk, site, None, None, carla.pk) in scopes("core_membership")
    assert scopes("core_apitoken") == {(trial.pk, None, None, None, carla.pk)}
    assert (None, None, None, None, carla.pk) in scopes("core_user")


def test_event_has_the_scope_of_what_it_is_about(visit, carla):
    record = save_form("vital-signs", visit, by=carla)
    for target in (record, visit.patient.trial, carla):
        audit.record("test", by=carla, target=target)
    trial = visit.patient.trial_id
    assert list(AuditEntry.objects.filter(event="test").order_by("pk").values_list(*COLUMNS)) == [
        of_visit(visit),
        (trial, None, None, None, None),
        (None, None, None, None, carla.pk),
    ]


def test_every_table_of_a_site_says_how_to_get_there():
    """A clinical table without a scope would be missing in every trail."""
    scopes = {model: scope_of(model, "x").expressions for model in audited_models()}
    assert [
        model.__name__
        for model, (trial, site, *_more) in scopes.items()
        if "NULL" in (trial, site) and (hasattr(model, "SITE_PATH") or site != "NULL")
    ] == []
