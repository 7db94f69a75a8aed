"""What a dispenser does with kits in stock; each is moves of the ledger."""

from collections.abc import Iterable, Sequence
from datetime import date

from django.utils.translation import gettext as _

from core import audit
from core.models import Site, User
from core.refusals import Refused
from dosing.actions.ledger import record_moves
from dosing.calc.kit_numbers import as_scanned
from dosing.calc.ledger import Kind, Move
from dosing.models import Kit, LedgerEntry, StorageReading


def receive_kits(site: Site, numbers: Iterable[str], *, by: User, on: date) -> list[LedgerEntry]:
    """Takes a shipment into stock: every number that was typed or scanned, or none.

    Raises:
        Refused: a number is unknown, is here twice, or its kit is not on the way to this site.
    """
    kits = _kits_of(site, numbers)
    return record_moves(kits, Move(Kind.RECEIVE, site=site.pk), by=by, on=on)


def send_kits(
    site: Site, numbers: Iterable[str], *, to: Site, by: User, on: date, reason: str
) -> list[LedgerEntry]:
    """
    Raises:
        Refused: a kit is not in stock at the site, or the other site is of another trial.
    """
    if to.trial_id != site.trial_id or to.pk == site.pk:
        raise Refused(_("Choose another site of this trial."))
    kits = _kits_of(site, numbers)
    with audit.writing(by=by, reason=reason):
        entries = LedgerEntry.objects.latest().filter(kit__in=kits, site=site)
        if entries.count() != len(kits):
            raise Refused(_("Not all of these kits are at this site."))
        return record_moves(kits, Move(Kind.SEND, site=to.pk), by=by, on=on, reason=reason)


def destroy_kits(
    site: Site, numbers: Iterable[str], *, by: User, on: date, reason: str
) -> list[LedgerEntry]:
    """
    Raises:
        Refused: a kit is not at the site, holds nothing, or is in use.
    """
    kits = _kits_of(site, numbers)
    return record_moves(kits, Move(Kind.DESTROY, site=site.pk), by=by, on=on, reason=reason)


def decide_excursion(
    reading: StorageReading, *, release: bool, by: User, on: date, reason: str
) -> list[LedgerEntry]:
    """Releases the kits that the reading put into quarantine, or destroys what is left of them.

    Kits that were opened stay with the site until they are returned.

    Raises:
        Refused: none of them is in quarantine any more.
    """
    with audit.writing(by=by, reason=reason):
        held = quarantined_by(reading)
        if not release:
            held = [entry for entry in held if entry.status == "available"]
        if not held:
            raise Refused(_("No kit is in quarantine for this reading any more."))
        kind = Kind.RELEASE if release else Kind.DESTROY
        return record_moves(
            [entry.kit for entry in held],
            Move(kind, site=reading.site_id),
            by=by,
            on=on,
            reason=reason,
            reading=reading,
        )


def quarantined_by(reading: StorageReading) -> list[LedgerEntry]:
    """The last entries of the kits that are still in quarantine for this reading."""
    kits = LedgerEntry.objects.filter(reading=reading, kind="quarantine").values("kit")
    entries = LedgerEntry.objects.latest().filter(kit__in=kits, is_quarantined=True)
    return list(entries.select_related("kit__lot").order_by("kit__number"))


def quarantine_kits(
    site: Site, numbers: Iterable[str], *, by: User, on: date, reason: str
) -> list[LedgerEntry]:
    """
    Raises:
        Refused: a kit is not in stock at the site.
    """
    kits = _kits_of(site, numbers)
    return record_moves(kits, Move(Kind.QUARANTINE, site=site.pk), by=by, on=on, reason=reason)


def release_kits(
    site: Site, numbers: Iterable[str], *, by: User, on: date, reason: str
) -> list[LedgerEntry]:
    """
    Raises:
        Refused: a kit is not in quarantine at the site.
    """
    kits = _kits_of(site, numbers)
    return record_moves(kits, Move(Kind.RELEASE, site=site.pk), by=by, on=on, reason=reason)


def count_kit(kit: Kit, *, site: Site, capsules: int, by: User, on: date) -> LedgerEntry:
    """What somebody found in the kit; changes nothing, a report shows the difference."""
    return record_moves([kit], Move(Kind.COUNT, site.pk, capsules), by=by, on=on)[0]


def report_loss(
    kit: Kit, *, site: Site, capsules: int | None, by: User, on: date, reason: str
) -> LedgerEntry:
    """Capsules lost or damaged at the site; none for all that the site has of the kit."""
    move = Move(Kind.LOSE, site.pk, capsules)
    return record_moves([kit], move, by=by, on=on, reason=reason)[0]


def _kits_of(site: Site, numbers: Iterable[str]) -> Sequence[Kit]:
    """The kits in the order typed. A kit of another trial is as unknown as none at all."""
    wanted = [as_scanned(number) for number in numbers]
    if not wanted:
        raise Refused(_("Type or scan at least one kit number."))
    known = {
        kit.number: kit
        for kit in Kit.objects.filter(trial_id=site.trial_id, number__in=wanted).select_related(
            "lot"
        )
    }
    if unknown := [number for number in dict.fromkeys(wanted) if number not in known]:
        raise Refused(
            _("Not a kit of this trial: %(kits)s. Check what was typed.")
            % {"kits": ", ".join(number[:20] for number in unknown[:5])}
        )
    if len(set(wanted)) < len(wanted):
        twice = next(number for number in wanted if wanted.count(number) > 1)
        raise Refused(_("Kit %(kit)s is in the list twice.") % {"kit": twice})
    return [known[number] for number in wanted]
