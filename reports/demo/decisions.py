"""Dose decisions of the demo: the log beside what the forms of background drugs say was held."""

from core import audit
from core.models import User
from dosing.models import BackgroundDose, DoseDecision
from enrollment import registry
from enrollment.actions import save_record
from enrollment.models import TrialVersion, Visit

MOST = 6
_ACTIONS = {
    BackgroundDose.Change.HELD: DoseDecision.Action.HOLD,
    BackgroundDose.Change.STOPPED: DoseDecision.Action.STOP,
}


def decide_doses(version: TrialVersion, *, by: User) -> None:
    """One decision for each of the first drugs held or stopped; a trial with some is left alone."""
    if DoseDecision.objects.filter(patient__trial=version.trial).exists():
        return
    doses = BackgroundDose.objects.filter(
        record__patient__trial=version.trial, change__in=_ACTIONS
    ).select_related("record__visit", "record__patient__version")
    with audit.writing(by=by):
        for dose in doses.order_by("pk")[:MOST]:
            visit = dose.record.visit
            decision = DoseDecision(
                patient=dose.record.patient,
                decided_on=visit.actual_date,
                treatment=dose.drug,
                course=visit.cycle or 1,
                action=_ACTIONS[BackgroundDose.Change(dose.change)],
                reason=DoseDecision.Reason.ADVERSE_EVENT,
                reason_text=dose.change_reason or "Toxicity.",
            )
            spec = registry.get("dose-decisions")
            save_record(spec, decision, by=by, complete=True)
            if resumed := _resumed(decision, visit):
                save_record(spec, resumed, by=by, complete=True)


def _resumed(decision: DoseDecision, held_at: Visit) -> DoseDecision | None:
    """The decision to resume, on the day on which the next course began after a hold."""
    if decision.action != DoseDecision.Action.HOLD or held_at.cycle is None:
        return None
    following = Visit.objects.filter(
        patient=decision.patient, track=held_at.track, cycle=held_at.cycle + 1, day=1
    ).first()
    if following is None or following.actual_date is None:
        return None
    return DoseDecision(
        patient=decision.patient,
        decided_on=following.actual_date,
        treatment=decision.treatment,
        course=following.cycle,
        action=DoseDecision.Action.RESUME,
        resumes_on=following.actual_date,
        reason=decision.reason,
        reason_text="Recovered.",
    )
