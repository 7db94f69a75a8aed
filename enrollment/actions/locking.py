"""Freezing and locking, and lifting both."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import audit
from core.models import User
from core.refusals import Refused
from enrollment.actions.signing import records_by_form, set_states
from enrollment.models import Patient
from enrollment.queries.locking import Target, is_covered, obstacles
from enrollment.queries.records import RecordLine, placed
from enrollment.queries.verification import fully_verified
from oversight.calc.life_cycle import Event, State, after
from oversight.models import Lock, RecordState, Signature
from oversight.queries.locks import open_locks_of_trial


def close(target: Target, kind: str, *, by: User, reason: str, at: datetime) -> Lock:
    """Freezes or locks. From then on the database itself refuses writes.

    Raises:
        Refused: no reason, frozen or locked already, or for a lock: something stands in the way.
    """
    kind = Lock.Kind(kind)
    if not reason.strip():
        raise Refused(_("Enter a reason."))
    with audit.writing(by=by, reason=f"{kind.value}: {reason.strip()}"):
        _hold(target)
        if Lock.objects.open().filter(key=target.key, kind=kind).exists():
            raise Refused(_("This is locked or frozen already."))
        if kind == Lock.Kind.LOCK:
            _lock_records(target)
        return Lock.objects.create(
            kind=kind,
            scope=target.scope,
            key=target.key,
            trial=target.trial,
            site=target.site,
            patient_id=target.patient.pk if target.patient else None,
            visit_id=target.record.line.visit_id if target.record else None,
            form=target.record.line.form if target.record else "",
            record_id=target.record.line.pk if target.record else None,
            at=at,
            by=by,
            reason=reason.strip(),
        )


def lift(lock: Lock, target: Target, *, by: User, reason: str, at: datetime) -> Lock:
    """Ends a freeze or lock; its records return to where the lock found them.

    Raises:
        Refused: no reason, or lifted already.
    """
    if not reason.strip():
        raise Refused(_("Enter a reason."))
    with audit.writing(by=by, reason=f"lift {lock.kind}: {reason.strip()}"):
        _hold(target)
        lock = Lock.objects.select_for_update().get(pk=lock.pk)
        if lock.lifted_at is not None:
            raise Refused(_("This was lifted already."))
        lock.lifted_at, lock.lifted_by, lock.lift_reason = at, by, reason.strip()
        lock.save(update_fields=["lifted_at", "lifted_by", "lift_reason"])
        if lock.kind == Lock.Kind.LOCK:
            _unlock_records(target)
    return lock


def _hold(target: Target) -> None:
    """Whoever saves something of these patients waits, and then meets the lock."""
    list(Patient.objects.select_for_update().filter(pk__in=list(target.patients())).order_by("pk"))


def _lock_records(target: Target) -> None:
    in_the_way = obstacles(target)
    if in_the_way:
        raise Refused(
            ngettext(
                "%(count)d thing stands in the way of the lock. It is listed below.",
                "%(count)d things stand in the way of the lock. They are listed below.",
                len(in_the_way),
            )
            % {"count": len(in_the_way)}
        )
    lines = [line for line in target.lines() if line.state != RecordState.LOCKED]
    for state in {line.state for line in lines}:
        after(State(state), Event.LOCK)
    set_states((line.key for line in lines), State.LOCKED)


def _unlock_records(target: Target) -> None:
    still = open_locks_of_trial(target.trial.pk)[Lock.Kind.LOCK]
    freed = [
        item.line
        for item in placed(line for line in target.lines() if line.state == RecordState.LOCKED)
        if not is_covered(item.line, still, trial_id=target.trial.pk, site_id=item.patient.site_id)
    ]
    for event, lines in _ways_back(freed).items():
        set_states((line.key for line in lines), after(State.LOCKED, event))


def _ways_back(lines: list[RecordLine]) -> dict[Event, list[RecordLine]]:
    """Signed where a signature holds, else verified where every field is ticked, else complete."""
    patients = {line.patient_id for line in lines}
    holding = Signature.objects.filter(patient_id__in=patients, broken__isnull=True)
    signed = set(holding.values_list("form", "record_id"))
    unsigned = [line.key for line in lines if line.key not in signed]
    verified = {
        (spec.slug, pk)
        for spec, ids in records_by_form(unsigned).items()
        for pk in fully_verified(spec, ids)
    }
    ways: dict[Event, list[RecordLine]] = {}
    for line in lines:
        if line.key in signed:
            event = Event.UNLOCK_TO_SIGNED
        elif line.key in verified:
            event = Event.UNLOCK_TO_VERIFIED
        else:
            event = Event.UNLOCK_TO_COMPLETE
        ways.setdefault(event, []).append(line)
    return ways
