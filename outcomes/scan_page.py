"""What the page of a scan shows beside and below its rows: earlier sizes, sums, the proposal."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core.fields.captured import YesNo
from enrollment.calc.definition import Definition
from enrollment.registry import Addition, Reference, References
from outcomes.calc.ledger import (
    Earlier,
    FollowedLesion,
    Mark,
    Scan,
    Value,
    earlier_sizes,
    is_too_little_viable,
)
from outcomes.calc.snapshot.settings import criteria_of, endpoint_rules
from outcomes.models import Lesion
from outcomes.models.scans import MeasurementFields, ReadingFields
from outcomes.models.targets import target_problems
from outcomes.queries.engine_words import KINDS, STATES
from outcomes.queries.ledger import read_ledger
from outcomes.queries.proposals import Line, baseline_lines, notes, scan_lines
from outcomes.queries.readers import reader_of

TEMPLATE = "outcomes/_scan_proposal.html"


def size_references(scan: ReadingFields) -> References:
    """Beside each target's input: its sizes before this scan."""
    day = scan.read_on
    if day is None or scan.is_baseline == YesNo.YES:
        return {}
    definition = scan.patient.version.definition
    rules = endpoint_rules(definition)
    ledger = read_ledger(scan.patient, reader_of(scan))
    here = _scan(scan, day, {})
    measures = {"diameter_mm": False}
    if "mrecist" in criteria_of(definition):
        measures["viable_mm"] = True
    return {
        str(lesion.key): {
            field: _references(earlier_sizes(ledger, lesion.key, here, rules, is_viable=is_viable))
            for field, is_viable in measures.items()
        }
        for lesion in ledger.lesions
        if lesion.kind != "NON-TARGET"
    }


def _references(earlier: Earlier) -> list[Reference]:
    named = (
        (_("baseline"), earlier.baseline),
        (_("smallest"), earlier.smallest),
        (_("last"), earlier.last),
    )
    return [_reference(label, value) for label, value in named if value is not None]


def _reference(label: str, value: Value) -> Reference:
    return Reference(label, f"{value.mm:.1f}", date_format(value.day, "Y-m-d"))


def _scan(scan: ReadingFields, day: date, marks: dict[int, Mark]) -> Scan:
    return Scan(
        key=scan.visit_id,
        name=scan.visit.key,
        day=day,
        last_day=scan.last_scanned_on,
        is_baseline=scan.is_baseline == YesNo.YES,
        is_new_unequivocal=scan.new_lesion == scan.NewLesion.UNEQUIVOCAL,
        marks=marks,
    )


@dataclass(frozen=True)
class Shown:
    """What the template takes. `lead` is the response of the leading criteria, if any; `take` the
    field that can take it over."""

    lines: list[Line]
    notes: list[str]
    is_baseline: bool = False
    lead: str = ""
    chosen: str = ""
    differs: bool = False
    take: str = ""
    must_explain: bool = False
    """A response that differs is refused without its reason; else it raises a query."""


def scan_addition(entry: Any) -> Addition:
    """The sums and the proposal from what stands on the page, saved or not."""
    scan = _typed(entry.form, entry.record)
    day = scan.scanned_on or scan.visit.actual_date
    if day is None or not scan.is_baseline:
        hint = _("Say whether this is the baseline scan; the sum and the proposal follow.")
        return Addition(TEMPLATE, {"page": Shown([], [hint])})
    rows = [row for form in entry.rows.forms if (row := _typed_row(form)) is not None]
    typed = _scan(scan, day, {_key(row, n): _mark(row) for n, row in enumerate(rows)})
    ledger = read_ledger(scan.patient, reader_of(scan)).with_scan(typed, _added(rows, typed))
    definition = scan.patient.version.definition
    warnings = [
        *notes(ledger, typed),
        *_beyond_limits(scan, rows, definition),
        *_with_little_viable(typed, rows, definition),
    ]
    if typed.is_baseline:
        lines = baseline_lines(ledger, typed, definition)
        return Addition(TEMPLATE, {"page": Shown(lines, warnings, is_baseline=True)})
    lines = scan_lines(ledger, typed.key, definition)
    lead = lines[0].code if lines else ""
    chosen = scan.response
    differs = bool(lead and chosen and lead != chosen and not scan.response_reason.strip())
    must_explain = entry.spec.check is not None
    shown = Shown(lines, warnings, False, lead, chosen, differs, scan.RESPONSE, must_explain)
    return Addition(TEMPLATE, {"page": shown})


