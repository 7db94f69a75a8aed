"""What upper apps know of a trial's definition: checks of what is theirs, panels of its page.

An app registers them when Django starts, as it registers its forms.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from enrollment.calc.definition import Definition
from enrollment.calc.definition.problems import Broken

Check = Callable[[Definition], Iterable[Broken]]


@dataclass(frozen=True)
class DefinitionPanel:
    """A section of the protocol's page."""

    template: str
    context: Callable[[Definition], Mapping[str, Any]]


_checks: list[Check] = []
_panels: dict[str, DefinitionPanel] = {}


def register_definition_check(check: Check) -> None:
    if check not in _checks:
        _checks.append(check)


def register_definition_panel(panel: DefinitionPanel) -> None:
    _panels[panel.template] = panel


def broken_checks(definition: Definition) -> list[Broken]:
    return [broken for check in _checks for broken in check(definition)]


def panels_of(definition: Definition) -> list[tuple[str, Mapping[str, Any]]]:
    """Template and what it shows."""
    return [(panel.template, panel.context(definition)) for panel in _panels.values()]
