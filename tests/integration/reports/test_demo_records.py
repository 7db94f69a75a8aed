"""The demo's rows obey the rules that the entry pages apply to people."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.db import transaction

import enrollment
from core.fields import captured_fields
from core.models import Trial, User
from enrollment import registry
from enrollment.actions import load_definition
from enrollment.calc.numbering import is_valid
from enrollment.calc.schedule import plan
from enrollment.forms.entry import Entry
from enrollment.models import CriterionAnswer, EndOfStudy, EndOfTreatment, Patient, Visit
from enrollment.policies import check_consent, check_visit_date
from enrollment.queries.course_changes import course_changes
from enrollment.registry import added_specs
from outcomes.models import Death
from reports.demo.decisions import decide_doses
from reports.demo.history.patients import simulate
from reports.demo.people import add_demo_people
from reports.demo.population import POPULATIONS
from reports.demo.safety import report_safety
from reports.demo.store import store
from reports.queries.tables import tables_of
from reports.queries.tables.rows import StoredRows
from reports.queries.tables.scope import all_rows_of
from reports.queries.tables.text import csv_chunks
from reports.queries.tables.written import csv_of, text_values

pytestmark = pytest.mark.django_db

TODAY = date(2026, 6, 1)
NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
DEFINITIONS = Path(enrollment.__file__).parent / "definitions"
EVERY = 9
"""One record of so many goes through its entry form."""


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker):
    """The whole demo, stored once for this module and removed at its end."""
    with django_db_blocker.unblock(), transaction.atomic():
        sources = [(DEFINITIONS / f"{each.slug}.toml").read_text() for each in POPULATIONS]
        versions = [load_definition(source, by=None).version for source in sources]
        people = add_demo_people()
        by = people["coordinator"]
        for population, version in zip(POPULATIONS, versions, strict=True):
            histories = simulate(version.definition, population, today=TODAY)
            store(version, histories, by=by, now=NOW, seed=1, advance=lambda rows: None)
            report_safety(version, people, now=NOW)
            decide_doses(version, by=by)
        yield by
        transaction.set_rollback(True)


def as_posted(entry):
    """What the browser sends when a person opens the stored form and presses the button."""
    data = {}
    forms = [entry.saving, entry.form]
    if entry.rows is not None:
        forms += [entry.rows.management_form, *entry.rows.forms]
    for form in forms:
        for name in form.fields:
            value = form[name].value()
            data[form.add_prefix(name)] = "" if value is None else str(value)
    if entry.rows is not None:
        data |= {form.add_prefix("key"): form.key for form in entry.rows.forms}
    return data | {"reason_code": "transcription"}


def values_of(record):
    return {field.name: getattr(record, field.name) for field in captured_fields(type(record))}


def problems_of(spec, record):
    before = values_of(record), record.missing
    entry = Entry(spec, record, data=as_posted(Entry(spec, record)), complete=record.is_complete)
    if not entry.is_valid():
        return [form.errors.as_text() for form in entry.forms_with_errors]
    return [] if (values_of(record), record.missing) == before else ["the form changed the values"]


@pytest.mark.parametrize("slug", sorted(registry.slugs()))
def test_stored_records_pass_their_entry_form(demo, slug):
    spec = registry.get(slug)
    records = list(spec.model.objects.select_related("patient__version").order_by("pk"))[::EVERY]
    assert records
    problems = {str(record.pk): problems_of(spec, record) for record in records}
    assert {key: found for key, found in problems.items() if found} == {}


def test_population_has_the_announced_size(demo):
    for population in POPULATIONS:
        patients = Patient.objects.filter(trial__slug=population.slug)
        assert patients.enrolled().count() == population.enrolled
        assert patients.screen_failed().count() == population.screen_failures


def test_patient_numbers_are_valid_and_in_order_of_enrollment(demo):
    for site in {patient.site_id for patient in Patient.objects.all()}:
        enrolled = Patient.objects.filter(site=site).enrolled().order_by("number")
        assert all(is_valid(patient.number) for patient in enrolled)
        days = [patient.enrolled_on for patient in enrolled]
        assert days == sorted(days)


def test_every_criterion_is_answered_and_decides_eligibility(demo):
    for patient in Patient.objects.select_related("version"):
        criteria = {item.id: item.kind for item in patient.version.definition.criteria}
        answers = dict(
            CriterionAnswer.objects.filter(patient=patient).values_list("criterion", "answer")
        )
        assert answers.keys() == criteria.keys()
        failed = [
            key for key, kind in criteria.items() if answers[key] != "NY"[kind == "inclusion"]
        ]
        assert patient.is_eligible == (not failed)
        assert patient.ineligible_because == ", ".join(failed)


def test_consents_are_ones_that_could_be_recorded(demo):
    for patient in Patient.objects.select_related("version"):
        for consent in patient.consents.all():
            check_consent(
                patient.version.definition,
                version=consent.version,
                signed_on=consent.signed_on,
                today=TODAY,
            )


def test_visits_took_place_on_possible_days_and_carry_a_reason_outside_the_window(demo):
    took_place = Visit.objects.filter(outcome="took-place").select_related("patient")
    for visit in took_place:
        check_visit_date(visit, on=visit.actual_date, today=TODAY, reason=visit.deviation_reason)
    assert took_place.exclude(deviation_reason="").exists()
    assert Visit.objects.filter(outcome="missed").exists()


def test_schedule_is_the_one_planned_from_the_actual_dates(demo):
    for patient in Patient.objects.enrolled().select_related("version")[::4]:
        visits = {visit.key: visit for visit in Visit.objects.filter(patient=patient)}
        ended = EndOfTreatment.objects.filter(patient=patient).first()
        left = EndOfStudy.objects.filter(patient=patient).first()
        planned = plan(
            patient.version.definition,
            enrolled_on=patient.enrolled_on,
            actual_dates={k: v.actual_date for k, v in visits.items() if v.actual_date},
            treatment_ended_on=ended and ended.ended_on,
            study_ended_on=left and left.ended_on,
            regimen=patient.regimen,
            changes=course_changes([patient.pk]).get(patient.pk, ()),
        )
        expected = {item.key: item.target_date for item in planned}
        stored = {key: visit.target_date for key, visit in visits.items()}
        assert stored.items() <= expected.items()
        # After progression there are no more scans, and nothing else is left out.
        assert all(visit.startswith("scan") for visit in expected.keys() - stored.keys())


def test_nothing_is_recorded_after_a_death(demo):
    for death in Death.objects.select_related("patient"):
        last = Visit.objects.filter(patient=death.patient, actual_date__isnull=False).latest(
            "actual_date"
        )
        assert last.actual_date <= death.died_on.last_day


def test_work_is_left_for_the_coordinator(demo):
    visits = Visit.objects.all()
    assert visits.overdue(TODAY).exists()
    assert visits.open_on(TODAY).filter(window_closes__gte=TODAY).exists()
    drafts = [spec.model.objects.filter(state="draft").count() for spec in registry.all_specs()]
    assert sum(drafts) >= 5


def test_blinded_trial_stores_no_arm(demo):
    user_text = str(list(Patient.objects.filter(trial__is_blinded=True).values()))
    arms = {
        arm.id for arm in Patient.objects.filter(trial__is_blinded=True)[0].version.definition.arms
    }
    assert not any(f"'{arm}'" in user_text for arm in arms)
    assert User.objects.filter(is_demo=True).count() == User.objects.count()


@pytest.mark.parametrize("slug", [each.slug for each in POPULATIONS])
def test_database_writes_each_cell_as_python_does(demo, slug):
    trial, by_database = Trial.objects.get(slug=slug), set()
    for table in tables_of(trial):
        if table.model is None:
            continue
        # Without what only Python computes, so that every other kind of cell is compared.
        columns = tuple(item for item in table.columns if not isinstance(item.source, tuple))
        names = [item.name for item in columns]
        rows = StoredRows(columns, all_rows_of(table, trial))
        assert "".join(csv_of(names, rows)) == "".join(csv_chunks(names, rows)), table.name
        if text_values(rows) is not None:
            by_database.add(table.name)
    assert {"visits", "capsule_courses", "laboratory", "custody", "audit"} <= by_database
    assert {form.table for form in added_specs()}.isdisjoint(by_database)
