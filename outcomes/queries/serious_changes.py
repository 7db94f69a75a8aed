"""What a follow-up says that the report before did not."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.text import capfirst

from core.fields import captured_fields
from enrollment.values import answer_of
from outcomes.models import AdverseEvent, SeriousEvent, SeriousEventDrug
from outcomes.queries.drugs import names_of_drugs

_OF_EACH_REPORT = ("aware_at", "is_final", "reporter")
"""What every report says anew."""


@dataclass(frozen=True)
class Change:
    label: str
    old: str
    new: str


def changes_since(before: SeriousEvent, report: SeriousEvent) -> list[Change]:
    """In the order of the form, the drugs last."""
    return [*_fields(before, report), *_drugs(before, report)]


def differences_from_log(report: SeriousEvent, event: AdverseEvent) -> list[Change]:
    """Where the report and the patient's log of adverse events do not say the same."""
    pairs = (
        ("grade", "grade"),
        ("started_on", "started_on"),
        ("ended_on", "ended_on"),
        ("outcome", "outcome"),
        ("related_to_capsules", "related_to_capsules"),
    )
    ours = {field.name: field for field in captured_fields(SeriousEvent)}
    theirs = {field.name: field for field in captured_fields(AdverseEvent)}
    return [
        Change(
            capfirst(str(ours[name].verbose_name)),
            answer_of(theirs[other], getattr(event, other), event.missing),
            answer_of(ours[name], getattr(report, name), report.missing),
        )
        for name, other in pairs
        if getattr(report, name) != getattr(event, other)
    ]


def _fields(before: SeriousEvent, report: SeriousEvent) -> Iterator[Change]:
    for field in captured_fields(SeriousEvent):
        if field.name in _OF_EACH_REPORT:
            continue
        old, new = (
            answer_of(field, getattr(item, field.name), item.missing) for item in (before, report)
        )
        if old != new:
            yield Change(capfirst(str(field.verbose_name)), old, new)


def _drugs(before: SeriousEvent, report: SeriousEvent) -> Iterator[Change]:
    names = names_of_drugs(report.patient)
    old_rows = {row.drug: row for row in before.rows.all()}
    for row in report.rows.all():
        old_row = old_rows.get(row.drug, SeriousEventDrug())
        for field in captured_fields(SeriousEventDrug):
            old, new = (
                answer_of(field, getattr(item, field.name), item.missing) for item in (old_row, row)
            )
            if field.name != "drug" and old != new:
                yield Change(_label(names.get(row.drug, row.drug), field.verbose_name), old, new)


def _label(drug: str, name: str | Promise) -> str:
    return f"{capfirst(drug)}: {name}"
