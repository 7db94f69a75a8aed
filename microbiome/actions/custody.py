"""The one writer of custody events, and of the cells that are taken."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from core import audit
from core.models import User
from core.refusals import Refused
from microbiome.calc.custody import (
    USING,
    Event,
    Fault,
    ImpossibleEvent,
    Kind,
    State,
    Where,
    after,
)
from microbiome.models import Cell, CustodyEvent, Shipment, Specimen
from microbiome.policies import check_may_be_used

EventOf = Callable[[Specimen], Event]
TimeOf = Callable[[Specimen], datetime]


def record_events(
    tubes: Sequence[Specimen],
    event: Event | EventOf,
    *,
    by: User,
    at: datetime | TimeOf,
    reason: str = "",
    shipment: Shipment | None = None,
    cells: Mapping[int, str] | None = None,
) -> list[CustodyEvent]:
    """Adds the event to each tube's custody, to all of them or to none.

    `cells` are the names of the cells by tube id, for what is stored. The tubes' rows are locked,
    so that whoever comes second sees what the first one did.

    Raises:
        Refused: the event is not possible for one of the tubes, its time is in the future or
            before the tube's last event, or a cell is taken.
    """
    with audit.writing(by=by, reason=reason):
        last = locked(tubes)
        events = []
        for tube in tubes:
            before = last[tube.pk]
            what = event if isinstance(event, Event) else event(tube)
            moment = at if isinstance(at, datetime) else at(tube)
            _check(what, before, moment, reason, tube)
            events.append(
                event_row(
                    tube,
                    what,
                    _next(what, before.state, tube),
                    sequence=before.sequence + 1,
                    by=by,
                    at=moment,
                    reason=reason,
                    shipment=shipment,
                    cell=(cells or {}).get(tube.pk, before.cell),
                )
            )
        if any(row.kind in USING for row in events):
            check_may_be_used(tubes)
        return store(events)


def hold(tube: Specimen, *, by: User, at: datetime, reason: str) -> list[CustodyEvent]:
    """The tube and everything that came of it."""
    return _with_descendants(tube, Kind.HOLD, by=by, at=at, reason=reason)


def release(tube: Specimen, *, by: User, at: datetime, reason: str) -> list[CustodyEvent]:
    """The tube and what was held with it. A part with a hold of its own stays held."""
    return _with_descendants(tube, Kind.RELEASE, by=by, at=at, reason=reason)


def descendants(tube: Specimen) -> list[Specimen]:
    """Aliquots and derivatives of the tube, theirs, and so on; one query a generation."""
    found: list[Specimen] = []
    generation = [tube]
    while generation := list(Specimen.objects.filter(parent__in=generation).order_by("barcode")):
        found += generation
    return found


def event_row(
    tube: Specimen,
    event: Event,
    state: State,
    *,
    sequence: int,
    by: User,
    at: datetime,
    reason: str = "",
    shipment: Shipment | None = None,
    cell: str = "",
) -> CustodyEvent:
    """The row of an event that leads to this state."""
    return CustodyEvent(
        specimen=tube,
        sequence=sequence,
        kind=event.kind.value,
        at=at,
        taken=event.taken,
        temperature_c=event.temperature_c,
        shipment=shipment,
        reason=reason,
        recorded_by=by,
        place=state.where.value,
        laboratory_id=state.laboratory,
        box_id=state.box,
        cell=cell if state.where is Where.STORED else "",
        left=state.left,
        is_frozen=state.is_frozen,
        freeze_thaws=state.freeze_thaws,
        is_held=state.is_held,
    )


def store(events: Sequence[CustodyEvent]) -> list[CustodyEvent]:
    """Writes the events, and the cells as they are taken afterwards.

    Raises:
        Refused: a cell is taken, or somebody else handled one of the tubes at the same moment.
    """
    remarked = (Kind.REMARK, Kind.HOLD, Kind.RELEASE)
    moved = [row for row in events if row.kind not in remarked]
    try:
        with transaction.atomic():
            Cell.objects.filter(specimen__in=[row.specimen_id for row in moved]).delete()
            Cell.objects.bulk_create(
                Cell(box_id=row.box_id, name=row.cell, specimen_id=row.specimen_id)
                for row in moved
                if row.box_id is not None
            )
    except IntegrityError:
        raise Refused(_("There is a tube in this cell already. Look at the box again.")) from None
    try:
        with transaction.atomic():
            return CustodyEvent.objects.bulk_create(events)
    except IntegrityError:
        # The sequence of a tube is taken once.
        raise Refused(_("Somebody handled this tube at the same moment. Look again.")) from None


def _with_descendants(
    tube: Specimen, kind: Kind, *, by: User, at: datetime, reason: str
) -> list[CustodyEvent]:
    with audit.writing(by=by, reason=reason):
        family = [tube, *descendants(tube)]
        last = locked(family)
        held_by = {row.specimen_id: _act_of(row) for row in _holds(family)}
        concerned = [tube] + [
            each
            for each in family[1:]
            if last[each.pk].place not in (Where.USED_UP, Where.DISCARDED)
            and last[each.pk].is_held == (kind is Kind.RELEASE)
            and (kind is Kind.HOLD or held_by.get(each.pk) == held_by.get(tube.pk))
        ]
        return record_events(concerned, Event(kind), by=by, at=at, reason=reason)


def _holds(tubes: Sequence[Specimen]) -> QuerySet[CustodyEvent]:
    """In order, so that the newest of a tube comes last."""
    return CustodyEvent.objects.filter(specimen__in=tubes, kind=Kind.HOLD).order_by("sequence")


def _act_of(row: CustodyEvent) -> tuple[datetime, int, str]:
    """The same for all tubes that a person held in one go."""
    return row.at, row.recorded_by_id, row.reason


def in_turn(tube: Specimen, act: Callable[[], object], *, seen: str) -> None:
    """Does it, unless something happened to the tube since its event `seen`, the last that the
    person's page showed: a page that is sent twice acts once. Empty where no page was shown.

    Raises:
        Refused: something did, or as `act`.
    """
    with transaction.atomic():
        if seen not in ("", str(locked([tube])[tube.pk].sequence)):
            raise Refused(_("Somebody handled this tube at the same moment. Look again."))
        act()


def locked(tubes: Sequence[Specimen]) -> dict[int, CustodyEvent]:
    """The last event of each tube, under the lock of the tubes' rows; in order, for no deadlock."""
    ids = [tube.pk for tube in tubes]
    list(Specimen.objects.select_for_update().filter(pk__in=ids).order_by("pk").values_list("pk"))
    return {row.specimen_id: row for row in CustodyEvent.objects.latest().filter(specimen__in=ids)}