def reason_problem(entry: Any) -> dict[str, str]:
    """Asks for the reason of a response that is not the one proposed."""
    shown: Shown = scan_addition(entry).shown["page"]
    if not shown.differs:
        return {}
    text = _("The rules say %(lead)s: say why you decide otherwise.") % {"lead": shown.lead}
    return {"response_reason": text}


def _typed(form: Any, record: Any) -> Any:
    """A copy of the form's record with the values that stand on the page and can be read."""
    names = [field.name for field in form.captured]
    copy = type(record)(**{name: _value(form, name) for name in names})
    for name in ("patient", "visit"):
        if hasattr(record, f"{name}_id"):
            setattr(copy, name, getattr(record, name))
    return copy


def _value(form: Any, name: str) -> Any:
    if not form.is_bound:
        return getattr(form.instance, name)
    value = form.cleaned_data.get(name) if not form.errors.get(name) else None
    return form.instance._meta.get_field(name).empty_value if value is None else value


def _typed_row(form: Any) -> MeasurementFields | None:
    """None for a blank row and for one that does not say yet how the lesion looked."""
    known, new = form.instance.lesion_id, form.instance.new_lesion
    row = _typed_values(form)
    if row.status not in STATES or (known is None and new is None):
        return None
    row.new_lesion = new
    if known is not None:
        row.lesion = form.instance.lesion
    return row


def _typed_values(form: Any) -> Any:
    names = [field.name for field in form.captured if field.name != "lesion"]
    return type(form.instance)(**{name: _value(form, name) for name in names})


def _key(row: MeasurementFields, n: int) -> int:
    """Lesions that are not stored yet have no key of their own."""
    return row.lesion_id if row.lesion_id is not None else -1 - n


def _mark(row: MeasurementFields) -> Mark:
    is_merged = row.status == row.Status.MERGED
    return Mark(STATES[row.status], row.diameter_mm, row.viable_mm, is_merged)


def _added(rows: list[MeasurementFields], scan: Scan) -> Iterator[FollowedLesion]:
    for n, row in enumerate(rows):
        lesion, key = row.new_lesion, _key(row, n)
        if key < 0 and lesion is not None:
            is_node = lesion.organ == Lesion.Organ.LYMPH_NODE
            kind, is_sure = KINDS[lesion.kind], scan.is_new_unequivocal
            yield FollowedLesion(key, None, kind, is_node, is_sure, lesion.organ)


def _beyond_limits(
    scan: ReadingFields, rows: list[MeasurementFields], definition: Definition
) -> list[str]:
    """Said here where the definition does not have them refused."""
    if definition.tumor.limits == "refuse":
        return []
    problems = target_problems(scan, rows, definition.tumor)
    return list(dict.fromkeys(str(text) for found in problems.values() for text in found.values()))


def _with_little_viable(
    scan: Scan, rows: list[MeasurementFields], definition: Definition
) -> list[str]:
    """Targets by RECIST that are none by mRECIST, so that nobody wonders about two sums."""
    if not scan.is_baseline or "mrecist" not in criteria_of(definition):
        return []
    found = [
        row
        for row in rows
        if row.what is not None
        and row.what.kind == Lesion.Kind.TARGET
        and is_too_little_viable(row.viable_mm)
    ]
    if not found:
        return []
    text = _(
        "Less than 10 mm viable, so no target by mRECIST but a non-target: %(lesions)s."
        " Its response there is complete once nothing viable is left."
    )
    return [text % {"lesions": "; ".join(str(row.what) for row in found)}]
