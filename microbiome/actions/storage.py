"""Laboratories, boxes and what is put into them; shipments between laboratories."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core import audit
from core.models import Site, Trial, User
from core.refusals import Refused
from microbiome.actions.custody import TimeOf, record_events
from microbiome.actions.specimens import find
from microbiome.calc.barcodes import as_scanned
from microbiome.calc.custody import Event, Kind, Where
from microbiome.models import Box, CustodyEvent, Laboratory, Shipment, Specimen


def add_laboratory(trial: Trial, *, name: str, site: Site | None, by: User) -> Laboratory:
    """
    Raises:
        Refused: the trial has one of this name.
    """
    with audit.writing(by=by):
        return _saved(Laboratory(trial=trial, site=site, name=name))


def add_box(laboratory: Laboratory, *, by: User, **values: Any) -> Box:
    """
    Raises:
        Refused: the freezer has a box of this name, or the box has no cells or too many.
    """
    with audit.writing(by=by):
        return _saved(Box(laboratory=laboratory, **values))


def _saved(row: Any) -> Any:
    try:
        row.full_clean()
    except ValidationError as error:
        raise Refused(error.messages[0]) from None
    row.save()
    return row


def put_into(
    box: Box, tubes: Sequence[Specimen], *, first: str, by: User, at: datetime | TimeOf
) -> list[CustodyEvent]:
    """Into the free cells from this one on, in the order scanned. What is stored elsewhere moves.

    Raises:
        Refused: the cells do not suffice, or a tube is not at this laboratory.
    """
    cells = box.cells
    if first not in cells:
        raise Refused(_("The box has no cell %(cell)s.") % {"cell": first[:3]})
    with audit.writing(by=by):
        Box.objects.select_for_update().get(pk=box.pk)
        taken = set(box.taken_cells.values_list("name", flat=True))
        if first in taken:
            raise Refused(_("There is a tube in cell %(cell)s already.") % {"cell": first})
        free = [cell for cell in cells[cells.index(first) :] if cell not in taken]
        if len(free) < len(tubes):
            raise Refused(
                _("From %(cell)s on there is room for %(count)s tubes.")
                % {"cell": first, "count": len(free)}
            )
        places = _places(tubes)
        _check_all_at(box.laboratory, tubes, places)

        def event(tube: Specimen) -> Event:
            is_stored = places[tube.pk].place == Where.STORED
            return Event(
                Kind.MOVE if is_stored else Kind.STORE,
                temperature_c=box.temperature_c,
                laboratory=box.laboratory_id,
                box=box.pk,
            )

        by_tube = {tube.pk: cell for tube, cell in zip(tubes, free, strict=False)}
        return record_events(tubes, event, by=by, at=at, cells=by_tube)


def send(
    sender: Laboratory,
    receiver: Laboratory,
    tubes: Sequence[Specimen],
    *,
    carrier: str,
    packed_c: Decimal,
    by: User,
    at: datetime,
) -> Shipment:
    """
    Raises:
        Refused: the receiver is the sender, or a tube is not at the sender or is held.
    """
    if sender.pk == receiver.pk or sender.trial_id != receiver.trial_id:
        raise Refused(_("Choose another laboratory as receiver."))
    with audit.writing(by=by):
        _check_all_at(sender, tubes, _places(tubes))
        shipment = Shipment.objects.create(
            trial_id=sender.trial_id,
            sender=sender,
            receiver=receiver,
            carrier=carrier,
            packed_c=packed_c,
            sent_at=at,
            sent_by=by,
        )
        event = Event(Kind.SHIP, temperature_c=packed_c)
        record_events(tubes, event, by=by, at=at, shipment=shipment)
    return shipment


def receive(
    shipment: Shipment,
    *,
    scanned: Iterable[str],
    missing: Iterable[str],
    arrival_c: Decimal,
    differences: str,
    by: User,
    at: datetime,
) -> Shipment:
    """Closes the shipment: each of its tubes was scanned or is declared missing.

    Raises:
        Refused: the receiver is the sender, a tube is neither or both, something was scanned that
            was not sent, or tubes are missing without a word.
    """
    if by.pk == shipment.sent_by_id:
        raise Refused(_("Whoever sent a shipment cannot receive it."))
    with audit.writing(by=by, reason=differences):
        shipment = Shipment.objects.select_for_update().get(pk=shipment.pk)
        if shipment.received_at is not None:
            raise Refused(_("This shipment was received already."))
        if at < shipment.sent_at:
            raise Refused(_("Enter a time after the shipment was sent."))
        sent = {tube.barcode: tube for tube in tubes_of(shipment)}
        here, gone = _compare(sent, scanned, missing)
        if gone and not differences.strip():
            raise Refused(_("Tubes are missing. Describe what was found."))
        shipment.received_at, shipment.received_by = at, by
        shipment.arrival_c, shipment.differences = arrival_c, differences
        shipment.save(update_fields=["received_at", "received_by", "arrival_c", "differences"])
        arrived = Event(Kind.ARRIVE, temperature_c=arrival_c, laboratory=shipment.receiver_id)
        for tubes, event in ((here, arrived), (gone, Event(Kind.MISS))):
            record_events(tubes, event, by=by, at=at, reason=differences, shipment=shipment)
    return shipment


def tubes_of(shipment: Shipment) -> list[Specimen]:
    """What was sent, by barcode."""
    sent = Specimen.objects.filter(events__shipment=shipment, events__kind=Kind.SHIP)
    return list(sent.select_related("patient", "visit").order_by("barcode"))


def _compare(
    sent: dict[str, Specimen], scanned: Iterable[str], missing: Iterable[str]
) -> tuple[list[Specimen], list[Specimen]]:
    """What arrived and what did not."""
    gone = set(missing) & set(sent)
    read = [as_scanned(barcode) for barcode in scanned]
    trial_id = next(iter(sent.values())).trial_id
    known = Specimen.objects.filter(trial_id=trial_id)
    here = {tube.barcode for tube in find(read, among=known)} if read else set()
    if surplus := sorted(here - set(sent)):
        raise Refused(
            _("Not in this shipment: %(tubes)s. Set them aside and ask the sender.")
            % {"tubes": ", ".join(surplus[:5])}
        )
    if both := sorted(here & gone):
        raise Refused(
            _("Scanned and declared missing: %(tubes)s.") % {"tubes": ", ".join(both[:5])}
        )
    if open_ := sorted(set(sent) - here - gone):
        raise Refused(
            _("Neither scanned nor declared missing: %(tubes)s.") % {"tubes": ", ".join(open_[:5])}
        )
    return [sent[name] for name in sorted(here)], [sent[name] for name in sorted(gone)]


def _places(tubes: Sequence[Specimen]) -> dict[int, CustodyEvent]:
    return {
        row.specimen_id: row for row in CustodyEvent.objects.latest().filter(specimen__in=tubes)
    }


def _check_all_at(
    laboratory: Laboratory, tubes: Sequence[Specimen], places: dict[int, CustodyEvent]
) -> None:
    elsewhere = [tube.barcode for tube in tubes if places[tube.pk].laboratory_id != laboratory.pk]
    if elsewhere:
        raise Refused(_("Not in this laboratory: %(tubes)s.") % {"tubes": ", ".join(elsewhere[:5])})
