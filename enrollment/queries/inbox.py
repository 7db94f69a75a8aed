"""What waits for an investigator's signature, and what was signed and holds no longer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from core.models import Site, Trial, User
from core.permissions import Permission, sites_where
from core.refusals import Refused
from enrollment.queries.content import contents
from enrollment.queries.records import PlacedRecord, RecordLine, placed, record_lines
from enrollment.queries.signatures import Key, SignatureLine, broken_keys, signature_lines
from enrollment.queries.values import FieldValue, field_values
from enrollment.registry import get
from oversight.calc.content import sha256_of
from oversight.models import RecordState
from oversight.policies import check_can_sign
from oversight.queries import patients_with_open_queries

SIGNABLE = (RecordState.COMPLETE, RecordState.VERIFIED)


@dataclass(frozen=True)
class ToSign:
    """A form on the signing page. `refusal` says why it cannot be signed; empty when it can."""

    item: PlacedRecord
    sha256: str
    refusal: str
    open_queries: int
    values: list[FieldValue] = field(default_factory=list)

    @property
    def sent(self) -> str:
        """What the page sends back: which form, and the hash of what it showed."""
        return f"{self.item.key}:{self.sha256}"


@dataclass(frozen=True)
class Broken:
    item: PlacedRecord
    signature: SignatureLine


@dataclass(frozen=True)
class Inbox:
    """`ready` can be signed now, `broken` had a signature, `unverified` waits for the monitor."""

    ready: list[PlacedRecord]
    broken: list[Broken]
    unverified: int

    @property
    def count(self) -> int:
        return len(self.ready)


def inbox(user: User, trial: Trial) -> Inbox:
    """At the sites of the trial where the person may sign. A fixed number of queries for each
    form."""
    sites = sites_where(user, Permission.RECORD_SIGN).filter(trial=trial)
    lines = record_lines(sites=_ids(sites), states=SIGNABLE)
    items = placed(lines)
    lost = broken_lines(_ids(sites), waiting=lines)
    signatures = signature_lines(line.key for line in lost)
    ready = [item for item in items if not _refusal(item)]
    return Inbox(
        ready=ready,
        broken=[Broken(item, signatures[item.line.key][0]) for item in placed(lost)],
        unverified=len(items) - len(ready),
    )


def broken_lines(sites: Sequence[int], *, waiting: Sequence[RecordLine]) -> list[RecordLine]:
    """Forms whose signature holds no longer: changed since, and so `waiting` to be signed at these
    sites, or signed as before with a query that was opened since. At most five queries.
    """
    asked = patients_with_open_queries(sites)
    lost = broken_keys(asked | {line.patient_id for line in waiting})
    signed = record_lines(patients=sorted(asked), states=[RecordState.SIGNED])
    return [line for line in [*waiting, *signed] if line.key in lost]


def to_sign(lines: Iterable[RecordLine], *, with_values: bool) -> list[ToSign]:
    """In the order of the lines."""
    items = placed(lines)
    found: dict[Key, ToSign] = {}
    for form in dict.fromkeys(item.line.form for item in items):
        spec = get(form)
        of_form = {item.line.pk: item for item in items if item.line.form == form}
        records = list(spec.model._default_manager.filter(pk__in=of_form))
        held = contents(spec, records)
        values = field_values(spec, records) if with_values else {}
        for pk, content in held.items():
            item = of_form[pk]
            found[form, pk] = ToSign(
                item,
                sha256_of(content),
                _refusal(item),
                len(content["queries"]),
                values.get(pk, []),
            )
    return [found[item.line.key] for item in items if item.line.key in found]


def _refusal(item: PlacedRecord) -> str:
    try:
        check_can_sign(item.line.state, asks_for_verification=item.asks_for_verification)
    except Refused as refused:
        return str(refused)
    return ""


def _ids(sites: Iterable[Site]) -> Sequence[int]:
    return [site.pk for site in sites]
