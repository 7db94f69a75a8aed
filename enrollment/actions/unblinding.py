"""Unblinding: one patient in an emergency, one by accident, the trial as planned."""

from collections.abc import Callable
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from core import audit
from core.actions.notices import store_notices
from core.models import NoticeKind, Trial, User
from core.refusals import Refused
from enrollment.models import Patient, Unblinding
from enrollment.policies import check_can_unblind_trial
from enrollment.queries.arms import Account, Purpose, arms_of
from enrollment.queries.randomization import allocation_of


def unblind_patient(patient: Patient, *, by: User, account: Account) -> tuple[str, list[int]]:
    """The id of the patient's arm for one look, and the notices to send on commit.

    Each look is an entry of the register; the named people are told, without the arm.

    Raises:
        Refused: the trial is open, the patient is not randomized, or the account is not complete.
        PermissionDenied: the person may not unblind at this site.
    """
    if not patient.trial.is_blinded:
        raise Refused(_("This trial is open: there is nothing to unblind."))
    if allocation_of(patient) is None:
        raise Refused(_("This patient is not randomized."))
    with audit.writing(by=by, reason=account.reason):
        arms = arms_of([patient], by=by, purpose=Purpose.EMERGENCY, account=account)
        notices = _tell(
            patient.trial, lambda: _("Patient %(number)s was unblinded") % {"number": patient}
        )
    return arms[patient.pk], notices


def record_accident(
    patient: Patient, *, by: User, happened_on: date, reason: str, informed: str, impact: str
) -> tuple[Unblinding, list[int]]:
    """Somebody came to know an arm who should not; the entry says how, not which."""
    with audit.writing(by=by, reason=reason):
        entry = Unblinding.objects.create(
            trial=patient.trial,
            site=patient.site,
            kind=Unblinding.Kind.ACCIDENTAL,
            by=by,
            happened_on=happened_on,
            reason=reason,
            informed=informed,
            impact=impact,
        )
        entry.patients.set([patient])
        notices = _tell(
            patient.trial,
            lambda: _("Accidental unblinding of patient %(number)s") % {"number": patient},
        )
    return entry, notices


def unblind_trial(trial: Trial, *, by: User, reason: str) -> tuple[Unblinding, list[int]]:
    """From now on arms are no secret of this trial.

    Raises:
        Refused: the trial is open, not locked, or unblinded already.
    """
    with audit.writing(by=by, reason=reason):
        trial = Trial.objects.select_for_update().get(pk=trial.pk)
        check_can_unblind_trial(trial)
        entry = Unblinding.objects.create(
            trial=trial, kind=Unblinding.Kind.PLANNED, by=by, reason=reason
        )
        notices = _tell(trial, lambda: _("The trial %(trial)s was unblinded") % {"trial": trial})
    return entry, notices


def _tell(trial: Trial, subject: Callable[[], str]) -> list[int]:
    return store_notices(
        NoticeKind.UNBLINDING,
        trial=trial,
        subject=subject,
        text=lambda: _("The unblinding register says who did it and why. It names no arm."),
        path=reverse("enrollment:unblinding-list", args=[trial.slug]),
    )
