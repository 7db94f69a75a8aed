"""The one writer of the kit ledger, and of the temperatures beside it."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core import audit
from core.models import Site, User
from core.refusals import Refused
from dosing.calc.ledger import Fault, ImpossibleMove, Kind, Move, State, after, packed
from dosing.models import Kit, LedgerEntry, StorageReading

MoveOf = Callable[[Kit], Move]
DayOf = Callable[[Kit], date]


def record_moves(
    kits: Sequence[Kit],
    move: Move | MoveOf,
    *,
    by: User,
    on: date | DayOf,
    reason: str = "",
    reading: StorageReading | None = None,
) -> list[LedgerEntry]:
    """Adds the move to each kit's ledger, to all of them or to none.

    The kits' rows are locked, so that whoever comes second sees what the first one did.

    Raises:
        Refused: the move is not possible for one of the kits, or the date is before its last one.
    """
    with audit.writing(by=by, reason=reason):
        last = _locked(kits)
        entries = [
            _entry(
                kit,
                last.get(kit.pk),
                move if isinstance(move, Move) else move(kit),
                by=by,
                on=on if isinstance(on, date) else on(kit),
                reason=reason,
                reading=reading,
            )
            for kit in kits
        ]
        return _store(entries)


def correct_last(kit: Kit, *, by: User, on: date, reason: str, expected: int) -> LedgerEntry:
    """Takes the last move that stands back by a counter-entry; the ledger keeps both.

    `expected` is the entry that the person saw.

    Raises:
        Refused: there is nothing to take back, or somebody added to the ledger meanwhile.
    """
    if not reason.strip():
        raise Refused(_("Say why the entry is corrected."))
    with audit.writing(by=by, reason=reason):
        last = _locked([kit]).get(kit.pk)
        history = list(LedgerEntry.objects.filter(kit=kit).order_by("sequence"))
        wrong = last_standing(history)
        if last is None or wrong is None:
            raise Refused(_("There is nothing to correct."))
        if wrong.pk != expected:
            raise Refused(_("This kit was moved meanwhile. Look at its ledger again."))
        before = _state_before(kit, wrong, history)
        entry = LedgerEntry(
            kit=kit,
            sequence=last.sequence + 1,
            kind=LedgerEntry.Kind.CORRECT,
            happened_on=_checked_day(on, last),
            reason=reason,
            corrects=wrong,
            recorded_by=by,
            **_columns(before, kit),
        )
        return _store([entry])[0]


def record_temperature(
    site: Site,
    *,
    by: User,
    on: date,
    lowest_c: Decimal,
    highest_c: Decimal,
    comment: str = "",
) -> StorageReading:
    """Stores a reading; kits at the site whose range it leaves go into quarantine with it.

    Raises:
        Refused: the reading is in the future or upside down, or outside the range without a word.
    """
    if on > timezone.localdate():
        raise Refused(_("Enter a date that is not in the future."))
    if highest_c < lowest_c:
        raise Refused(_("Enter a highest temperature that is not below the lowest."))
    with audit.writing(by=by, reason=comment):
        Site.objects.select_for_update().get(pk=site.pk)
        stored = [
            entry
            for entry in LedgerEntry.objects.latest()
            .filter(site=site, on_hand__gt=0)
            .select_related("kit__lot")
            if not entry.is_quarantined and entry.status in ("available", "reserved", "started")
        ]
        outside = [
            entry.kit
            for entry in stored
            if lowest_c < entry.kit.lot.lowest_c or highest_c > entry.kit.lot.highest_c
        ]
        if outside and not comment.strip():
            raise Refused(
                _("This is outside the storage range of kits in stock. Describe what happened.")
            )
        reading = StorageReading.objects.create(
            site=site,
            read_on=on,
            lowest_c=lowest_c,
            highest_c=highest_c,
            is_excursion=bool(outside),
            comment=comment,
            recorded_by=by,
        )
        if outside:
            # A late entry of an early reading holds the kit from its last entry on.
            last_day = {entry.kit_id: entry.happened_on for entry in stored}
            record_moves(
                outside,
                Move(Kind.QUARANTINE, site=site.pk),
                by=by,
                on=lambda kit: max(on, last_day[kit.pk]),
                reason=comment,
                reading=reading,
            )
    return reading


def _locked(kits: Sequence[Kit]) -> dict[int, LedgerEntry]:
    """The last entry of each kit, under the lock of the kits' rows; in order, against deadlock."""
    ids = [kit.pk for kit in kits]
    list(Kit.objects.select_for_update().filter(pk__in=ids).order_by("pk").values_list("pk"))
    return {entry.kit_id: entry for entry in LedgerEntry.objects.latest().filter(kit__in=ids)}


