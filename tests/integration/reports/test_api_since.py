"""All rows, or the rows of some earlier time and every change since: it comes to the same."""

import csv
from collections import Counter
from contextlib import suppress
from itertools import count

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.models import AuditEntry, Membership, Site
from enrollment.actions import enroll_patient, record_consent
from enrollment.models import Patient, VitalSigns
from enrollment.queries.trials import current_version
from outcomes.models import Lesion, LesionMeasurement
from reports.actions.exports import export_csv
from reports.queries.tables import Scope, find_table
from tests.factories import (
    ENROLLED_ON,
    LATER,
    make_enrolled_patient,
    make_member,
    make_screened_patient,
    make_trial,
    open_visit,
    save_form,
)
from tests.integration.reports.reading import problem_of, rows_of

pytestmark = pytest.mark.django_db

TABLES = (
    "patients",
    "screening",
    "criterion_answers",
    "consents",
    "visits",
    "vital_signs",
    "lesions",
    "lesion_measurements",
    "time_to_event",
)
_numbers = count(1)


class Study:
    """A trial with somebody who enters, and the writes that may happen to it."""

    def __init__(self):
        self.trial = make_trial(f"since-{next(_numbers)}")
        self.by = make_member(self.trial, "coordinator")
        self.version = current_version(self.trial)
        self.measured = self._measured(make_enrolled_patient(self.trial, by=self.by))
        make_enrolled_patient(self.trial, site="02", by=self.by)

    def _measured(self, patient):
        visit = open_visit(patient, by=self.by)
        for number in (1, 2):
            lesion = {"number": number, "kind": "target", "organ": "liver"}
            save_form("lesions", patient, by=self.by, **lesion)
        rows = [
            LesionMeasurement(lesion=lesion, status="measured", diameter_mm=30)
            for lesion in Lesion.objects.filter(patient=patient)
        ]
        save_form("tumor-assessment", visit, by=self.by, rows=rows, is_baseline="Y")
        return patient

    def screen(self, site):
        make_screened_patient(self.trial, by=self.by, site=site)

    def enroll(self, _site):
        """The rows that had the screening number get the patient number."""
        patient = Patient.objects.filter(trial=self.trial, enrolled_on=None).first()
        if patient is None:
            return
        consent = self.version.definition.consents[0].version
        record_consent(patient, by=self.by, version=consent, signed_on=ENROLLED_ON, today=LATER)
        enroll_patient(patient, by=self.by, on=ENROLLED_ON)

    def fill(self, site):
        for patient in Patient.objects.filter(trial=self.trial, site__code=site).order_by("-pk"):
            visit = patient.visits.filter(actual_date=None).order_by("position").first()
            if visit is not None:
                visit = open_visit(patient, key=visit.key, by=self.by)
                save_form("vital-signs", visit, by=self.by, ecog="1")
                return

    def correct_in_bulk(self, site):
        rows = VitalSigns.objects.filter(patient__trial=self.trial, patient__site__code=site)
        rows.update(pulse_per_min=60 + next(_numbers) % 40)

    def remove(self, site):
        signs = VitalSigns.objects.filter(patient__trial=self.trial, patient__site__code=site)
        if row := signs.first():
            VitalSigns.objects.filter(pk=row.pk)._raw_delete(using="default")

    def renumber_a_lesion(self, _site):
        """What changes is a row that the rows of another table point at."""
        last = Lesion.objects.filter(patient=self.measured).order_by("-row_number").first()
        Lesion.objects.filter(pk=last.pk).update(row_number=last.row_number + 1)

    def move(self, site):
        patient = Patient.objects.filter(trial=self.trial).order_by("pk").last()
        Patient.objects.filter(pk=patient.pk).update(
            site=Site.objects.get(trial=self.trial, code=site)
        )

    def rename_a_visit(self, site):
        for patient in Patient.objects.filter(trial=self.trial, site__code=site):
            patient.visits.filter(key="scan").update(cycle=next(_numbers))


WRITES = (
    Study.screen,
    Study.enroll,
    Study.fill,
    Study.correct_in_bulk,
    Study.remove,
    Study.renumber_a_lesion,
    Study.move,
    Study.rename_a_visit,
)


