"""A hospital's laboratory file: looked at first, stored whole or not at all, harmless twice."""

import hashlib
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from core.fields import captured_fields
from core.models import AuditEntry
from outcomes.models import Laboratory, LaboratoryMapping
from tests.factories import make_enrolled_patient, make_member, make_trial, open_visit, save_form
from tests.integration.enrollment.page import text_of

pytestmark = pytest.mark.django_db

ADDRESS = "/trials/small/laboratory-import/"
LINES = "编号 = patient\n采样日期 = date\nALT = alt_u_l\nTBIL = bilirubin_umol_l, mg/dL\n"


def sent_by(page):
    """What the button below the report sends."""
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)" />', page.text)
    known = dict(reversed(hidden))
    return known | {"do": "import"}


class Hospital:
    """A site with a patient whose first day of a course took place, and its laboratory's file."""

    def __init__(self):
        self.trial = make_trial()
        self.by = make_member(self.trial, "coordinator", site="01")
        self.site = self.trial.sites.get(code="01")
        self.patient = make_enrolled_patient(self.trial, by=self.by)
        self.visit = open_visit(self.patient, key="C1D1", by=self.by)
        self.day = self.visit.actual_date
        self.client = Client()
        self.client.force_login(self.by)
        sent = {"do": "mapping", "site": self.site.pk, "lines": LINES}
        assert self.client.post(ADDRESS, sent).status_code == 302

    def file(self, *lines):
        head = "编号,采样日期,姓名,ALT,TBIL\n"
        return (head + "".join(f"{line}\n" for line in lines)).encode("gb18030")

    def line(self, alt="38", bilirubin="0.9", patient="", day=""):
        return f"{patient or self.patient.number},{day or self.day},×,{alt},{bilirubin}"

    def look(self, content):
        upload = SimpleUploadedFile("lab.csv", content)
        return self.client.post(ADDRESS, {"do": "look", "site": self.site.pk, "file": upload})

    def send(self, content):
        """Looks, then presses the button."""
        return self.client.post(ADDRESS, sent_by(self.look(content)))


@pytest.fixture
def hospital():
    return Hospital()


def test_look_stores_nothing_and_import_fills_the_form_with_the_hash_in_the_trail(hospital):
    content = hospital.file(hospital.line())
    page = text_of(hospital.look(content))
    assert "2 to be added" in page
    assert "15.4" in page  # 0.9 mg/dL in µmol/L
    assert not Laboratory.objects.exists()
    assert hospital.send(content).status_code == 302
    [record] = Laboratory.objects.all()
    assert (str(record.alt_u_l), str(record.bilirubin_umol_l)) == ("38.0", "15.4")
    assert (record.sampled_on, record.state) == (hospital.day, "draft")
    [entry] = AuditEntry.objects.of_row(record)
    assert hashlib.sha256(content).hexdigest() in entry.reason
    assert entry.actor_id == hospital.by.pk


def test_second_import_of_the_same_file_changes_nothing(hospital):
    content = hospital.file(hospital.line())
    hospital.send(content)
    entries = AuditEntry.objects.count()
    page = hospital.look(content)
    assert "Every value of this file is stored already" in text_of(page)
    assert 'value="import"' not in page.text
    assert AuditEntry.objects.count() == entries


def test_changed_value_of_a_complete_form_is_shown_and_noted(hospital):
    asked = [item.name for item in captured_fields(Laboratory) if item.allows_missing_code]
    missing = dict.fromkeys(asked, "ND")
    del missing["sampled_on"], missing["alt_u_l"]
    save_form("laboratory", hospital.visit, by=hospital.by, sampled_on=hospital.day, alt_u_l=30,
              missing=missing)  # fmt: skip
    content = hospital.file(hospital.line())
    page = text_of(hospital.look(content))
    assert "2 to be changed" in page
    assert "30.0" in page
    assert "not done" in page
    assert hospital.send(content).status_code == 302
    record = Laboratory.objects.get()
    assert (record.alt_u_l, record.state) == (38, "complete")
    assert "bilirubin_umol_l" not in record.missing
    assert AuditEntry.objects.of_row(record).last().reason.startswith("source: laboratory file")


