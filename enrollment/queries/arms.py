"""The one place that reads arms. Every reading is permitted here and noted in the register.

No other module may name the column: a test looks through all of them. What must match patients
with arms without showing them (the stock of kits) joins `slot_arm_subquery` in the database.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext as _

from core import audit
from core.models import Site, Trial, User
from core.permissions import Permission, has_permission, require_permission
from core.refusals import Refused
from enrollment.calc.randomization import Slot
from enrollment.models import Allocation, Patient, RandomizationList, Unblinding


class Purpose(StrEnum):
    ROUTINE = "routine"
    """The daily work of an unblinded role."""
    EMERGENCY = "emergency"
    OPEN = "open"
    """There is no secret: the trial is open, or was unblinded as planned."""


@dataclass(frozen=True)
class Account:
    """What the register wants to know of an emergency."""

    reason_code: str = ""
    reason: str = ""
    informed: str = ""
    impact: str = ""


def arms_of(
    patients: Collection[Patient], *, by: User, purpose: Purpose, account: Account | None = None
) -> dict[int, str]:
    """Patient id to the id of the arm; patients without an allocation are left out.

    The patients are of one trial.

    Raises:
        PermissionDenied: the person may not know the arm of every one of them.
        Refused: an emergency is one patient's, and is accounted for.
    """
    if not patients:
        return {}
    trial, sites = _whose(patients)
    if purpose is Purpose.OPEN:
        _require_open(trial, sites, by)
    else:
        with audit.writing(by=by):
            _note(patients, trial, sites, by=by, purpose=purpose, account=account)
    ids = [patient.pk for patient in patients]
    return dict(Allocation.objects.filter(patient__in=ids).values_list("patient_id", "arm"))


def places_of(made: RandomizationList, *, by: User) -> list[Slot]:
    """The whole list with its arms, for those who make it.

    Raises:
        PermissionDenied: the person does not manage randomization.
    """
    require_permission(by, Permission.RANDOMIZATION_MANAGE, trial=made.trial)
    with audit.writing(by=by):
        Unblinding.objects.create(trial=made.trial, kind=Unblinding.Kind.LIST, by=by)
    places = Allocation.objects.filter(list=made).order_by("pk")
    return [Slot(*values) for values in places.values_list("stratum", "sequence", "arm")]


def slot_arm_subquery(patient_pk: int | OuterRef) -> Subquery:
    """The patient's arm for use inside the database, never as a value that is read.

    `Kit.objects.filter(arm=slot_arm_subquery(patient.pk))` finds kits that fit; in a subquery over
    patients pass `OuterRef("pk")`.
    """
    return Subquery(Allocation.objects.filter(patient_id=patient_pk).values("arm")[:1])


def note_export(trial: Trial, *, by: User, reason: str) -> None:
    """For an export with the arms of a blinded trial, which reads them inside the database.

    Raises:
        PermissionDenied: the person may not export arms.
    """
    require_permission(by, Permission.EXPORT_UNBLINDED, trial=trial)
    if not is_unblinded(trial):
        with audit.writing(by=by):
            Unblinding.objects.create(
                trial=trial, kind=Unblinding.Kind.ROUTINE, by=by, reason=reason
            )


def arms_for_all(trial: Trial) -> dict[int, str]:
    """Patient id to the id of the arm, for numbers that nobody in particular asks for: the night's.

    Nothing while the arms are a secret, so that nothing is computed of them either.
    """
    if not is_unblinded(trial):
        return {}
    taken = Allocation.objects.filter(trial=trial, patient__isnull=False)
    return dict(taken.order_by("patient_id").values_list("patient_id", "arm"))


def may_compare(trial: Trial, *, by: User) -> bool:
    """Whether the person may ask for results by arm, which tell nobody's arm.

    Once the arms are no secret: whoever reads the dashboard. Before, an unblinded role only, which
    is told that there are none.
    """
    if has_permission(by, Permission.ARM_VIEW, trial=trial):
        return True
    return has_permission(by, Permission.DASHBOARD_VIEW, trial=trial) and is_unblinded(trial)


def require_comparison(trial: Trial, *, by: User) -> None:
    """
    Raises:
        PermissionDenied: the person may not ask for results by arm.
    """
    if not may_compare(trial, by=by):
        require_permission(by, Permission.DASHBOARD_VIEW, trial=trial)
        raise PermissionDenied(_("This trial is blinded."))


def is_unblinded(trial: Trial) -> bool:
    """Arms are no secret: an open trial, or one that was unblinded as planned."""
    if not trial.is_blinded:
        return True
    return Unblinding.objects.filter(trial=trial, kind=Unblinding.Kind.PLANNED).exists()


def _whose(patients: Collection[Patient]) -> tuple[Trial, set[Site]]:
    trials = {patient.trial for patient in patients}
    if len(trials) != 1:
        raise ValueError("patients of one trial are asked for")
    return trials.pop(), {patient.site for patient in patients}


def _require_open(trial: Trial, sites: Collection[Site], by: User) -> None:
    if not is_unblinded(trial):
        raise PermissionDenied(_("This trial is blinded."))
    for site in sites:
        if not has_permission(by, Permission.EXPORT, site=site):
            require_permission(by, Permission.PATIENT_VIEW, site=site)


def _note(
    patients: Collection[Patient],
    trial: Trial,
    sites: Collection[Site],
    *,
    by: User,
    purpose: Purpose,
    account: Account | None,
) -> None:
    is_emergency = purpose is Purpose.EMERGENCY
    wanted = Permission.EMERGENCY_UNBLIND if is_emergency else Permission.ARM_VIEW
    for site in sites:
        require_permission(by, wanted, site=site)
    told = account or Account()
    if is_emergency and (len(patients) != 1 or not _is_complete(told)):
        raise Refused(_("Say why, who was informed and what it means for the trial."))
    entry = Unblinding.objects.create(
        trial=trial,
        site=next(iter(sites)) if len(sites) == 1 else None,
        kind=Unblinding.Kind.EMERGENCY if is_emergency else Unblinding.Kind.ROUTINE,
        by=by,
        reason_code=told.reason_code,
        reason=told.reason,
        informed=told.informed,
        impact=told.impact,
    )
    entry.patients.set(patients)


def _is_complete(account: Account) -> bool:
    given = (account.reason_code, account.reason, account.informed, account.impact)
    return all(text.strip() for text in given)
