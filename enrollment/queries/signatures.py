"""The signatures under filled forms, and whether they hold."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
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


def broken_keys(patients: Sequence[int]) -> set[Key]:
    """Records of these patients that were signed, changed, and not signed again. One query.

    It reads what was noted when the change was made; `signature_lines` recomputes the hashes.
    """
    latest: dict[Key, bool] = {}
    rows = Signature.objects.filter(patient_id__in=patients).order_by("pk")
    for form, record_id, broken in rows.values_list("form", "record_id", "broken__pk"):
        latest[form, record_id] = broken is not None
    return {key for key, is_broken in latest.items() if is_broken}


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
    if content is not None and sha256_of(content) == signature.sha256:
        return SignatureLine(signature)
    return _changed_unnoticed(spec, signature, content or {})


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
