"""Collects filled forms and writes them, one insert for each table."""

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from core.models import User
from enrollment import registry
from enrollment.models import FormRecord, FormRow, LogForm, Patient, Visit
from outcomes.models import Lesion
from oversight.models import RecordState
from reports.demo.history.records import Filled

Advance = Callable[[int], None]
"""Hears how many rows were stored."""


class Batch:
    """Collects filled forms by table, then writes each table at once."""

    def __init__(self, *, by: User, now: datetime, rng: Random, advance: Advance) -> None:
        self.by, self.now, self.rng, self.advance = by, now, rng, advance
        self.records: dict[str, list[tuple[FormRecord, Filled]]] = defaultdict(list)
        self.row_numbers: dict[tuple[str, int], int] = defaultdict(int)
        self.lesions: dict[tuple[int, int], Lesion] = {}

    def add(self, form: Filled, patient: Patient, visit: Visit | None = None) -> None:
        model = registry.get(form.slug).model
        values = dict(form.values) | ({} if visit is None else {"visit": visit})
        record = model(patient=patient, missing=dict(form.missing), revision=1, **values)
        record.created_by = record.updated_by = self.by
        if form.entered_on is not None:
            record.state = RecordState.COMPLETE
            record.completed_by, record.completed_at = self.by, self._time_on(form.entered_on)
        if isinstance(record, LogForm):
            self.row_numbers[form.slug, patient.pk] += 1
            record.row_number = self.row_numbers[form.slug, patient.pk]
            record.submission = uuid.UUID(int=self.rng.getrandbits(128), version=4)
        if isinstance(record, Lesion) and record.number is not None:
            self.lesions[patient.pk, record.number] = record
        self.records[form.slug].append((record, form))

    def write(self) -> None:
        """All forms first: a row of one form may name a record of another."""
        for slug, filled in self.records.items():
            model = registry.get(slug).model
            model._default_manager.bulk_create([record for record, _form in filled])
            self.advance(len(filled))
        for slug, filled in self.records.items():
            spec = registry.get(slug).rows
            if spec is not None:
                rows = list(self._rows(spec.model, filled))
                spec.model._default_manager.bulk_create(rows)
                self.advance(len(rows))

    def _rows(
        self, model: type[FormRow], filled: list[tuple[FormRecord, Filled]]
    ) -> Iterable[FormRow]:
        for record, form in filled:
            for number, row in enumerate(form.rows, start=1):
                values = dict(row.values) | {"record": record, "row_number": number}
                if "lesion" in values:
                    values["lesion"] = self.lesions[record.patient_id, values["lesion"]]
                yield model(missing=dict(row.missing), **values)

    def _time_on(self, day: date) -> datetime:
        """Some time in the working hours of that day in China, not in the future."""
        minutes = self.rng.randint(0, 9 * 60)
        opened = datetime.combine(day, time(0, 30), tzinfo=UTC)
        return min(opened + timedelta(minutes=minutes), self.now)
