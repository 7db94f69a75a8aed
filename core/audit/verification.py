"""Finds every entry that was altered, removed or inserted after it was sealed, and names it.

Two passes, both streamed: over the seals in their order (is each the one that followed?), then
over the entries in the order of their ids beside the seals that hold them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q

from core.audit.chain import LEAF_BYTES, START, hash_of, in_ranges, leaf, read_entries
from core.audit.redaction import Redactions
from core.models import AuditEntry, AuditSeal

ENTRIES_A_READ, SEALS_A_READ = 5000, 50
_NEVER = float("inf")


@dataclass(frozen=True)
class Finding:
    """`kind` is altered, removed, inserted (an entry) or seal, end."""

    kind: str
    entry_id: int | None
    text: str


@dataclass
class Verification:
    """Iterate over it for the findings; the numbers are complete afterwards."""

    expected_head: str = ""
    entries: int = 0
    seals: int = 0
    unsealed: int = 0
    oldest_unsealed: datetime | None = None
    head: str = START
    settled: int = 0
    redacted: list[str] = field(default_factory=list)
    """What two persons took out, each as a sentence: no finding."""
    _first_unsealed: int = field(default=0, repr=False)

    def __iter__(self) -> Iterator[Finding]:
        yield from self._check_seals()
        yield from self._check_entries()
        if self._first_unsealed:
            found = AuditEntry.objects.filter(pk=self._first_unsealed)
            self.oldest_unsealed = found.values_list("at", flat=True).first()

    def _check_seals(self) -> Iterator[Finding]:
        is_expected_found = self.expected_head in ("", START)
        for seal in _seals_in_order():
            if seal.pk != self.seals + 1:
                yield Finding("seal", None, f"seals {self.seals + 1} to {seal.pk - 1} were removed")
            if seal.hash != hash_of(seal, previous=self.head):
                text = f"seal {seal.pk} was altered, or does not follow from the one before it"
                yield Finding("seal", None, text)
            self.seals, self.head, self.settled = seal.pk, seal.hash, seal.settled_id
            is_expected_found |= seal.hash == self.expected_head
        if not is_expected_found:
            text = "the head noted earlier is not in the chain: its end was cut off or rewritten"
            yield Finding("end", None, text)

    def _check_entries(self) -> Iterator[Finding]:
        redactions = Redactions()
        sealed = _Sealed(_seals_by_first_entry(self.seals), redactions)
        last_id = _before_all()
        while page := read_entries(after=last_id, most=ENTRIES_A_READ):
            for entry in page:
                if not sealed.meets(entry):
                    yield from self._not_sealed(entry)
                if sealed.findings:
                    yield from sealed.take_findings()
            self.entries += len(page)
            last_id = page[-1][0]
        sealed.end()
        yield from sealed.take_findings()
        self.redacted = redactions.told

    def _not_sealed(self, entry: tuple[Any, ...]) -> Iterator[Finding]:
        entry_id, table, row = entry[:3]
        if entry_id <= self.settled:
            text = f"entry {entry_id} ({_about(table, row)}) was inserted: no seal knows it"
            yield Finding("inserted", entry_id, text)
            return
        self.unsealed += 1
        self._first_unsealed = self._first_unsealed or entry_id


class _Sealed:
    """The seals beside the entries: as a rule one at a time, more where something came late."""

    def __init__(self, seals: Iterator[AuditSeal], redactions: Redactions) -> None:
        self._seals = seals
        self._redactions = redactions
        self._next = next(seals, None)
        self._under_way: list[_Batch] = []
        self.findings: list[Finding] = []

    def meets(self, entry: tuple[Any, ...]) -> bool:
        """Is the entry sealed? Notes when it is not what was sealed, or when others are gone."""
        entry_id = entry[0]
        self._begin(entry_id)
        is_sealed = False
        for batch in self._under_way:
            if batch.next_id < entry_id:
                self.findings += batch.skip_to(entry_id)
            if batch.next_id == entry_id:
                is_sealed = True
                held, found = batch.take(), leaf(entry)
                if entry_id in self._redactions:
                    held = self._redactions.follow(entry_id, held, found)
                if held != found:
                    self.findings.append(Finding("altered", entry_id, _altered(entry, batch.seal)))
        if not is_sealed or len(self._under_way) > 1 or self._under_way[0].is_over:
            self._under_way = [batch for batch in self._under_way if not batch.is_over]
        return is_sealed

    def end(self) -> None:
        """No entry is left: what the seals still hold was removed."""
        self._begin(_NEVER)
        for batch in self._under_way:
            self.findings += batch.skip_to(_NEVER)

    def take_findings(self) -> list[Finding]:
        found, self.findings = self.findings, []
        return found

    def _begin(self, entry_id: float) -> None:
        while self._next is not None and self._next.first_id <= entry_id:
            self._under_way.append(_Batch(self._next))
            self._next = next(self._seals, None)


class _Batch:
    """One seal and how far its entries have been met."""

    def __init__(self, seal: AuditSeal) -> None:
        self.seal = seal
        self._ids = in_ranges(seal.ranges)
        self._leaves = memoryview(bytes(seal.leaves))
        self._taken = 0
        self.next_id: float = next(self._ids, _NEVER)

    @property
    def is_over(self) -> bool:
        return self.next_id == _NEVER

    def take(self) -> bytes:
        """The hash that the next entry had when it was sealed; goes on to the one after."""
        at = self._taken * LEAF_BYTES
        self._taken += 1
        self.next_id = next(self._ids, _NEVER)
        return bytes(self._leaves[at : at + LEAF_BYTES])

    def skip_to(self, end: float) -> Iterator[Finding]:
        """The entries below the id are not there."""
        while self.next_id < end:
            missing = int(self.next_id)
            self.take()
            sealed_at = f"{self.seal.sealed_at:%Y-%m-%d %H:%M:%S} UTC"
            text = f"entry {missing} was removed: seal {self.seal.pk} of {sealed_at} holds its hash"
            yield Finding("removed", missing, text)


def _altered(entry: tuple[Any, ...], seal: AuditSeal) -> str:
    entry_id, table, row = entry[:3]
    return (
        f"entry {entry_id} ({_about(table, row)}) was altered:"
        f" it is not what seal {seal.pk} of {seal.sealed_at:%Y-%m-%d %H:%M:%S} UTC holds"
    )


def _about(table: str, row: str) -> str:
    return f"{table} {row}" if table else "an event"


def _before_all() -> int:
    """An id below the first entry's: an inserted one may be negative."""
    first = AuditEntry.objects.order_by("pk").values_list("pk", flat=True).first()
    return (first or 0) - 1


def _seals_in_order() -> Iterator[AuditSeal]:
    after = -(2**62)
    while page := list(AuditSeal.objects.filter(pk__gt=after).order_by("pk")[:SEALS_A_READ]):
        yield from page
        after = page[-1].pk


def _seals_by_first_entry(newest: int) -> Iterator[AuditSeal]:
    """Those of the first pass, without the ones that only close a gap."""
    known = AuditSeal.objects.filter(pk__lte=newest, entry_count__gt=0).order_by("first_id", "pk")
    reached = Q()
    while page := list(known.filter(reached)[:SEALS_A_READ]):
        yield from page
        end = page[-1]
        reached = Q(first_id__gt=end.first_id) | Q(first_id=end.first_id, pk__gt=end.pk)