def test_one_refused_value_keeps_the_whole_file_out(hospital):
    good = hospital.line()
    lines = {
        "no patient of this number": hospital.line(patient="S01-999-99"),
        "No visit of this day": hospital.line(day="2026-03-03"),
        "Enter a value from 0 to 20000": hospital.line(alt="20001"),
        "Enter a number": hospital.line(alt="<5"),
        "stands twice": hospital.line(alt="39"),
    }
    for said, line in lines.items():
        content = hospital.file(line) if said.startswith("Enter") else hospital.file(good, line)
        page = hospital.look(content)
        assert said in text_of(page), said
        assert 'value="import"' not in page.text
        assert hospital.send(content).status_code == 422
        assert not Laboratory.objects.exists()
    assert hospital.send(hospital.file(hospital.line(alt="20000"))).status_code == 302


def test_values_of_another_day_never_join_a_stored_sample(hospital):
    the_day_before = hospital.day - timedelta(days=1)
    save_form("laboratory", hospital.visit, by=hospital.by, complete=False,
              sampled_on=the_day_before, alt_u_l=30)  # fmt: skip
    content = hospital.file(hospital.line(alt="99"))
    page = hospital.look(content)
    assert f"holds a sample of another day, {the_day_before}" in text_of(page)
    assert hospital.send(content).status_code == 422
    assert Laboratory.objects.get().alt_u_l == 30
    assert hospital.send(hospital.file(hospital.line(day=the_day_before))).status_code == 302
    record = Laboratory.objects.get()
    assert (record.alt_u_l, record.sampled_on) == (38, the_day_before)


def test_one_patient_under_two_numbers_is_one_sample(hospital):
    other = hospital.line(alt="39", patient=hospital.patient.screening_number)
    page = hospital.look(hospital.file(hospital.line(), other))
    assert "stands twice" in text_of(page)
    assert 'value="import"' not in page.text


def test_what_changed_since_the_look_is_shown_again(hospital):
    content = hospital.file(hospital.line())
    typed = sent_by(hospital.look(content))
    save_form("laboratory", hospital.visit, by=hospital.by, complete=False, alt_u_l=31)
    again = hospital.client.post(ADDRESS, typed)
    assert again.status_code == 422
    assert "31.0" in text_of(again)
    assert Laboratory.objects.get().alt_u_l == 31
    assert hospital.client.post(ADDRESS, sent_by(again)).status_code == 302
    assert Laboratory.objects.get().alt_u_l == 38


def test_mapping_and_files_of_other_sites_are_out_of_reach(hospital):
    other = hospital.trial.sites.get(code="02")
    sent = {"do": "mapping", "site": other.pk, "lines": LINES}
    assert hospital.client.post(ADDRESS, sent).status_code == 422
    elsewhere = make_enrolled_patient(hospital.trial, site="02")
    page = hospital.look(hospital.file(hospital.line(patient=elsewhere.number)))
    assert "no patient of this number" in text_of(page)
    assert LaboratoryMapping.objects.count() == 1


def test_bad_mapping_and_unreadable_file_are_refused_with_their_line(hospital):
    sent = {"do": "mapping", "site": hospital.site.pk}
    page = hospital.client.post(ADDRESS, sent | {"lines": LINES + "AST = ast"})
    assert page.status_code == 422
    assert "Line 5" in text_of(page)
    assert LaboratoryMapping.objects.get().lines.strip() == LINES.strip()
    assert "The file has no column" in text_of(hospital.look(b"a,b,c\n1,2,3\n"))
    assert hospital.look(b"\xff\xfe\x00").status_code == 422
    typed = {"do": "import", "site": hospital.site.pk, "content": "no base64", "seen": "x"}
    assert hospital.client.post(ADDRESS, typed).status_code == 422
