"""Which data a run of the checks looks at: a trial's complete records, or one patient's."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from django.db.models import Min, QuerySet

from core.models import Trial
from enrollment.models import Consent, FormRecord, FormRow, Patient, TrialVersion
from oversight.calc.place import Place
from oversight.models import RecordState


@dataclass(frozen=True)
class Scope:
    """Read once, by one run; drafts are nobody's final word and are left out."""

    trial: Trial
    today: date
    patient_id: int | None = None
    unreadable: dict[type[Any], set[int]] = field(default_factory=dict)
    """Records and rows with a value of a wrong type, by model; see `enrollment.quality.types`."""

    def records(self, model: type[FormRecord]) -> QuerySet[Any]:
        found: QuerySet[Any] = model._default_manager.exclude(state=RecordState.DRAFT)
        found = found.exclude(pk__in=self.unreadable.get(model, ()))
        if self.patient_id is not None:
            return found.filter(patient_id=self.patient_id)
        return found.filter(patient__trial=self.trial)

    def rows(self, model: type[FormRow]) -> QuerySet[Any]:
        rows: QuerySet[Any] = model._default_manager.all()
        found = rows.exclude(record__state=RecordState.DRAFT)
        found = found.exclude(pk__in=self.unreadable.get(model, ()))
        if self.patient_id is not None:
            return found.filter(record__patient_id=self.patient_id)
        return found.filter(record__patient__trial=self.trial)

    @cached_property
    def patients(self) -> dict[int, Patient]:
        """By key, each with its version of the definition, which many share."""
        versions = TrialVersion.objects.filter(trial=self.trial).defer("source").in_bulk()
        found = self.selected.in_bulk()
        for patient in found.values():
            patient.version = versions[patient.version_id]
        return found

    @cached_property
    def consented_on(self) -> dict[int, date]:
        """Patient to the day of the first consent."""
        found = Consent.objects.filter(patient__in=self.selected).order_by()
        return dict(found.values_list("patient_id").annotate(day=Min("signed_on")))

    @property
    def selected(self) -> QuerySet[Patient]:
        """For a condition inside another query: thousands of keys do not fit into one."""
        if self.patient_id is not None:
            return Patient.objects.filter(pk=self.patient_id)
        return Patient.objects.filter(trial=self.trial)

    def place(
        self,
        form: str,
        record_id: int,
        patient_id: int,
        *,
        field: str = "",
        visit_id: int | None = None,
        row_number: int | None = None,
    ) -> Place:
        site_id = self.patients[patient_id].site_id
        return Place(site_id, patient_id, visit_id, form, record_id, row_number, field)


def values(records: QuerySet[Any], *names: str) -> Iterable[tuple[Any, ...]]:
    """Tuples in a fixed order, read as they are needed."""
    return records.order_by("pk").values_list(*names).iterator(chunk_size=5000)
