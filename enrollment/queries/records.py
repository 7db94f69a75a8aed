"""Every filled form of some patients, of every table, in one query; and where each belongs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import connection
from django.urls import reverse
from django.utils.translation import gettext as _

from enrollment.models import Patient, Visit
from enrollment.registry import FormSpec, Kind, all_specs, get, stores


class RecordLine(NamedTuple):
    """What lists need of a record: a trial has thousands, and whole models take longer."""

    form: str
    pk: int
    patient_id: int
    visit_id: int | None
    row_number: int | None
    state: str
    revision: int

    @property
    def key(self) -> tuple[str, int]:
        return self.form, self.pk


def record_lines(
    *,
    sites: Sequence[int] | None = None,
    patients: Sequence[int] | None = None,
    visits: Sequence[int] | None = None,
    states: Sequence[str] | None = None,
) -> list[RecordLine]:
    """Begun forms, in the order of patient, then as the forms are registered.

    Each argument narrows the choice. Joined by hand, for the reason given at `form_states`.
    """
    parts: list[str] = []
    values: list[Any] = []
    for store in stores():
        is_visit, is_log = store.kind is Kind.VISIT, store.kind is Kind.LOG
        if visits is not None and not is_visit:
            continue
        chosen = {
            "p.site_id": sites,
            "t.patient_id": patients,
            "t.visit_id": visits,
            "t.state": states,
        }
        where = [(column, list(given)) for column, given in chosen.items() if given is not None]
        if any(not given for _column, given in where):
            return []
        conditions = [f"{column} IN ({', '.join(['%s'] * len(given))})" for column, given in where]
        table = connection.ops.quote_name(store.table)
        parts.append(
            f"SELECT {store.form_sql} AS form, t.id, t.patient_id,"  # noqa: S608
            f" {_or_null('visit_id', is_visit)},"
            f" {_or_null('row_number', is_log)}, t.state, t.revision FROM {table} AS t"
            " JOIN enrollment_patient AS p ON p.id = t.patient_id"
            + (f" WHERE {' AND '.join(conditions)}" if conditions else "")
        )
        values += [*store.slug, *(value for _column, given in where for value in given)]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), values)
        found = [RecordLine(*row) for row in cursor.fetchall()]
    order = {spec.slug: place for place, spec in enumerate(all_specs())}
    return sorted(
        found,
        key=lambda line: (
            line.patient_id,
            line.visit_id or 0,
            order.get(line.form, len(order)),
            line.form,
            line.row_number or 0,
        ),
    )


def _or_null(column: str, is_there: bool) -> str:
    return f"t.{column}" if is_there else "CAST(NULL AS bigint)"


def line_of(spec: FormSpec, record: Any) -> RecordLine:
    return RecordLine(
        spec.slug,
        record.pk,
        record.patient_id,
        getattr(record, "visit_id", None),
        getattr(record, "row_number", None),
        record.state,
        record.revision,
    )


@dataclass(frozen=True)
class PlacedRecord:
    """A record with the names that a person knows it by."""

    line: RecordLine
    spec: FormSpec
    patient: Patient
    visit: Visit | None

    @property
    def key(self) -> str:
        return f"{self.line.form}:{self.line.pk}"

    @property
    def title(self) -> str:
        title = str(self.spec.title)
        title = title[:1].upper() + title[1:]
        if self.line.row_number is not None:
            return _("%(form)s, no. %(number)s") % {
                "form": title,
                "number": self.line.row_number,
            }
        return title

    @property
    def place(self) -> str:
        """The visit's key, or the number of a log's row: names the record in the plan's draw."""
        return self.visit.key if self.visit else str(self.line.row_number or "")

    @property
    def asks_for_verification(self) -> bool:
        plan = self.patient.version.definition.verification
        return plan is not None and plan.asks_for(
            form=self.line.form, patient=self.patient.screening_number, place=self.place
        )

    @property
    def asks_for_signature(self) -> bool:
        return self.line.form not in self.patient.version.definition.signatures.not_needed

    @property
    def url(self) -> str:
        if self.visit is not None:
            return reverse("enrollment:visit-form", args=[self.visit.pk, self.line.form])
        if self.spec.kind is Kind.LOG:
            arguments = [self.patient.pk, self.line.form, self.line.pk]
            return reverse("enrollment:log-form", args=arguments)
        return reverse("enrollment:patient-form", args=[self.patient.pk, self.line.form])


def placed(lines: Iterable[RecordLine]) -> list[PlacedRecord]:
    """The lines with their patients and visits, in the order given: two queries."""
    lines = list(lines)
    people = Patient.objects.filter(pk__in={line.patient_id for line in lines})
    patients = people.select_related("trial", "site", "version").defer("version__source")
    by_patient = {patient.pk: patient for patient in patients}
    wanted = {line.visit_id for line in lines if line.visit_id is not None}
    by_visit = Visit.objects.in_bulk(wanted)
    return [
        PlacedRecord(
            line,
            get(line.form),
            by_patient[line.patient_id],
            by_visit[line.visit_id] if line.visit_id is not None else None,
        )
        for line in lines
    ]
