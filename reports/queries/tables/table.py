"""What a table declares."""

from collections.abc import Callable
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
    OVERSIGHT = "oversight"
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
    about: str | None = None
    """Of a table that names site and patient by id instead of linking to the patient: the way to
    these ids, as a prefix of paths."""
    tells_arm: Callable[[], Q] | None = None
    """Rows that are left out with the columns that tell the arm."""

    @property
    def column_names(self) -> list[str]:
        return [column.name for column in self.columns]

    @property
    def has_patients(self) -> bool:
        return "patient" in self.column_names

    @property
    def visit(self) -> str:
        """The path of its rows to the key of their visit; empty where they belong to none."""
        if self.kind is Kind.DERIVED:
            return "visit" if "visit" in self.column_names else ""
        return next((str(item.source) for item in self.columns if item.name == "visit"), "")

    @property
    def patient_id(self) -> str:
        """The path of its rows to the id of their patient."""
        return f"{self.about}patient_id" if self.about is not None else f"{self.patient}pk"

    def seen_in(self, trial: Trial) -> "Table":
        """The table without what would tell the arm, unless arms are no secret of the trial.

        It asks for no person. This is the only filter of columns; `Scope.seen` passes it by where
        arms were asked for with the right and a reason.
        """
        return self if is_unblinded(trial) else self.without_arms()

    def without_arms(self) -> "Table":
        where = self.where & ~self.tells_arm() if self.tells_arm is not None else self.where
        columns = tuple(item for item in self.columns if not item.captured.reveals)
        return replace(self, columns=columns, where=where)