def _entry(
    kit: Kit,
    last: LedgerEntry | None,
    move: Move,
    *,
    by: User,
    on: date,
    reason: str,
    reading: StorageReading | None,
) -> LedgerEntry:
    if move.kind.value in LedgerEntry.WITH_REASON and not reason.strip():
        raise Refused(_("Enter a reason."))
    state = last.state if last else packed(kit.lot.capsules, bound_for=kit.site_id)
    try:
        new = after(state, move)
    except ImpossibleMove as impossible:
        raise Refused(_sentence(impossible.fault, kit, state)) from None
    return LedgerEntry(
        kit=kit,
        sequence=(last.sequence if last else 0) + 1,
        kind=move.kind.value,
        capsules=_moved(move, state, new),
        happened_on=_checked_day(on, last),
        reason=reason,
        reading=reading,
        recorded_by=by,
        **_columns(new, kit),
    )


def _moved(move: Move, before: State, new: State) -> int | None:
    """How many capsules changed their place; for a count, what was found."""
    if move.kind is Kind.COUNT or move.capsules is not None:
        return move.capsules
    places = ("on_the_way", "on_hand", "with_patient", "returned", "lost", "destroyed")
    return sum(max(0, getattr(new, name) - getattr(before, name)) for name in places) or None


def _columns(state: State, kit: Kit) -> dict[str, object]:
    return {
        "status": state.status.value,
        "is_quarantined": state.is_quarantined,
        "site_id": state.site,
        "bound_for_id": state.bound_for,
        "patient_id": state.patient,
        "visit_id": state.visit,
        "packed": kit.lot.capsules,
        "on_the_way": state.on_the_way,
        "on_hand": state.on_hand,
        "with_patient": state.with_patient,
        "returned": state.returned,
        "lost": state.lost,
        "destroyed": state.destroyed,
    }


def _store(entries: Iterable[LedgerEntry]) -> list[LedgerEntry]:
    try:
        with transaction.atomic():
            return LedgerEntry.objects.bulk_create(entries)
    except IntegrityError:
        # The sequence of a kit is taken once.
        raise Refused(_("Somebody moved this kit at the same moment. Look again.")) from None


def last_standing(history: Sequence[LedgerEntry]) -> LedgerEntry | None:
    """The last entry that is neither a correction nor corrected."""
    corrected = {entry.corrects_id for entry in history}
    for entry in reversed(history):
        if entry.kind != LedgerEntry.Kind.CORRECT and entry.pk not in corrected:
            return entry
    return None


def _state_before(kit: Kit, wrong: LedgerEntry, history: Sequence[LedgerEntry]) -> State:
    earlier = [entry for entry in history if entry.sequence < wrong.sequence]
    if not earlier:
        return packed(kit.lot.capsules, bound_for=kit.site_id)
    return earlier[-1].state


def _checked_day(on: date, last: LedgerEntry | None) -> date:
    if on > timezone.localdate():
        raise Refused(_("Enter a date that is not in the future."))
    if last is not None and on < last.happened_on:
        raise Refused(
            _("The ledger of this kit goes to %(day)s already. Enter that day or a later one.")
            % {"day": last.happened_on.isoformat()}
        )
    return on


def _sentence(fault: Fault, kit: Kit, state: State) -> str:
    sentences = {
        Fault.STATUS: _("Kit %(kit)s is not in a state that allows this: it is %(status)s."),
        Fault.SITE: _("Kit %(kit)s is not at this site."),
        Fault.PATIENT: _("Kit %(kit)s was not chosen for this patient and visit."),
        Fault.TOO_MANY: _("Kit %(kit)s does not hold so many capsules."),
        Fault.NOTHING: _("Kit %(kit)s holds no capsules for this."),
        Fault.QUARANTINED: _("Kit %(kit)s is in quarantine."),
    }
    values = {"kit": kit.number, "status": status_label(state)}
    return sentences[fault] % values


def status_label(state: State) -> str:
    """The kit's state in words."""
    if state.is_quarantined:
        return _("in quarantine")
    return {
        "sent": _("on the way"),
        "available": _("in stock"),
        "reserved": _("chosen for a patient"),
        "started": _("first day dispensed"),
        "dispensed": _("dispensed"),
        "returned": _("returned"),
        "lost": _("lost"),
        "destroyed": _("destroyed"),
    }[state.status.value]
