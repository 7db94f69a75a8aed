"""What the form's page says under the form: signatures, locks, and what the person may do."""

from dataclasses import dataclass

from core.models import User
from core.permissions import Permission, has_permission
from enrollment.models import FormRecord, Patient
from enrollment.queries.records import PlacedRecord, line_of, placed
from enrollment.queries.signatures import SignatureLine, signatures_of
from enrollment.registry import FormSpec
from oversight.models import Lock, RecordState
from oversight.queries.locks import covering_keys, open_locks


@dataclass(frozen=True)
class RecordReview:
    item: PlacedRecord
    signatures: list[SignatureLine]
    locks: list[Lock]
    can_sign: bool
    can_verify: bool
    can_freeze: bool
    can_lock: bool

    @property
    def is_closed(self) -> bool:
        """Nothing can be changed."""
        return bool(self.locks) or self.item.line.state == RecordState.LOCKED

    @property
    def state(self) -> str:
        """For the badge: a broken signature and a freeze show before how far the form is."""
        if self.item.line.state == RecordState.LOCKED:
            return RecordState.LOCKED
        if self.signatures and self.signatures[0].is_broken:
            return "broken"
        return "frozen" if self.locks else self.item.line.state


@dataclass(frozen=True)
class PatientReview:
    """What covers the patient, and what the person may do about all forms at once."""

    locks: list[Lock]
    can_sign: bool
    can_freeze: bool
    can_lock: bool


def patient_review(user: User, patient: Patient) -> PatientReview:
    def may(permission: Permission) -> bool:
        return has_permission(user, permission, site=patient.site)

    keys = covering_keys(trial_id=patient.trial_id, site_id=patient.site_id, patient_id=patient.pk)
    return PatientReview(
        locks=open_locks(keys),
        can_sign=may(Permission.RECORD_SIGN),
        can_freeze=may(Permission.RECORD_FREEZE),
        can_lock=may(Permission.RECORD_LOCK),
    )


def record_review(user: User, spec: FormSpec, record: FormRecord) -> RecordReview:
    [item] = placed([line_of(spec, record)])
    site, state = item.patient.site, record.state
    signable = state in (RecordState.COMPLETE, RecordState.VERIFIED)

    def may(permission: Permission) -> bool:
        return has_permission(user, permission, site=site)

    keys = covering_keys(
        trial_id=item.patient.trial_id,
        site_id=site.pk,
        patient_id=item.patient.pk,
        form=spec.slug,
        record_id=record.pk,
    )
    return RecordReview(
        item=item,
        signatures=signatures_of(spec, record),
        locks=open_locks(keys),
        can_sign=signable and may(Permission.RECORD_SIGN),
        can_verify=state == RecordState.COMPLETE and may(Permission.RECORD_VERIFY),
        can_freeze=may(Permission.RECORD_FREEZE),
        can_lock=may(Permission.RECORD_LOCK),
    )
