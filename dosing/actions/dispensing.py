"""From the choice of a kit to what the patient brings back.

The kit is chosen inside the database among those in the patient's arm. Nothing that a blinded
person can read tells the arm: not the kit, not the refusal, and not the order either, for among
kits of the same expiry chance decides. (In the order of their numbers, kits that were passed over
would be those of another arm.) A chosen kit is reserved, so that asking again shows no other one.
"""

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext as _

from core import audit
from core.models import Site, User
from core.refusals import Refused
from dosing.actions.kit_list import has_arms
from dosing.actions.ledger import record_moves
from dosing.calc.kit_numbers import as_scanned
from dosing.calc.ledger import Kind, Move
from dosing.models import Kit, KitArm, LedgerEntry
from dosing.models.capsules import product_of
from dosing.policies import (
    check_can_get_capsules,
    check_course_is_new,
    check_rest_is_released,
    last_dosing_day,
)
from enrollment.models import Patient, Visit
from enrollment.queries.arms import slot_arm_subquery


def choose_kit(visit: Visit, *, by: User, on: date) -> Kit:
    """Reserves a kit for the course: the earliest expiry that lasts through it.

    Asked again, it is the same kit.

    Raises:
        Refused: the patient may not get capsules, has a kit for this course, or none fits.
    """
    with audit.writing(by=by):
        patient = _locked(visit.patient)
        check_can_get_capsules(patient, visit, on=on)
        reserved = _kit_of(visit, "reserved")
        if reserved is not None:
            return reserved
        check_course_is_new(visit)
        # Whoever chooses at this site waits here, so that the last kit goes to one patient.
        Site.objects.select_for_update().get(pk=patient.site_id)
        kit = _fitting_kit(patient, on=on)
        if kit is None:
            raise Refused(
                _(
                    "There is no suitable kit for this patient at this site. The unblinded"
                    " pharmacist can see why and send more."
                )
            )
        move = Move(Kind.RESERVE, site=patient.site_id, patient=patient.pk, visit=visit.pk)
        record_moves([kit], move, by=by, on=on)
    return kit


def dispense_kit(visit: Visit, *, number: str, by: User, on: date) -> LedgerEntry:
    """Hands out the reserved kit, whose number was read from the label; where the first day is a
    gate, only the capsules of the first day, and later the rest.

    Raises:
        Refused: the number is another kit's, or the kit or the patient is no longer fit.
    """
    with audit.writing(by=by):
        patient = _locked(visit.patient)
        check_can_get_capsules(patient, visit, on=on)
        kit = _kit_of(visit, "reserved", "started")
        if kit is None:
            raise Refused(_("Choose a kit for this course first."))
        if as_scanned(number) != kit.number:
            raise Refused(
                _("This is not the kit that was chosen: %(kit)s. Read the label again.")
                % {"kit": kit.number}
            )
        is_rest = _status(kit) == "started"
        if is_rest:
            check_rest_is_released(patient, visit)
        last_day = on if is_rest else last_dosing_day(patient, start=on)
        if kit.lot.expires_on < last_day:
            raise Refused(_("Kit %(kit)s expires too early.") % {"kit": kit.number})
        product = product_of(patient)
        capsules = product.capsules_per_day if product.day_one_gate and not is_rest else None
        move = Move(Kind.DISPENSE, patient.site_id, capsules, patient.pk, visit.pk)
        return record_moves([kit], move, by=by, on=on)[0]


def take_back(
    kit: Kit, *, capsules: int, lost: int = 0, by: User, on: date, reason: str = ""
) -> list[LedgerEntry]:
    """What the patient brings back, counted, and what the patient has lost.

    Raises:
        Refused: more than was dispensed, or capsules lost without a reason.
    """
    with audit.writing(by=by, reason=reason):
        last = LedgerEntry.objects.latest().get(kit=kit)
        site, patient = last.site_id, last.patient_id
        back = Move(Kind.TAKE_BACK, site, capsules, patient)
        entries = record_moves([kit], back, by=by, on=on)
        if lost:
            gone = Move(Kind.LOSE_BY_PATIENT, site, lost, patient)
            entries += record_moves([kit], gone, by=by, on=on, reason=reason)
    return entries


def lost_by_patient(kit: Kit, *, capsules: int, by: User, on: date, reason: str) -> LedgerEntry:
    """
    Raises:
        Refused: the patient does not have so many capsules.
    """
    last = LedgerEntry.objects.latest().filter(kit=kit).first()
    if last is None or last.patient_id is None:
        raise Refused(_("This kit was not dispensed."))
    move = Move(Kind.LOSE_BY_PATIENT, last.site_id, capsules, last.patient_id)
    return record_moves([kit], move, by=by, on=on, reason=reason)[0]


def kits_for(visits: Sequence[Visit]) -> dict[int, LedgerEntry]:
    """Visit id to the last entry of the kit that stands for its course."""
    entries = LedgerEntry.objects.latest().filter(visit__in=visits).exclude(status="lost")
    return {entry.visit_id or 0: entry for entry in entries.select_related("kit__lot")}


def _locked(patient: Patient) -> Patient:
    rows = Patient.objects.select_for_update(of=("self",)).select_related("version", "site")
    return rows.get(pk=patient.pk)


def _fitting_kit(patient: Patient, *, on: date) -> Kit | None:
    free = LedgerEntry.objects.latest().filter(
        site=patient.site_id,
        status="available",
        is_quarantined=False,
        kit__lot__product=product_of(patient).id,
        kit__lot__expires_on__gte=last_dosing_day(patient, start=on),
    )
    if has_arms(patient.version.definition):
        in_arm = KitArm.objects.filter(arm=slot_arm_subquery(patient.pk))
        free = free.filter(kit__in=in_arm.values("kit"))
    entry = free.select_related("kit__lot").order_by("kit__lot__expires_on", "?").first()
    return entry.kit if entry else None


def _kit_of(visit: Visit, *statuses: str) -> Kit | None:
    entries = LedgerEntry.objects.latest().filter(visit=visit, status__in=statuses)
    entry = entries.select_related("kit__lot").first()
    return entry.kit if entry else None


def _status(kit: Kit) -> str:
    return LedgerEntry.objects.latest().get(kit=kit).status
