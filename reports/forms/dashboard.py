"""What a person wants to see on the dashboard."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.models import Trial
from enrollment.calc.definition import Definition
from reports.queries.dashboard import CRITERIA, Asked, cuts_of

MOST_CUTS = 60


class DashboardChoice(forms.Form):
    """Read from the address. What makes no sense there is left out, not complained of."""

    cut = forms.TypedChoiceField(label=_("Data cut"), required=False, coerce=int, empty_value=None)
    population = forms.ChoiceField(label=_("Population"), required=False)
    criteria = forms.ChoiceField(label=_("Tumor criteria"), required=False)

    def __init__(self, data: Any, *, trial: Trial, definition: Definition, language: str) -> None:
        super().__init__(data)
        self.cuts = cuts_of(trial, limit=MOST_CUTS)
        offered = {
            "cut": [
                ("" if place == 0 else str(pk), f"{cut_on:%Y-%m-%d} · {pk}")
                for place, (pk, cut_on) in enumerate(self.cuts)
            ],
            "population": _with_default(
                [(row.id, row.name.in_language(language)) for row in definition.populations],
                definition.endpoints.population,
            ),
            "criteria": _with_default(
                [(name, CRITERIA[name]) for name in definition.trial.tumor_criteria],
                definition.trial.tumor_criteria[0],
            ),
        }
        for name, choices in offered.items():
            self.fields[name].choices = choices  # type: ignore[attr-defined]

    @property
    def asked(self) -> Asked:
        self.is_valid()
        return Asked(**{name: value for name, value in self.cleaned_data.items() if value})

    def ask_for_the_cut_alone(self) -> None:
        """On a page that counts a population of its own; the other choices are kept."""
        for name in ("population", "criteria"):
            self.fields[name].widget = forms.HiddenInput()

    @property
    def is_narrowed(self) -> bool:
        return any(self.data.get(name) for name in self.fields)


def _with_default(choices: list[tuple[str, str]], default: str) -> list[tuple[str, str]]:
    """What the definition names stands first and needs nothing in the address."""
    first = [("", label) for name, label in choices if name == default]
    return first + [(name, label) for name, label in choices if name != default]
