"""What a table declares."""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from django.db.models import Model, Q
from django.utils.functional import Promise

from core.models import Trial
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
        """The table without what would tell the arm.

        Nobody who may export a blinded trial may know an arm, so this asks for no person; an
        unblinded export will be a scope of its own. This is the only filter of columns.
        """
        if not trial.is_blinded:
            return self
        return replace(
            self, columns=tuple(item for item in self.columns if not item.captured.reveals)
        )
