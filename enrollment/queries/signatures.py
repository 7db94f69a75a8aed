"""The signatures under filled forms, and whether they hold.

A signature is broken when what it covers changed, and as long as a query is open that was not open
when it was given. A query that was open then and is closed since changes nothing that was signed.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from core.models import AuditEntry
from enrollment.models import FormRecord
from enrollment.queries.content import contents
from enrollment.queries.labels import Change, described
from enrollment.registry import FormSpec, get
from oversight.calc.content import Difference, differences, sha256_of
from oversight.models import Signature
from oversight.queries import open_queries_of_patients

Key = tuple[str, int]


@dataclass(frozen=True)
class SignatureLine:
    """A signature as people see it. When broken: since when, by whom, why, and what changed."""

    signature: Signature
    is_broken: bool = False
    broken_at: datetime | None = None
    broken_by: str = ""
    reason: str = ""
    changes: list[Change] = field(default_factory=list)

    @property
    def state(self) -> str:
        return "broken" if self.is_broken else "signed"


def signatures_of(spec: FormSpec, record: FormRecord) -> list[SignatureLine]:
    """The record's signatures, newest first, each looked at again now."""
    return signature_lines([(spec.slug, record.pk)]).get((spec.slug, record.pk), [])


def signature_lines(keys: Iterable[Key]) -> dict[Key, list[SignatureLine]]:
    """Record to its signatures, newest first. The hash of each that should hold is computed anew:
    a handful of queries for each form, whatever the number of records."""
    found: dict[Key, list[SignatureLine]] = {}
    for form, ids in _by_form(keys).items():
        given = Signature.objects.filter(form=form, record_id__in=ids)
        signatures = list(given.select_related("broken__broken_by", "signer").order_by("-pk"))
        if not signatures:
            continue
        spec = get(form)
        holding = {s.record_id for s in signatures if not hasattr(s, "broken")}
        records = spec.model._default_manager.filter(pk__in=holding)
        now = contents(spec, list(records))
        for signature in signatures:
            lines = found.setdefault((form, signature.record_id), [])
            lines.append(_line(spec, signature, now.get(signature.record_id)))
    return found


def broken_keys(patients: Collection[int]) -> dict[Key, int | None]:
    """Records of these patients whose last signature is broken, with their visits' ids. At most
    three queries.

    It reads what was noted when a change was made, and asks for queries opened since;
    `signature_lines` recomputes the hashes, too.
    """
    latest: dict[Key, tuple[int | None, int, bool]] = {}
    given = Signature.objects.filter(patient_id__in=patients).order_by("pk")
    columns = ("form", "record_id", "visit_id", "pk", "broken__pk")
    for form, record_id, visit_id, pk, broken in given.values_list(*columns):
        latest[form, record_id] = visit_id, pk, broken is not None
    asked = open_queries_of_patients(patients)
    doubted = {
        pk: key for key, (_visit, pk, broken) in latest.items() if not broken and key in asked
    }
    at_signing = Signature.objects.filter(pk__in=doubted).values_list("pk", "content__queries")
    since = {doubted[pk] for pk, known in at_signing if _opened_since(known, asked[doubted[pk]])}
    return {key: visit for key, (visit, _pk, broken) in latest.items() if broken or key in since}


def _opened_since(signed: Sequence[int], now: Sequence[int]) -> bool:
    return not set(now) <= set(signed)


def _by_form(keys: Iterable[Key]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for form, pk in keys:
        found[form].append(pk)
    return found


def _line(spec: FormSpec, signature: Signature, content: dict | None) -> SignatureLine:
    broken = getattr(signature, "broken", None)
    if broken is not None:
        return SignatureLine(
            signature,
            is_broken=True,
            broken_at=broken.broken_at,
            broken_by=str(broken.broken_by or _("the system")),
            reason=broken.reason,
            changes=described(spec, [Difference(*change) for change in broken.changes]),
        )
    if content is None or not _is_what_was_signed(signature, content):
        return _changed_unnoticed(spec, signature, content or {})
    if _opened_since(signature.content.get("queries", []), content["queries"]):
        return SignatureLine(
            signature,
            is_broken=True,
            reason=_("a query was opened since; the signature holds again once it is closed"),
            changes=described(spec, differences(signature.content, content)),
        )
    return SignatureLine(signature)


def _is_what_was_signed(signature: Signature, content: dict) -> bool:
    """But for the queries, which come and go without a change of the form."""
    signed = {"queries": signature.content.get("queries", [])}
    return sha256_of(content | signed) == signature.sha256


def _changed_unnoticed(spec: FormSpec, signature: Signature, content: dict) -> SignatureLine:
    """Nobody corrected the form on its page, and yet it is not what was signed."""
    table = spec.model._meta.db_table
    entries = AuditEntry.objects.filter(
        table_name=table, row_pk=str(signature.record_id), at__gte=signature.signed_at
    )
    entry = entries.exclude(changes__has_key="state").order_by("-pk").first()
    return SignatureLine(
        signature,
        is_broken=True,
        broken_at=entry.at if entry else None,
        broken_by=(entry.actor_name or entry.source) if entry else "",
        reason=entry.reason if entry else "",
        changes=described(spec, differences(signature.content, content)),
    )
