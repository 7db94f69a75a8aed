"""Files of a patient: added once, never removed, withdrawn with a reason."""

from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from core import audit
from core.models import User
from core.refusals import Refused
from enrollment import file_store
from enrollment.calc.file_type import START_BYTES, FileType, safe_name, type_of
from enrollment.models import Attachment, Patient, Visit
from oversight.policies import check_open_to_writes

MOST_BYTES = 20 * 1024 * 1024


def check_file(upload: UploadedFile) -> FileType:
    """
    Raises:
        Refused: it is empty, too large, or not of a type that is taken.
    """
    size = upload.size or 0
    if not size:
        raise Refused(_("This file is empty. Choose another one."))
    if size > MOST_BYTES:
        text = _("This file is larger than %(most)s MB. Choose a smaller one.")
        raise Refused(text % {"most": MOST_BYTES // 1024**2})
    upload.seek(0)
    kind = type_of(upload.read(START_BYTES))
    upload.seek(0)
    if kind is None:
        raise Refused(_("Choose a PDF, JPEG, PNG or DICOM file; this is none, whatever its name."))
    return kind


def attach_file(
    patient: Patient,
    upload: UploadedFile,
    *,
    by: User,
    kind: str,
    visit: Visit | None = None,
    could_unblind: bool = False,
) -> Attachment:
    """The same file added twice for the same place (a double click) is one, unless the second time
    says that it could tell the arm.

    Raises:
        Refused: as `check_file`; or the patient is locked.
    """
    file_type = check_file(upload)
    sha256 = file_store.store(upload.chunks())
    with audit.writing(by=by):
        Patient.objects.select_for_update().get(pk=patient.pk)
        check_open_to_writes(
            trial_id=patient.trial_id, site_id=patient.site_id, patient_id=patient.pk
        )
        place: dict[str, Any] = {
            "patient": patient,
            "visit": visit,
            "kind": kind,
            "sha256": sha256,
            "could_unblind": could_unblind or kind in Attachment.UNBLINDING,
        }
        known = Attachment.objects.filter(**place, withdrawn_at=None).first()
        if known is not None:
            return known
        return Attachment.objects.create(
            **place,
            name=safe_name(upload.name or "", file_type),
            content_type=file_type.mime,
            size_bytes=upload.size or 0,
            added_by=by,
        )


def withdraw_file(attachment: Attachment, *, by: User, at: datetime, reason: str) -> None:
    """
    Raises:
        Refused: no reason, it is withdrawn already, or the patient is locked.
    """
    reason = reason.strip()
    if not reason:
        raise Refused(_("Say why the file is withdrawn."))
    with audit.writing(by=by, reason=reason):
        patient = Patient.objects.select_for_update().get(pk=attachment.patient_id)
        check_open_to_writes(
            trial_id=patient.trial_id, site_id=patient.site_id, patient_id=patient.pk
        )
        stored = Attachment.objects.get(pk=attachment.pk)
        if stored.is_withdrawn:
            raise Refused(_("This file is withdrawn already."))
        stored.withdrawn_at, stored.withdrawn_by, stored.withdrawn_because = at, by, reason
        stored.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_because"])
