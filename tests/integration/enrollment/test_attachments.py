"""Files of a patient: taken by what they are, handed out by permission, never gone."""

import hashlib
from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction

from core.backup import make_backup, open_backup
from core.backup.restore import restore_files
from core.models import AuditEntry
from enrollment import file_store, registry
from enrollment.actions import attachments
from enrollment.models import Attachment
from tests.factories import (
    PDF,
    make_attachment,
    make_enrolled_patient,
    make_member,
    make_trial,
    open_visit,
)
from tests.integration.enrollment.page import inputs_of, text_of

pytestmark = pytest.mark.usefixtures("records")


@pytest.fixture
def records(settings, tmp_path):
    settings.RECORDS_DIR = tmp_path / "records"
    return settings.RECORDS_DIR


@pytest.fixture
def add(carla, patient):
    def act(content=PDF, name="liver.pdf", **values):
        upload = {"file": SimpleUploadedFile(name, content, "text/html")} if content else {}
        return carla.post(f"/patients/{patient.pk}/files/", {"kind": "scan"} | upload | values)

    return act


def test_file_is_kept_under_its_hash_and_handed_out_only_to_be_saved(add, carla, patient, records):
    assert add(name="../<b>liver</b>.PDF").status_code == 302
    [attachment] = Attachment.objects.all()
    sha256 = hashlib.sha256(PDF).hexdigest()
    assert (attachment.sha256, attachment.size_bytes) == (sha256, len(PDF))
    assert (records / "attachments" / sha256[:2] / sha256).read_bytes() == PDF
    assert not str(records).startswith(str(settings.BASE_DIR / "static"))
    assert "b.pdf" in text_of(carla.get(f"/patients/{patient.pk}/files/"))
    response = carla.get(f"/files/{attachment.pk}/")
    assert response.content == PDF
    assert response["Content-Type"] == "application/pdf"  # by content, not as the browser said
    assert response["Content-Disposition"].startswith("attachment; ")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    assert "no-store" in response["Cache-Control"]
    entries = AuditEntry.objects.of_row(attachment)
    assert [(entry.action, entry.event) for entry in entries] == [
        ("insert", ""),
        ("event", "file read"),
    ]
    assert entries[0].changes["sha256"] == [None, sha256]


REFUSED = (
    ({"content": b""}, "Choose a file"),
    ({"content": b"<html>", "name": "scan.pdf"}, "Choose a PDF, JPEG, PNG or DICOM file"),
    ({"content": b"MZ\x90\x00", "name": "scan.png"}, "Choose a PDF, JPEG, PNG or DICOM file"),
    ({"kind": ""}, "This field is required"),
    ({"kind": "nonsense"}, "not one of the available choices"),
    ({"visit": "999999"}, "not one of the available choices"),
)


def test_file_of_another_type_or_size_is_refused_with_the_reason(add, monkeypatch):
    for change, said in REFUSED:
        response = add(**change)
        assert response.status_code == 422, change
        assert said in text_of(response), change
    monkeypatch.setattr(attachments, "MOST_BYTES", len(PDF) - 1)
    assert "larger than" in text_of(add())
    assert not Attachment.objects.exists()
    monkeypatch.setattr(attachments, "MOST_BYTES", len(PDF))
    assert add().status_code == 302
    assert add().status_code == 302  # a double click
    assert Attachment.objects.count() == 1


