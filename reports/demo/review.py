"""A trial half way through its review: some forms verified, signed, one signature broken, one
patient locked and one frozen. By the actions of the pages, so that all holds that holds there."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from core.models import Trial, User
from enrollment.actions import save_record
from enrollment.actions.locking import close
from enrollment.actions.signing import sign_records
from enrollment.actions.verifying import verify_consent, verify_record
from enrollment.models import Patient, VitalSigns
from enrollment.queries.inbox import to_sign
from enrollment.queries.locking import Target, obstacles
from enrollment.queries.records import placed, record_lines
from enrollment.queries.values import field_values
from enrollment.registry import get
from oversight.models import Lock, Meaning, RecordState, Signature

SITE = "02"
"""The small site, so that the other one shows how much is left to do."""


def review_population(trial: Trial, people: Mapping[str, User], *, at: datetime) -> None:
    """Nothing for a trial that somebody has begun to sign."""
    if Signature.objects.filter(site__trial=trial).exists():
        return
    monitor, investigator = people["monitor"], people["investigator"]
    enrolled = Patient.objects.filter(trial=trial, site__code=SITE).enrolled()
    chosen = list(enrolled.select_related("site", "trial").order_by("enrolled_on")[:4])
    for patient in chosen:
        _verify(patient, by=monitor, at=at)
    for patient in chosen[:3]:
        _sign(patient, by=investigator, at=at)
    _lock_one(chosen[:2], by=people["datamanager"], at=at)
    for patient in chosen[2:3]:
        _correct_one(patient, by=people["coordinator"])
    for patient in chosen[3:]:
        target = Target(trial, patient.site, patient)
        reason = "data cleaning before the first interim look"
        close(target, Lock.Kind.FREEZE, by=people["datamanager"], reason=reason, at=at)


def _verify(patient: Patient, *, by: User, at: datetime) -> None:
    """What the plan asks for."""
    for consent in patient.consents.all():
        verify_consent(consent, by=by, at=at)
    lines = record_lines(patients=[patient.pk], states=[RecordState.COMPLETE])
    for item in placed(lines):
        if item.asks_for_verification:
            spec = get(item.line.form)
            record = spec.model._default_manager.get(pk=item.line.pk)
            agreed = [value.key for value in field_values(spec, [record])[record.pk]]
            verify_record(
                spec, record, by=by, at=at, agreed=agreed, expected_revision=record.revision
            )


def _sign(patient: Patient, *, by: User, at: datetime) -> None:
    lines = to_sign(record_lines(patients=[patient.pk]), with_values=False)
    seen = {line.item.line.key: line.sha256 for line in lines if not line.refusal}
    if seen:
        sign_records(seen, by=by, meaning=Meaning.APPROVED, at=at)


def _lock_one(patients: Iterable[Patient], *, by: User, at: datetime) -> None:
    """The first in whose way nothing stands."""
    for patient in patients:
        target = Target(patient.trial, patient.site, patient)
        if not obstacles(target):
            close(target, Lock.Kind.LOCK, by=by, reason="all data final", at=at)
            return


def _correct_one(patient: Patient, *, by: User) -> None:
    """A weight typed wrong, found after the signature."""
    signed = VitalSigns.objects.filter(patient=patient, state=RecordState.SIGNED)
    record = signed.exclude(weight_kg=None).order_by("pk").first()
    if record is not None and record.weight_kg is not None:
        record.weight_kg += Decimal("0.9")
        save_record(
            get("vital-signs"),
            record,
            by=by,
            complete=True,
            expected_revision=record.revision,
            reason="transcription: digits of the scale misread",
        )
