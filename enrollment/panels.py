"""What upper apps show on a patient's page: panels beside the schedule, marks on its visits.

An app registers them when Django starts, as it registers its forms.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.models import User
from enrollment.models import Patient


@dataclass(frozen=True)
class Panel:
    """`context` answers none where there is nothing to show to this person."""

    template: str
    context: Callable[[Patient, User], Mapping[str, Any] | None]


Marks = Callable[[Patient], Mapping[int, Sequence[str]]]
"""Visit id to short texts."""

_panels: dict[str, Panel] = {}
_marks: list[Marks] = []


def register_panel(panel: Panel) -> None:
    _panels[panel.template] = panel


def register_marks(marks: Marks) -> None:
    if marks not in _marks:
        _marks.append(marks)


def panels_of(patient: Patient, user: User) -> list[tuple[str, Mapping[str, Any]]]:
    """Template and what it shows."""
    found = [(panel.template, panel.context(patient, user)) for panel in _panels.values()]
    return [(template, shown) for template, shown in found if shown is not None]


def visit_marks(patient: Patient) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for source in _marks:
        for visit_pk, texts in source(patient).items():
            found.setdefault(visit_pk, []).extend(texts)
    return found