def test_withdrawn_file_stays_with_its_reason_and_nothing_removes_it(add, carla, patient):
    add()
    attachment = Attachment.objects.get()
    address = f"/files/{attachment.pk}/withdraw/"
    assert "Say why" in text_of(carla.post(address))
    assert carla.post(address, {"reason": "of another patient"}).status_code == 302
    assert carla.post(address, {"reason": "again"}).status_code == 422
    assert "of another patient" in text_of(carla.get(f"/patients/{patient.pk}/files/"))
    assert carla.get(f"/files/{attachment.pk}/").content == PDF
    assert AuditEntry.objects.of_row(attachment).filter(action="update").get().reason
    for change in (
        lambda: Attachment.objects.all().delete(),
        lambda: Attachment.objects.update(name="other.pdf"),
        lambda: Attachment.objects.update(withdrawn_because="better"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_damaged_file_is_not_handed_out(add, carla, records):
    add()
    attachment = Attachment.objects.get()
    [stored] = [path for path in (records / "attachments").rglob("*") if path.is_file()]
    stored.write_bytes(b"%PDF-1.7 other")
    assert carla.get(f"/files/{attachment.pk}/").status_code == 500
    with pytest.raises(file_store.Damaged):
        file_store.content_of(attachment.sha256)
    stored.unlink()
    assert carla.get(f"/files/{attachment.pk}/").status_code == 500


def test_blinded_reader_finds_no_file_that_could_tell_the_arm(signed_in, db):
    trial = make_trial("blind", is_blinded=True)
    by = make_member(trial, "coordinator")
    patient = make_enrolled_patient(trial, by=by)
    make_attachment(patient, by=by, name="plain.pdf")
    telling = make_attachment(
        patient, by=by, name="strain.pdf", content=PDF + b"1", kind="microbiome"
    )
    marked = make_attachment(patient, by=by, name="kit.pdf", content=PDF + b"2", could_unblind=True)
    assert telling.could_unblind
    page = f"/patients/{patient.pk}/files/"
    for role in ("coordinator", "monitor", "data-manager", "investigator"):
        reader = signed_in(make_member(trial, role))
        seen = text_of(reader.get(page))
        assert "plain.pdf" in seen
        assert "strain.pdf" not in seen
        assert "kit.pdf" not in seen
        for hidden in (telling, marked):
            assert reader.get(f"/files/{hidden.pk}/").status_code == 404
            address = f"/files/{hidden.pk}/withdraw/"
            assert reader.post(address, {"reason": "x"}).status_code == 404
    pharmacist = signed_in(make_member(trial, "unblinded-pharmacist"))
    assert "strain.pdf" in text_of(pharmacist.get(page))
    assert pharmacist.get(f"/files/{telling.pk}/").status_code == 200


def test_file_attached_again_as_telling_is_hidden_wherever_it_stands(signed_in, db):
    trial = make_trial("blind", is_blinded=True)
    by = make_member(trial, "coordinator")
    patient = make_enrolled_patient(trial, by=by)
    first = make_attachment(patient, by=by, name="assay.pdf")
    other = make_attachment(make_enrolled_patient(trial, by=by), by=by, name="assay.pdf")
    monitor = signed_in(make_member(trial, "monitor"))
    assert monitor.get(f"/files/{first.pk}/").status_code == 200
    again = make_attachment(patient, by=by, name="assay.pdf", could_unblind=True)
    assert again.pk == make_attachment(patient, by=by, name="x.pdf", could_unblind=True).pk
    attachments.withdraw_file(again, by=by, at=again.added_at, reason="twice")
    for hidden in (first, again):
        assert monitor.get(f"/files/{hidden.pk}/").status_code == 404
    assert "assay.pdf" not in text_of(monitor.get(f"/patients/{patient.pk}/files/"))
    assert monitor.get(f"/files/{other.pk}/").status_code == 200
    pharmacist = signed_in(make_member(trial, "unblinded-pharmacist"))
    assert pharmacist.get(f"/files/{first.pk}/").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_backup_holds_the_files(committed_db, tmp_path, records):

    attachment = make_attachment(make_enrolled_patient(make_trial()))
    now = datetime(2026, 7, 1, tzinfo=UTC)
    backup = open_backup(make_backup(tmp_path / "backups", now=now).path)
    names = [part.name for part in backup.manifest.files]
    sha256 = attachment.sha256
    assert names == [f"records/attachments/{sha256[:2]}/{sha256}"]
    (records / "attachments" / sha256[:2] / sha256).unlink()
    restore_files(backup, stamp="x")
    assert file_store.content_of(sha256) == PDF


def test_field_for_a_file_offers_what_is_attached_and_keeps_its_number(signed_in, db):
    trial = make_trial("own", with_forms=True)
    by = make_member(trial, "coordinator")
    patient = make_enrolled_patient(trial, by=by)
    visit = open_visit(patient, key="C1D1", by=by)
    attachment = make_attachment(patient, by=by)
    gone = make_attachment(patient, by=by, name="gone.pdf", content=PDF + b"1")
    attachments.withdraw_file(gone, by=by, at=attachment.added_at, reason="wrong patient")
    person = signed_in(by)
    address = f"/visits/{visit.pk}/forms/own--organ-scan/"
    page = person.get(address)
    assert f"/patients/{patient.pk}/files/" in page.text
    assert "gone.pdf" not in page.text
    typed = inputs_of(page) | {"save": "draft"}
    assert person.post(address, typed | {"report": f"{gone.pk} gone.pdf"}).status_code == 422
    reference = f"{attachment.pk} report.pdf"
    assert person.post(address, typed | {"report": reference}).status_code == 302
    assert registry.get("own--organ-scan").model.objects.get().report == reference
    attachments.withdraw_file(attachment, by=by, at=attachment.added_at, reason="blurred")
    assert inputs_of(person.get(address))["report"] == reference
