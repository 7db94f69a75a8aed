"""Kits are labeled, specimens collected, and tubes filled from other tubes."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Max, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from core import audit
from core.models import Site, Trial, User
from core.refusals import Refused
from enrollment.models import Patient, Visit
from enrollment.queries.trials import current_version
from microbiome.actions.custody import event_row, locked, record_events, store
from microbiome.calc.barcodes import as_scanned, is_valid, issue, sequence_of
from microbiome.calc.custody import Event, ImpossibleEvent, Kind, State, collected, made_from
from microbiome.models import (
    CollectionKit,
    Fixative,
    KitBatch,
    Laboratory,
    Specimen,
)
from microbiome.models.specimens import CONTROLS
from microbiome.policies import check_collection, check_kit
from oversight.policies import check_open_to_writes

MOST_KITS = 500
MOST_PARTS = 50


def make_kits(
    site: Site, *, material: str, lot: str, expires_on: date, count: int, by: User
) -> KitBatch:
    """New kits with the next barcodes of the trial."""
    with audit.writing(by=by):
        barcodes = _next_barcodes(site.trial, count)
        batch = KitBatch.objects.create(
            trial=site.trial,
            site=site,
            material=material,
            lot=lot,
            expires_on=expires_on,
            made_by=by,
        )
        CollectionKit.objects.bulk_create(
            CollectionKit(batch=batch, barcode=barcode) for barcode in barcodes
        )
    return batch


def collect(
    visit: Visit,
    barcode: str,
    *,
    amount: Decimal,
    at: datetime,
    by: User,
    fixative: str = Fixative.NONE,
    reason: str = "",
) -> Specimen:
    """What was taken at a visit, in the kit with this barcode.

    Raises:
        Refused: the kit cannot be used, the patient gave no consent, the patient's data are frozen
            or locked, or the time is outside the window of the visit without a reason.
    """
    patient = visit.patient
    with audit.writing(by=by, reason=reason):
        # What is done with tubes goes on under a lock; another one would change what was locked.
        Patient.objects.select_for_update().get(pk=patient.pk)
        check_open_to_writes(
            trial_id=patient.trial_id, site_id=patient.site_id, patient_id=patient.pk
        )
        kit = _kit(patient.trial, barcode)
        on = at.astimezone(ZoneInfo(patient.site.time_zone)).date()
        check_kit(kit, site_id=patient.site_id, on=on)
        if kit.batch.material in CONTROLS:
            raise Refused(_("This kit is for a control, not for a patient."))
        check_collection(visit, on=on, reason=reason)
        tube = Specimen(
            patient=patient, visit=visit, fixative=fixative, **_from_kit(kit, amount, at, by)
        )
        return begin([tube], by=by, reason=reason)[0]


def add_control(
    barcode: str, laboratory: Laboratory, *, amount: Decimal, at: datetime, by: User, reason: str
) -> Specimen:
    """A blank, a mock community or a lot of capsules, on the bench of the laboratory.

    Raises:
        Refused: the kit is unknown, used, expired or made for what is taken from patients.
    """
    with audit.writing(by=by, reason=reason):
        kit = _kit(laboratory.trial, barcode)
        site_id = laboratory.site_id or kit.batch.site_id
        check_kit(kit, site_id=site_id, on=at.date())
        if kit.batch.material not in CONTROLS:
            raise Refused(_("This kit is for a patient. Collect with it at a visit."))
        tube = begin([Specimen(**_from_kit(kit, amount, at, by))], by=by, reason=reason)[0]
        record_events([tube], Event(Kind.RECEIVE, laboratory=laboratory.pk), by=by, at=at)
    return tube


def divide(
    parent: Specimen, *, parts: int, amount: Decimal, by: User, at: datetime, reason: str = ""
) -> list[Specimen]:
    """So many aliquots of this amount each.

    Raises:
        Refused: the tube does not hold so much, is not on the bench, is held.
    """
    return fill_from(
        parent,
        Event(Kind.ALIQUOT, taken=parts * amount),
        material=parent.material,
        amounts=[amount] * parts,
        by=by,
        at=at,
        reason=reason,
    )


def derive(
    parent: Specimen,
    *,
    material: str,
    taken: Decimal,
    amount: Decimal,
    by: User,
    at: datetime,
    reason: str,
) -> list[Specimen]:
    """One derivative, of `amount` in its own unit, of what was taken; the reason names method,
    extraction kit and lot.

    Raises:
        Refused: the tube does not hold so much, is not on the bench, is held.
    """
    return fill_from(
        parent,
        Event(Kind.DERIVE, taken=taken),
        material=material,
        amounts=[amount],
        by=by,
        at=at,
        reason=reason,
    )


def fill_from(
    parent: Specimen,
    event: Event,
    *,
    material: str,
    amounts: Sequence[Decimal],
    by: User,
    at: datetime,
    reason: str,
) -> list[Specimen]:
    """The event of the parent, and a new tube for each amount."""
    with audit.writing(by=by, reason=reason):
        before = locked([parent])[parent.pk].state
        record_events([parent], event, by=by, at=at, reason=reason)
        tubes = Specimen.objects.bulk_create(
            Specimen(
                trial_id=parent.trial_id,
                site_id=parent.site_id,
                patient_id=parent.patient_id,
                visit_id=parent.visit_id,
                parent=parent,
                barcode=barcode,
                material=material,
                fixative=parent.fixative,
                amount=amount,
                collected_at=parent.collected_at,
                registered_by=by,
            )
            for barcode, amount in zip(
                _next_barcodes(parent.trial, len(amounts)), amounts, strict=True
            )
        )
        store(
            [
                event_row(
                    tube,
                    Event(Kind.MAKE),
                    _first(made_from, before, tube.amount),
                    sequence=1,
                    by=by,
                    at=at,
                )
                for tube in tubes
            ]
        )
    return tubes


def find(barcodes: Iterable[str], *, among: "QuerySet[Specimen]") -> list[Specimen]:
    """The tubes in the order scanned. One that the person may not see is as unknown as none.

    Raises:
        Refused: nothing was scanned, a barcode is misread or unknown, or is there twice.
    """
    wanted = [as_scanned(barcode) for barcode in barcodes]
    if not wanted:
        raise Refused(_("Scan or type at least one barcode."))
    if misread := [barcode for barcode in wanted if not is_valid(barcode)]:
        raise Refused(
            _("Misread: %(barcodes)s. The check character does not fit; scan again.")
            % {"barcodes": ", ".join(barcode[:12] for barcode in misread[:5])}
        )
    if twice := [barcode for barcode in wanted if wanted.count(barcode) > 1]:
        raise Refused(_("%(barcode)s was scanned twice.") % {"barcode": twice[0]})
    tubes = among.filter(barcode__in=wanted).select_related("patient", "visit", "trial")
    known = {tube.barcode: tube for tube in tubes}
    if unknown := [barcode for barcode in wanted if barcode not in known]:
        raise Refused(
            _("No tube that you can see: %(barcodes)s.") % {"barcodes": ", ".join(unknown[:5])}
        )
    return [known[barcode] for barcode in wanted]


def _kit(trial: Trial, barcode: str) -> CollectionKit:
    scanned = as_scanned(barcode)
    if not is_valid(scanned):
        raise Refused(_("The check character does not fit: scan the kit again."))
    # Under a lock of the trial's row, so that of two people who use it one wins.
    Trial.objects.select_for_update().get(pk=trial.pk)
    kits = CollectionKit.objects.filter(batch__trial=trial, barcode=scanned)
    kit = kits.select_related("batch", "specimen").first()
    if kit is None:
        raise Refused(_("This is no kit of this trial."))
    return kit


def _from_kit(kit: CollectionKit, amount: Decimal, at: datetime, by: User) -> dict[str, Any]:
    if at > timezone.now():
        raise Refused(_("Enter a time that is not in the future."))
    return {
        "trial_id": kit.batch.trial_id,
        "site_id": kit.batch.site_id,
        "kit": kit,
        "barcode": kit.barcode,
        "material": kit.batch.material,
        "amount": amount,
        "collected_at": at,
        "registered_by": by,
    }


def begin(tubes: Sequence[Specimen], *, by: User, reason: str = "") -> list[Specimen]:
    """Stores tubes that were collected, each with its first event."""
    states = [_first(collected, tube.amount) for tube in tubes]
    made = Specimen.objects.bulk_create(tubes)
    store(
        [
            event_row(
                tube,
                Event(Kind.COLLECT),
                state,
                sequence=1,
                by=by,
                at=tube.collected_at,
                reason=reason,
            )
            for tube, state in zip(made, states, strict=True)
        ]
    )
    return made


def _first(state_of: Callable[..., State], *values: Any) -> State:
    try:
        return state_of(*values)
    except ImpossibleEvent:
        raise Refused(_("Enter an amount above 0.")) from None


def _next_barcodes(trial: Trial, count: int) -> list[str]:
    """Kits and tubes share the series; the trial's row is locked while it grows."""
    Trial.objects.select_for_update().get(pk=trial.pk)
    highest = (
        CollectionKit.objects.filter(batch__trial=trial).aggregate(last=Max("barcode"))["last"],
        Specimen.objects.filter(trial=trial).aggregate(last=Max("barcode"))["last"],
    )
    last = max((sequence_of(barcode) for barcode in highest if barcode), default=0)
    prefix = current_version(trial).definition.trial.number_prefix
    return [issue(prefix, last + number) for number in range(1, count + 1)]
