"""What grids and lists show of a form beside how far it is: a broken signature, a freeze."""

from collections.abc import Sequence
from dataclasses import dataclass

from enrollment.models import Patient
from enrollment.queries.signatures import broken_keys
from oversight.models import Lock, RecordState

FormOfVisit = tuple[int | None, str]
"""The visit's id and the form's slug; no visit for logs and forms of the patient."""


@dataclass(frozen=True)
class Marks:
    broken: frozenset[FormOfVisit]
    frozen: frozenset[FormOfVisit]
    frozen_patients: frozenset[int]

    def shown(self, patient_id: int, visit_id: int, form: str, state: str) -> str:
        """The state for a badge: what asks for a look first."""
        if state in ("", RecordState.DRAFT, RecordState.LOCKED):
            return state
        if (visit_id, form) in self.broken:
            return "broken"
        is_frozen = patient_id in self.frozen_patients or (visit_id, form) in self.frozen
        return "frozen" if is_frozen else state


NO_MARKS = Marks(frozenset(), frozenset(), frozenset())


def marks_of(patients: Sequence[Patient]) -> Marks:
    """For patients of one trial. At most four queries, whatever their number."""
    if not patients:
        return NO_MARKS
    broken = broken_keys([patient.pk for patient in patients])
    freezes = Lock.objects.open().filter(kind=Lock.Kind.FREEZE, trial=patients[0].trial_id)
    rows = list(freezes.values_list("scope", "site_id", "patient_id", "visit_id", "form"))
    sites = {site for scope, site, *_rest in rows if scope == Lock.Scope.SITE}
    people = {patient for scope, _site, patient, *_rest in rows if scope == Lock.Scope.PATIENT}
    is_whole = any(scope == Lock.Scope.TRIAL for scope, *_rest in rows)
    return Marks(
        broken=frozenset((visit_id, form) for (form, _pk), visit_id in broken.items()),
        frozen=frozenset((visit, form) for *_rest, visit, form in rows if form),
        frozen_patients=frozenset(
            patient.pk
            for patient in patients
            if is_whole or patient.site_id in sites or patient.pk in people
        ),
    )
