"""Source data verification of a form's fields, and of a consent."""

from collections.abc import Iterable, Mapping, Set
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from core import audit
from core.models import User
from core.refusals import Refused
from enrollment.actions.signing import set_states
from enrollment.models import Consent, FormRecord, Patient
from enrollment.queries.screening import SCREENING, screening_keys
from enrollment.queries.values import FieldValue, field_values
from enrollment.queries.verification import CONSENT, CONSENT_FIELDS, ticks_of
from enrollment.registry import FormSpec
from oversight.calc.life_cycle import Event, State, after
from oversight.models import FieldVerification
from oversight.policies import check_event

REASON = "source data verification"


def verify_record(
    spec: FormSpec,
    record: FormRecord,
    *,
    by: User,
    at: datetime,
    agreed: Iterable[str],
    expected_revision: int,
) -> FormRecord:
    """Ticks exactly the fields whose keys are in `agreed`, and takes the tick from all others.

    The form counts as verified while every answer is ticked. `expected_revision` is what the
    monitor saw.

    Raises:
        Refused: the form changed since, or is a draft, signed or locked.
    """
    with audit.writing(by=by, reason=REASON):
        patient = Patient.objects.select_for_update().get(pk=record.patient_id)
        record = spec.model._default_manager.get(pk=record.pk)
        if record.revision != expected_revision:
            raise Refused(_("This form changed since you opened the page. Compare again."))
        if record.state != State.VERIFIED:
            check_event(record.state, Event.VERIFY)
        answers = {value.key: value for value in field_values(spec, [record])[record.pk]}
        wanted = set(agreed) & answers.keys()
        _set_ticks(spec.slug, record, patient, answers, wanted, by=by, at=at)
        _move(spec, record, is_whole=wanted == answers.keys())
    return record


def verify_screening(patient: Patient, *, by: User, at: datetime, agreed: Iterable[str]) -> bool:
    """Ticks exactly the answers whose keys are in `agreed`. Whether that is all of them.

    Answers at screening stay as they are, so nobody can have changed them since they were shown.
    """
    with audit.writing(by=by, reason=REASON):
        patient = Patient.objects.select_for_update(of=("self",)).get(pk=patient.pk)
        answers = {name: FieldValue(name, "", "") for name in screening_keys(patient)}
        wanted = set(agreed) & answers.keys()
        _set_ticks(SCREENING, patient, patient, answers, wanted, by=by, at=at)
    return wanted == answers.keys()


def verify_consent(consent: Consent, *, by: User, at: datetime) -> None:
    """The signed paper agrees with what was recorded. Twice changes nothing."""
    with audit.writing(by=by, reason=REASON):
        patient = Patient.objects.select_for_update().get(pk=consent.patient_id)
        known = ticks_of(CONSENT, [consent.pk])[consent.pk]
        FieldVerification.objects.bulk_create(
            _tick(CONSENT, consent, patient, FieldValue(name, "", ""), by=by, at=at)
            for name in CONSENT_FIELDS
            if name not in known
        )


def _set_ticks(
    form: str,
    record: Any,
    patient: Patient,
    answers: Mapping[str, FieldValue],
    wanted: Set[str],
    *,
    by: User,
    at: datetime,
) -> None:
    known = ticks_of(form, [record.pk])[record.pk]
    dropped = [tick.pk for key, tick in known.items() if key not in wanted]
    FieldVerification.objects.filter(pk__in=dropped).delete()
    FieldVerification.objects.bulk_create(
        _tick(form, record, patient, answers[key], by=by, at=at)
        for key in answers
        if key in wanted and key not in known
    )


def _move(spec: FormSpec, record: FormRecord, *, is_whole: bool) -> None:
    state = State(record.state)
    if is_whole and state is State.COMPLETE:
        record.state = after(state, Event.VERIFY).value
    elif not is_whole and state is State.VERIFIED:
        record.state = after(state, Event.UNVERIFY).value
    else:
        return
    set_states([(spec.slug, record.pk)], State(record.state))


def _tick(
    form: str, record: Any, patient: Patient, value: FieldValue, *, by: User, at: datetime
) -> FieldVerification:
    return FieldVerification(
        site_id=patient.site_id,
        patient_id=patient.pk,
        visit_id=getattr(record, "visit_id", None),
        form=form,
        record_id=record.pk,
        row_number=value.row_number,
        field=value.name,
        verified_by=by,
        verified_at=at,
    )
