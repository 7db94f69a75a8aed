"""Reading a casebook: a fixed number of queries for each form of the registry."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import Prefetch
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.fields import CapturedField, MissingCode, captured_fields
from enrollment.models import Consent, CriterionAnswer, FormRecord, FormRow, Patient, Visit
from enrollment.queries.computed import ComputedValue, computed_of_records
from enrollment.queries.content import contents
from enrollment.queries.signatures import SignatureLine, signature_lines
from enrollment.registry import FormSpec, Kind, all_specs
from enrollment.values import text_of
from oversight.calc.content import sha256_of
from oversight.models import FieldComment, Query, QueryMessage
from reports.queries.casebook.book import Casebook, Filled, Grid, Line, Section, Stop
from reports.queries.casebook.trail import trail_of

Key = tuple[str, int]


def collect(patient: Patient, *, at: datetime) -> Casebook:
    """Call it in one transaction, so that forms, queries and trail are of one state.

    The caller has checked that the person may have the casebook of the patient's site.
    """
    is_blinded = patient.trial.is_blinded
    reader = _Reader(patient, is_blinded=is_blinded)
    forms = reader.forms()
    by_visit: dict[int, list[Filled]] = defaultdict(list)
    for form in forms[Kind.VISIT]:
        by_visit[form.record.visit_id].append(form)  # type: ignore[attr-defined]
    visits = Visit.objects.filter(patient=patient).order_by("position", "pk")
    return Casebook(
        patient=patient,
        at=at,
        is_blinded=is_blinded,
        criteria=tuple(_criteria(patient)),
        consents=tuple(Consent.objects.filter(patient=patient).select_related("recorded_by")),
        stops=tuple(Stop(visit, _in_order(visit, by_visit[visit.pk])) for visit in visits),
        once=tuple(forms[Kind.PATIENT]),
        logs=tuple(forms[Kind.LOG]),
        trail=tuple(trail_of(patient, is_blinded=is_blinded)),
    )


def _criteria(patient: Patient) -> Iterator[tuple[CriterionAnswer, str]]:
    is_chinese = (get_language() or "en").startswith("zh")
    texts = {
        item.id: item.text.zh_hans if is_chinese else item.text.en
        for item in patient.version.definition.criteria
    }
    for answer in CriterionAnswer.objects.filter(patient=patient):
        yield answer, texts.get(answer.criterion, "")


def _in_order(visit: Visit, forms: list[Filled]) -> tuple[Filled, ...]:
    place = {slug: number for number, slug in enumerate(visit.forms)}
    return tuple(sorted(forms, key=lambda form: place.get(form.spec.slug, len(place))))


class _Reader:
    """The filled forms of one patient with what oversight knows of each."""

    def __init__(self, patient: Patient, *, is_blinded: bool) -> None:
        self.patient, self.is_blinded = patient, is_blinded
        self.queries: dict[Key, list[Query]] = defaultdict(list)
        self.comments: dict[Key, list[FieldComment]] = defaultdict(list)
        messages = Prefetch("messages", QueryMessage.objects.select_related("by"))
        people = ("raised_by", "assignee", "closed_by")
        asked = Query.objects.filter(patient_id=patient.pk).order_by("pk")
        for query in asked.select_related(*people).prefetch_related(messages):
            self.queries[query.form, query.record_id].append(query)
        said = FieldComment.objects.filter(patient_id=patient.pk).order_by("pk")
        for comment in said.select_related("by"):
            self.comments[comment.form, comment.record_id].append(comment)

    def forms(self) -> dict[Kind, list[Filled]]:
        found: dict[Kind, list[Filled]] = defaultdict(list)
        for spec in all_specs(trial=self.patient.trial.slug):
            records = list(self._records(spec))
            if not records:
                continue
            held = contents(spec, records)
            signed = signature_lines((spec.slug, record.pk) for record in records)
            rows = self._rows(spec, records)
            follows = computed_of_records(spec, records)
            for record in records:
                lines = signed.get((spec.slug, record.pk), [])
                digest = sha256_of(held[record.pk])
                filled = self._filled(spec, record, rows[record.pk], digest, lines)
                found[spec.kind].append(_with_computed(filled, follows.get(record.pk, [])))
        return found

    def _records(self, spec: FormSpec) -> Any:
        order = {Kind.VISIT: "visit__position", Kind.LOG: "row_number", Kind.PATIENT: "pk"}
        stored: Any = spec.model._default_manager.filter(patient=self.patient)
        people = ("created_by", "updated_by", "completed_by")
        return stored.select_related(*people).order_by(order[spec.kind], "pk")

    def _rows(self, spec: FormSpec, records: list[FormRecord]) -> dict[int, list[FormRow]]:
        found: dict[int, list[FormRow]] = defaultdict(list)
        if spec.rows is not None:
            stored: Any = spec.rows.model._default_manager.filter(record__in=records)  # type: ignore[misc]
            linked = [
                name
                for name in spec.rows.identity
                if spec.rows.model._meta.get_field(name).is_relation
            ]
            for row in stored.select_related(*linked).order_by("record_id", "row_number"):
                found[row.record_id].append(row)
        return found

    def _filled(
        self,
        spec: FormSpec,
        record: FormRecord,
        rows: list[FormRow],
        sha256: str,
        signatures: list[SignatureLine],
    ) -> Filled:
        key = (spec.slug, record.pk)
        fields = {item.name: item for item in self._seen(spec.fields)}
        sections = tuple(
            Section(
                str(section.title),
                tuple(_line(record, fields[name]) for name in section.fields if name in fields),
            )
            for section in spec.layout
        )
        number = getattr(record, "row_number", None)
        title = str(spec.title)[:1].upper() + str(spec.title)[1:]
        return Filled(
            spec=spec,
            record=record,
            title=f"{title} {number}" if number is not None else title,
            sections=sections,
            grid=self._grid(spec, rows),
            sha256=sha256,
            signatures=tuple(signatures),
            queries=tuple(self.queries[key]),
            comments=tuple(self.comments[key]),
            labels={name: str(item.verbose_name) for name, item in fields.items()},
        )

    def _seen(self, fields: Any) -> list[CapturedField]:
        """Without the fields whose values would tell the arm of a blinded trial."""
        return [item for item in fields if not (self.is_blinded and item.captured.reveals)]

    def _grid(self, spec: FormSpec, rows: list[FormRow]) -> Grid | None:
        if spec.rows is None or not rows:
            return None
        fields = self._seen(captured_fields(spec.rows.model))
        own = {item.name for item in fields}
        identity = [name for name in spec.rows.identity if name not in own]
        model = spec.rows.model
        head = [str(model._meta.get_field(name).verbose_name) for name in identity]  # type: ignore[union-attr]
        head += [
            f"{item.verbose_name} ({item.unit})" if item.unit else str(item.verbose_name)
            for item in fields
        ]
        body = [
            (
                str(row.row_number),
                *(str(getattr(row, name)) for name in identity),
                *(_line(row, item).value or _line(row, item).missing for item in fields),
            )
            for row in rows
        ]
        return Grid(str(spec.rows.title), ("#", *head), tuple(body))


def _with_computed(form: Filled, values: list[ComputedValue]) -> Filled:
    """What follows from the answers as a last section."""
    if not values:
        return form
    lines = tuple(
        Line(value.name, value.label, value.unit, value.text, value.why) for value in values
    )
    return replace(form, sections=(*form.sections, Section(_("Computed from the answers"), lines)))


def _line(row: FormRecord | FormRow, field: CapturedField) -> Line:
    read = row.reads_as(field.name) if isinstance(row, FormRecord) else getattr(row, field.name)
    code = row.missing.get(field.name)
    return Line(
        name=field.name,
        label=str(field.verbose_name),
        unit=str(field.unit),
        value=text_of(field, read),
        missing=str(MissingCode(code).label) if code in MissingCode.values else str(code or ""),
    )
