"""What a person wants to see of the findings."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from core.models import Site, Trial
from enrollment import registry
from enrollment.quality import Severity, all_checks
from enrollment.queries.quality import Wanted

NO_MATTER = ("", gettext_lazy("all"))


class FindingFilter(forms.Form):
    """Read from the address. What makes no sense there is left out, not complained of."""

    check = forms.ChoiceField(label=gettext_lazy("Check"), required=False)
    severity = forms.ChoiceField(label=gettext_lazy("Severity"), required=False)
    site = forms.ChoiceField(label=gettext_lazy("Site"), required=False)
    form = forms.ChoiceField(label=gettext_lazy("Form"), required=False)

    def __init__(self, data: Any, *, trial: Trial, sites: list[Site]) -> None:
        super().__init__(data)
        offered: dict[str, list[tuple[str, Any]]] = {
            "check": [(check.code, f"{check.code} {check.title}") for check in all_checks()],
            "severity": [(item.value, item.label) for item in Severity],
            "site": [(site.code, f"{site.code} {site.name}") for site in sites],
            "form": registry.titles_in(trial),
        }
        for name, choices in offered.items():
            self.fields[name].choices = [NO_MATTER, *choices]  # type: ignore[attr-defined]

    @property
    def wanted(self) -> Wanted:
        self.is_valid()
        return Wanted(**{name: self.cleaned_data.get(name, "") for name in self.fields})

    @property
    def is_narrowed(self) -> bool:
        return any(value for name, value in self.data.items() if name != "page")
