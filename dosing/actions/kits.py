"""Registering kits with what is in them: the unblinded pharmacist's part."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from core import audit
from core.models import Site, Trial, User
from core.refusals import Refused
from dosing.actions.kit_list import (
    BadKitList,
    PackedKit,
    PackedLot,
    faults_of,
    has_arms,
    read_kit_list,
)
from dosing.calc.kit_numbers import LAST_SEQUENCE, issue, shuffled
from dosing.models import Kit, KitArm, Lot
from enrollment.calc.definition import Definition


def upload_kits(trial: Trial, definition: Definition, text: str, *, by: User) -> list[Kit]:
    """Registers all kits of a CSV file, or none.

    Raises:
        BadKitList: the file has faults, or names kits or lots that are registered already.
    """
    return register_kits(trial, definition, read_kit_list(text, definition), by=by)


def issue_kits(
    trial: Trial,
    definition: Definition,
    lot: PackedLot,
    *,
    by: User,
    site: str,
    counts: Mapping[str, int],
    seed: int,
) -> list[Kit]:
    """Numbers new kits in the order of a shuffle that the seed makes repeatable.

    `counts` maps each arm to its kits; in a trial with one arm the name of the arm does not count.

    Raises:
        BadKitList: the lot would tell its arms, or is registered already.
        Refused: the numbers of the trial are used up.
    """
    with audit.writing(by=by):
        Trial.objects.select_for_update().get(pk=trial.pk)
        first = _last_sequence(trial) + 1
        arms = shuffled(counts, seed)
        if first + len(arms) - 1 > LAST_SEQUENCE:
            raise Refused(_("There are not enough kit numbers left."))
        prefix = definition.trial.number_prefix
        keeps_arm = has_arms(definition)
        packed = [
            PackedKit(issue(prefix, first + place), lot, site, arm if keeps_arm else "")
            for place, arm in enumerate(arms)
        ]
        if faults := list(faults_of(packed, definition, first_line=1)):
            raise BadKitList(faults)
        return register_kits(trial, definition, packed, by=by)


def register_kits(
    trial: Trial, definition: Definition, packed: list[PackedKit], *, by: User
) -> list[Kit]:
    """Stores kits in the order of their numbers, so that no id tells how the list was sorted.

    Raises:
        BadKitList: a number or a lot is registered already.
    """
    with audit.writing(by=by, reason=_("kit list")):
        Trial.objects.select_for_update().get(pk=trial.pk)
        _check_unknown(trial, packed)
        product = definition.products[0]
        sites = {site.code: site for site in Site.objects.filter(trial=trial)}
        lots = {
            lot.number: Lot(
                trial=trial,
                number=lot.number,
                product=product.id,
                expires_on=lot.expires_on,
                lowest_c=lot.lowest_c,
                highest_c=lot.highest_c,
                capsules=product.capsules_per_course,
                registered_by=by,
            )
            for lot in {kit.lot for kit in packed}
        }
        Lot.objects.bulk_create(lots[number] for number in sorted(lots))
        in_order = sorted(packed, key=lambda kit: kit.number)
        kits = Kit.objects.bulk_create(
            Kit(
                trial=trial,
                lot=lots[item.lot.number],
                number=item.number,
                site=sites[item.site],
            )
            for item in in_order
        )
        KitArm.objects.bulk_create(
            KitArm(kit=kit, arm=item.arm)
            for kit, item in zip(kits, in_order, strict=True)
            if item.arm
        )
        audit.record("kits registered", by=by, target=trial, kits=len(kits))
    return kits


def _check_unknown(trial: Trial, packed: list[PackedKit]) -> None:
    numbers = {kit.number for kit in packed}
    stored = set(Kit.objects.filter(trial=trial).values_list("number", flat=True))
    lots = set(Lot.objects.filter(trial=trial).values_list("number", flat=True))
    faults = [
        (0, _("Kit %(kit)s is registered already.") % {"kit": number})
        for number in sorted(numbers & stored)
    ]
    faults += [
        (0, _("Lot %(lot)s is registered already.") % {"lot": number})
        for number in sorted({kit.lot.number for kit in packed} & lots)
    ]
    if faults:
        raise BadKitList(faults)


def _last_sequence(trial: Trial) -> int:
    """Of `KB-00017-62`: 17; 0 where no kit is registered."""
    last = Kit.objects.filter(trial=trial).order_by("-number").values_list("number", flat=True)
    number = last.first()
    return int(number.split("-")[1]) if number else 0
