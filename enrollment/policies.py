"""What a patient's and a record's state allows. `check_x` raises the sentence a person reads."""

from collections.abc import Collection, Sequence
from datetime import date

from django.utils.translation import gettext as _

from core.models import Trial
from core.refusals import Refused
from enrollment.calc.definition import Definition
from enrollment.models import Consent, FormRecord, Patient, Unblinding, Visit
from oversight.models import Lock, RecordState


class Conflict(Refused):
    """Somebody else saved the record since it was opened; `stored` is what they saved."""

    def __init__(self, stored: FormRecord) -> None:
        super().__init__(
            _("Somebody else saved this form while you had it open. Compare and save again.")
        )
        self.stored = stored


def check_can_enroll(patient: Patient, *, on: date) -> None:
    if patient.enrolled_on is not None:
        raise Refused(_("This patient is enrolled already."))
    if not patient.is_eligible:
        raise Refused(_("This patient does not meet all criteria and cannot enroll."))
    if on < patient.screened_on:
        raise Refused(_("Enter an enrollment date that is not before the day of screening."))
    first_consent = Consent.objects.filter(patient=patient).order_by("signed_on").first()
    if first_consent is None:
        raise Refused(_("Record the signed consent before you enroll this patient."))
    if first_consent.signed_on > on:
        raise Refused(_("Enter an enrollment date that is not before the consent."))


def check_consent(definition: Definition, *, version: str, signed_on: date, today: date) -> None:
    known = {item.version: item for item in definition.consents}
    if version not in known:
        raise Refused(_("Choose a version of the consent form that this trial uses."))
    if signed_on < known[version].valid_from:
        raise Refused(
            _("This version is in use since %(day)s. Check the version and the date.")
            % {"day": known[version].valid_from.isoformat()}
        )
    if signed_on > today:
        raise Refused(_("The consent cannot be signed in the future."))


def check_is_planned(visit: Visit) -> None:
    """Not of a course that a dose decision holds or skips."""
    if visit.outcome == Visit.Outcome.ON_HOLD:
        raise Refused(
            _(
                "Treatment is on hold, and this visit with it. Record the decision to resume, or"
                " add an unscheduled visit."
            )
        )
    if visit.outcome == Visit.Outcome.SKIPPED:
        raise Refused(
            _(
                "This visit belongs to a course that is skipped. Correct that dose decision, or add"
                " an unscheduled visit."
            )
        )


def check_unscheduled_visit(
    patient: Patient, *, on: date, today: date, reason: str, forms: Collection[str]
) -> None:
    if patient.enrolled_on is None:
        raise Refused(_("Visits are for enrolled patients."))
    if on > today:
        raise Refused(_("Enter a visit date that is not in the future."))
    if on < patient.enrolled_on:
        raise Refused(
            _("Enter a visit date on or after the enrollment on %(day)s.")
            % {"day": patient.enrolled_on.isoformat()}
        )
    if not reason.strip():
        raise Refused(_("Say why the patient came."))
    if not forms or not set(forms) <= set(patient.version.definition.visit_forms):
        raise Refused(_("Choose the forms that this visit fills."))


def check_visit_date(visit: Visit, *, on: date, today: date, reason: str) -> None:
    check_is_planned(visit)
    if on > today:
        raise Refused(_("Enter a visit date that is not in the future."))
    enrolled_on = visit.patient.enrolled_on
    if enrolled_on is not None and visit.target_date >= enrolled_on > on:
        raise Refused(
            _("Enter a visit date on or after the enrollment on %(day)s.")
            % {"day": enrolled_on.isoformat()}
        )
    if visit.actual_date not in (None, on) and not reason.strip():
        raise Refused(_("Enter a reason for changing the date of a visit that took place."))
    if visit.is_unscheduled:
        return
    if not visit.window_opens <= on <= visit.window_closes and not reason.strip():
        raise Refused(
            _("This date is outside the window (%(opens)s to %(closes)s). Enter a reason.")
            % {
                "opens": visit.window_opens.isoformat(),
                "closes": visit.window_closes.isoformat(),
            }
        )


def check_can_save(record: FormRecord, *, complete: bool, reason: str) -> None:
    """A locked record takes nothing; a complete one takes corrections with a reason."""
    if record.state == RecordState.LOCKED:
        raise Refused(_("This form is locked. A data manager can unlock it."))
    if record.closed_because:
        raise Refused(record.closed_because)
    if record.is_complete and not complete:
        raise Refused(_("This form is complete and cannot become a draft again."))
    if record.is_complete and not reason.strip():
        raise Refused(_("Say why you change a complete form."))


def check_can_randomize(patient: Patient, *, on: date, unanswered: Sequence[str]) -> None:
    """All that is missing in one sentence; `unanswered` names the factors without a level."""
    missing = []
    if not patient.is_eligible:
        missing.append(_("not all criteria are met"))
    if patient.enrolled_on is None:
        missing.append(_("the patient is not enrolled"))
    elif on < patient.enrolled_on:
        missing.append(_("the day is before the enrollment"))
    if not Consent.objects.filter(patient=patient, signed_on__lte=on).exists():
        missing.append(_("no consent signed by that day is recorded"))
    sentence = _("“%(factor)s” has no answer in a complete form")
    missing += [sentence % {"factor": factor} for factor in unanswered]
    if missing:
        raise Refused(
            _("This patient cannot be randomized yet: %(missing)s.")
            % {"missing": "; ".join(missing)}
        )


def check_can_unblind_trial(trial: Trial) -> None:
    """Analysis comes after the data are final. ICH E6(R3) 3.16.1(r)."""
    if not trial.is_blinded:
        raise Refused(_("This trial is open: there is nothing to unblind."))
    if Unblinding.objects.filter(trial=trial, kind=Unblinding.Kind.PLANNED).exists():
        raise Refused(_("This trial is unblinded already."))
    if not _is_locked(trial):
        raise Refused(_("Lock the trial first: only final data are unblinded."))


def _is_locked(trial: Trial) -> bool:
    covering = Lock.objects.open().filter(scope=Lock.Scope.TRIAL, kind=Lock.Kind.LOCK)
    return covering.filter(trial=trial).exists()