class Copy:
    """What a script keeps of a table."""

    def __init__(self, name, scope):
        self.table, self.scope = find_table(name), scope
        self.number, self.rows, self.sent = 0, [], 0

    def lines(self, since=None):
        export = export_csv(self.table, self.scope, since=since)
        self.number = export.audit_number
        lines = list(csv.DictReader("".join(export).splitlines(keepends=True)))
        assert len(lines) == export.row_count
        return lines

    def take_changes(self):
        changes = self.lines(since=self.number)
        self.sent = len(changes)
        for row in changes:
            if row.pop("_change") == "changed":
                self.rows.append(row)
            elif row.get("patient"):
                self.rows = [kept for kept in self.rows if kept["patient"] != row["patient"]]
            else:
                self.rows = []

    def is_like_the_whole(self):
        kept, whole = (
            Counter(tuple(sorted(row.items())) for row in rows)
            for rows in (self.rows, self.lines())
        )
        return kept == whole


@given(
    st.lists(
        st.tuples(st.sampled_from(WRITES), st.sampled_from(["01", "02"]), st.booleans()),
        min_size=1,
        max_size=8,
    )
)
@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_changes_since_come_to_the_same_as_all_rows(steps):
    study = Study()
    readers = [make_member(study.trial, "statistician", site=site) for site in ("", "02")]
    copies = [Copy(name, Scope(reader, study.trial)) for reader in readers for name in TABLES]
    for copy in copies:
        copy.take_changes()
    for write, site, asks in steps:
        # The number that a moved patient took along may be the next one of its old site.
        with suppress(IntegrityError), transaction.atomic():
            write(study, site)
        for copy in copies if asks else ():
            # A scope lives as long as a request.
            copy.scope = Scope(copy.scope.user, study.trial)
            copy.take_changes()
    for copy in copies:
        copy.take_changes()
        assert copy.is_like_the_whole(), copy.table.name


def test_only_the_touched_patient_is_sent():
    study = Study()
    copy = Copy("visits", Scope(make_member(study.trial, "statistician"), study.trial))
    copy.take_changes()
    copy.take_changes()
    assert copy.sent == 0
    study.rename_a_visit("02")
    make_member(study.trial, "monitor")  # somebody else's role
    copy.take_changes()
    # Two deletions, for both numbers, and three visits.
    assert (copy.sent, len(copy.rows)) == (5, 6)


def test_role_at_another_site_sends_everything_anew():
    study = Study()
    reader = make_member(study.trial, "statistician", site="02")
    copy = Copy("patients", Scope(reader, study.trial))
    copy.take_changes()
    assert [row["site"] for row in copy.rows] == ["02"]
    site = Site.objects.get(trial=study.trial, code="01")
    Membership.objects.create(user=reader, trial=study.trial, role="statistician", site=site)
    copy.scope = Scope(reader, study.trial)
    copy.take_changes()
    assert [row["site"] for row in copy.rows] == ["01", "02"]


def test_answer_names_the_next_number_and_has_a_header_without_changes(api, table, patient):
    first = api.get(table("visits", query="?since=0"))
    rows = rows_of(first)
    assert (rows[0]["_change"], rows[0]["patient"]) == ("deleted", "")
    assert [row["_change"] for row in rows[1:]] == ["changed"] * 3
    number = first["X-Audit-Number"]
    again = api.get(table("visits", query=f"?since={number}"))
    assert again["X-Row-Count"] == "0"
    assert b"".join(again.streaming_content).startswith(b"_change,trial,site,patient,")
    [*_others, entry] = AuditEntry.objects.filter(event="export").order_by("pk")
    assert entry.changes["since"] == int(number)


def test_changes_can_be_narrowed_as_the_rows_are(api, table, patient, other_patient, coordinator):
    number = api.get(table("visits"))["X-Audit-Number"]
    for each in (patient, other_patient):
        open_visit(each, by=coordinator)
    rows = rows_of(api.get(table("visits", query=f"?since={number}&site=02&visit=screening")))
    assert [(row["_change"], row["patient"]) for row in rows] == [
        ("deleted", other_patient.screening_number),
        ("deleted", other_patient.number),
        ("changed", other_patient.number),
    ]


@pytest.mark.parametrize("value", ["x", "-1", "1.5", "", "999999999999", "%00", "1" * 40])
def test_number_that_cannot_be_is_400(api, table, value):
    problem = problem_of(api.get(table("visits", query=f"?since={value}")))
    assert (problem["status"], problem["parameter"]) == (400, "since")