def _check(event: Event, last: CustodyEvent, at: datetime, reason: str, tube: Specimen) -> None:
    if event.kind.value in CustodyEvent.WITH_REASON and not reason.strip():
        raise Refused(_("Enter a reason."))
    if at > timezone.now():
        raise Refused(_("Enter a time that is not in the future."))
    if at < last.at:
        raise Refused(
            _("The custody of %(tube)s goes to %(time)s already. Enter that time or a later one.")
            % {"tube": tube.barcode, "time": timezone.localtime(last.at).strftime("%Y-%m-%d %H:%M")}
        )


def _next(event: Event, state: State, tube: Specimen) -> State:
    try:
        return after(state, event)
    except ImpossibleEvent as impossible:
        raise Refused(_sentence(impossible.fault, tube, state)) from None


def _sentence(fault: Fault, tube: Specimen, state: State) -> str:
    sentences = {
        Fault.PLACE: _("This cannot be done with %(tube)s where it is: %(place)s."),
        Fault.HELD: _("%(tube)s is on hold."),
        Fault.NOT_HELD: _("%(tube)s is not on hold."),
        Fault.NOT_FROZEN: _("%(tube)s is not frozen."),
        Fault.NOTHING: _("Enter an amount above 0."),
        Fault.TOO_MUCH: _("Only %(left)s %(unit)s are left in %(tube)s."),
    }
    return sentences[fault] % {
        "tube": tube.barcode,
        "place": CustodyEvent.Places(state.where).label,
        "left": f"{state.left.normalize():f}",
        "unit": tube.unit,
    }
