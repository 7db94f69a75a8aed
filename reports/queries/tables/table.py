"""What a table declares."""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from django.db.models import Model, Q
from django.utils.functional import Promise

from core.models import Trial
from enrollment.queries.arms import is_unblinded
from reports.queries.tables.column import Column


class Kind(StrEnum):
    FORM = "form"
    ROWS = "rows"
    CORE = "core"
    DERIVED = "derived"


@dataclass(frozen=True)
class Table:
    """`columns` start with the keys. A derived table has no model: a snapshot holds its text."""

    name: str
    title: str | Promise
    kind: Kind
    columns: tuple[Column, ...]
    model: type[Model] | None = None
    patient: str = "patient__"
    """The way from the model to its patient, as a prefix of paths."""
    order: tuple[str, ...] = ()
    """Within a patient; the primary key makes it complete."""
    where: Q = field(default_factory=Q)

    @property
    def column_names(self) -> list[str]:
        return [column.name for column in self.columns]

    @property
    def has_patients(self) -> bool:
        return "patient" in self.column_names

    def seen_in(self, trial: Trial) -> "Table":
        """The table without what would tell the arm, unless arms are no secret of the trial.

        It asks for no person: nobody who may export a blinded trial may know an arm. This is the
        only filter of columns.
        """
        return self if is_unblinded(trial) else self.without_arms()

    def without_arms(self) -> "Table":
        return replace(
            self, columns=tuple(item for item in self.columns if not item.captured.reveals)
        )
