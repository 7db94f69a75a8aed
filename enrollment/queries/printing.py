"""One filled form for paper: values, signatures, and who did what to it when."""

from dataclasses import dataclass
from datetime import datetime

from core.models import AuditEntry
from enrollment.models import FormRecord
from enrollment.queries.computed import ComputedValue, computed_of_records
from enrollment.queries.signatures import SignatureLine, signatures_of
from enrollment.queries.values import FieldValue, field_values
from enrollment.registry import FormSpec


@dataclass(frozen=True)
class AuditLine:
    """One write of the form. Values stay in the trail, where blinded readers see theirs."""

    at: datetime
    who: str
    role: str
    action: str
    fields: int
    reason: str


@dataclass(frozen=True)
class PrintedForm:
    values: list[FieldValue]
    computed: list[ComputedValue]
    signatures: list[SignatureLine]
    audit: list[AuditLine]


def printed_form(spec: FormSpec, record: FormRecord) -> PrintedForm:
    entries = AuditEntry.objects.of_row(record)
    return PrintedForm(
        values=field_values(spec, [record])[record.pk],
        computed=computed_of_records(spec, [record]).get(record.pk, []),
        signatures=signatures_of(spec, record),
        audit=[
            AuditLine(
                entry.at,
                entry.actor_name,
                entry.actor_role,
                str(entry.get_action_display()),
                len(entry.changes),
                entry.reason,
            )
            for entry in entries
        ],
    )
