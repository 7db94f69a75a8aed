"""One filled form on paper: answers, rows, who completed and signed it, and what was changed."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.fields import captured_fields
from core.models import User
from core.pdf import Cell, Document, Frame, Signature, moment
from enrollment.models import FormRecord, LogForm
from enrollment.queries.computed import ComputedValue, computed_of_records
from enrollment.queries.history import history_of_form
from enrollment.queries.signatures import SignatureLine, signatures_of
from enrollment.queries.values import FieldValue, field_values
from enrollment.queries.verification import ticks_of
from enrollment.registry import FieldNote, FormSpec
from oversight.models import RecordState


def render(spec: FormSpec, record: FormRecord, *, reader: User, at: datetime) -> bytes:
    """As the person may see it: what would tell the arm stays out for a blinded one.

    `record.patient` with its trial and site is read; times are shown in the active zone.
    """
    signatures = signatures_of(spec, record)
    document = Document(_frame(spec, record, reader=reader, at=at))
    document.title(_title(spec, record), lead=_place(record))
    _put_state(document, spec, record)
    _put_answers(document, spec, record)
    _put_signatures(document, signatures)
    _put_history(document, spec, record, reader=reader)
    return document.render()


def _frame(spec: FormSpec, record: FormRecord, *, reader: User, at: datetime) -> Frame:
    patient = record.patient
    return Frame(
        trial=patient.trial.short_title,
        patient=str(patient),
        title=capfirst(str(spec.title)),
        printed_at=at,
        printed_by=str(reader),
        version=_("Revision %(revision)s · protocol version %(version)s")
        % {"revision": record.revision, "version": patient.version.number},
        mark=_("DRAFT") if record.state == RecordState.DRAFT else "",
        language=get_language() or "en",
    )


def _title(spec: FormSpec, record: FormRecord) -> str:
    title = capfirst(str(spec.title))
    if isinstance(record, LogForm):
        return _("%(form)s, no. %(number)s") % {"form": title, "number": record.row_number}
    return title


def _place(record: FormRecord) -> str:
    visit = getattr(record, "visit", None)
    site = record.patient.site
    parts = [f"{site.code} {site.name}"]
    if visit is not None:
        parts.append(visit.label)
        parts.append(visit.actual_date.isoformat() if visit.actual_date else "")
    return " · ".join(part for part in parts if part)


def _put_state(document: Document, spec: FormSpec, record: FormRecord) -> None:
    ticks = list(ticks_of(spec.slug, [record.pk]).get(record.pk, {}).values())
    last = max(ticks, key=lambda tick: tick.verified_at, default=None)
    document.facts(
        [
            (_("State"), str(record.get_state_display())),
            (_("Revision"), str(record.revision)),
            (_("Entered by"), str(record.created_by)),
            (_("Entered"), _time(record.created_at)),
            (_("Completed by"), str(record.completed_by or "")),
            (_("Completed"), _time(record.completed_at)),
            (_("Last saved by"), str(record.updated_by)),
            (_("Last saved"), _time(record.updated_at)),
            (_("Fields compared with the source"), str(len(ticks))),
            (
                _("Last compared"),
                f"{last.verified_by}, {_time(last.verified_at)}" if last is not None else "",
            ),
        ]
    )


def _put_answers(document: Document, spec: FormSpec, record: FormRecord) -> None:
    values = field_values(spec, [record])[record.pk]
    answers = {value.name: value for value in values if value.row_number is None}
    notes = spec.notes(record) if spec.notes is not None else {}
    for section in spec.layout:
        asked = [answers[name] for name in section.fields if name in answers]
        if asked:
            document.heading(capfirst(str(section.title or spec.title)))
            facts = [(value.label, _answer(value, notes.get(value.name, ()))) for value in asked]
            document.facts(facts, columns=1)
    _put_computed(document, computed_of_records(spec, [record]).get(record.pk, []))
    if spec.rows is not None:
        document.heading(capfirst(str(spec.rows.title)))
        _put_rows(document, [value for value in values if value.row_number is not None])


def _put_computed(document: Document, values: list[ComputedValue]) -> None:
    if not values:
        return
    document.heading(_("Computed from the answers"))
    document.table(
        [_("Value"), "", _("Rule")],
        [
            [
                Cell(capfirst(value.label), "strong"),
                Cell(f"{value.text} {value.unit}".strip())
                if not value.why
                else Cell(f"– ({value.why})", "muted"),
                Cell(value.rule, "muted"),
            ]
            for value in values
        ],
    )


def _put_rows(document: Document, values: list[FieldValue]) -> None:
    """One line for each row; a question that no row was asked has no column."""
    labels = {value.name: value.label for value in values}
    rows: dict[tuple[int, str], dict[str, FieldValue]] = defaultdict(dict)
    for value in values:
        rows[value.row_number or 0, value.row_label][value.name] = value
    document.table(
        ["", *labels.values()],
        [
            [
                Cell(label, "strong"),
                *(_answer(row[name]) if name in row else "" for name in labels),
            ]
            for (_number, label), row in rows.items()
        ],
        empty=_("No rows."),
    )


def _answer(value: FieldValue, notes: Sequence[FieldNote] = ()) -> Cell:
    """With what the system makes of it, such as the grade of a laboratory value."""
    if value.is_missing:
        return Cell(_("(%(why)s)") % {"why": value.text}, "muted")
    answer = f"{value.text} {value.unit}".strip() if value.text else ""
    return Cell(" · ".join(filter(None, [answer, *(note.text for note in notes)])))


def _put_signatures(document: Document, lines: list[SignatureLine]) -> None:
    document.heading(_("Signatures"))
    if not lines:
        document.paragraph(_("Not signed."), is_muted=True)
    for line in lines:
        if line.is_broken:
            document.note(
                _("This signature no longer holds: the data were changed after it. %(reason)s")
                % {"reason": line.reason},
                kind="alert",
            )
        signature = line.signature
        document.signatures(
            [
                Signature(
                    role=signature.role,
                    name=signature.printed_name,
                    when=moment(timezone.localtime(signature.signed_at), seconds=True),
                    meaning=str(signature.get_meaning_display()),
                )
            ]
        )
        document.paragraph(f"SHA-256 {signature.sha256}", is_muted=True)


def _put_history(document: Document, spec: FormSpec, record: FormRecord, *, reader: User) -> None:
    """Which answers were changed after they were entered, from what."""
    document.heading(_("Changes"))
    rows = captured_fields(spec.rows.model) if spec.rows is not None else []
    answers = {field.name for field in [*spec.fields, *rows]}
    changes = [
        change
        for change in history_of_form(record, reader=reader)
        if change.action == "update" and change.field in answers
    ]
    document.table(
        [_("When"), _("Who"), _("Field"), _("Before"), _("Now"), _("Why")],
        [
            [
                _time(change.at),
                change.who,
                capfirst(str(change.label)),
                Cell(change.old, "muted"),
                Cell(change.new, "changed"),
                change.why,
            ]
            for change in changes
        ],
        widths=[3, 2.5, 2.5, 2.5, 2.5, 3],
        empty=_("Nothing was changed since it was entered."),
    )


def _time(at: datetime | None) -> str:
    return moment(timezone.localtime(at)) if at else ""
