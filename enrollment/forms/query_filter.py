"""What a person wants to see of the list of queries."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from core.models import Site, Trial, User
from enrollment import registry
from enrollment.queries import query_list
from enrollment.queries.query_list import Wanted
from oversight.models import QueryStates

AGES = (7, 14, 30, 90)


class QueryFilter(forms.Form):
    """Read from the address. What makes no sense there is left out, not complained of."""

    state = forms.ChoiceField(label=gettext_lazy("State"), required=False)
    site = forms.ChoiceField(label=gettext_lazy("Site"), required=False)
    form = forms.ChoiceField(label=gettext_lazy("Form"), required=False)
    assignee = forms.ChoiceField(label=gettext_lazy("Assigned to"), required=False)
    origin = forms.ChoiceField(label=gettext_lazy("Raised by"), required=False)
    older = forms.ChoiceField(label=gettext_lazy("Age"), required=False)
    order = forms.ChoiceField(label=gettext_lazy("Order"), required=False)

    def __init__(
        self, data: Any, *, trial: Trial, sites: list[Site], people: list[User], codes: list[str]
    ) -> None:
        super().__init__(data)
        no_matter = ("", gettext_lazy("all"))
        offered: dict[str, list[tuple[str, Any]]] = {
            "state": [
                ("", gettext_lazy("not closed")),
                *QueryStates.choices,
                (query_list.ALL, gettext_lazy("all")),
            ],
            "site": [no_matter, *((site.code, f"{site.code} {site.name}") for site in sites)],
            "form": [
                no_matter,
                *registry.titles_in(trial),
            ],
            "assignee": [
                no_matter,
                (query_list.MINE, gettext_lazy("me")),
                (query_list.NOBODY, gettext_lazy("nobody in particular")),
                *((str(person.pk), str(person)) for person in people),
            ],
            "origin": [
                no_matter,
                (query_list.BY_PERSON, gettext_lazy("a person")),
                (query_list.BY_CHECK, gettext_lazy("any check")),
                *((code, code) for code in codes),
            ],
            "older": [
                no_matter,
                *((str(days), gettext_lazy("over %d days") % days) for days in AGES),
            ],
            "order": [
                ("oldest", gettext_lazy("oldest first")),
                ("newest", gettext_lazy("newest first")),
                ("site", gettext_lazy("by site and patient")),
                ("form", gettext_lazy("by form and field")),
                ("state", gettext_lazy("by state")),
            ],
        }
        for name, choices in offered.items():
            self.fields[name].choices = choices  # type: ignore[attr-defined]

    @property
    def wanted(self) -> Wanted:
        self.is_valid()
        values = self.cleaned_data
        return Wanted(
            state=values.get("state") or query_list.ACTIVE,
            site=values.get("site", ""),
            form=values.get("form", ""),
            assignee=values.get("assignee", ""),
            origin=values.get("origin", ""),
            older_than_days=int(values["older"]) if values.get("older") else None,
            order=values.get("order") or "oldest",
        )

    @property
    def is_narrowed(self) -> bool:
        return any(value for name, value in self.data.items() if name not in ("page", "order"))
