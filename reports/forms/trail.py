"""What a person wants to see of the audit trail."""

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from core.audit.event_names import event_name
from core.fields.inputs import DateInput
from core.models import AuditEntry, Trial
from enrollment import registry
from reports.queries import trail
from reports.queries.review import FINDINGS
from reports.queries.trail import Wanted

EVENTS = (
    "export",
    "figure data",
    "file read",
    "nightly-run",
    "redaction",
    "snapshot",
    "sign-in",
    "sign-out",
    "failed sign-in",
    "session time-out",
)


class TrailFilter(forms.Form):
    """Read from the address. What makes no sense there is left out, not complained of."""

    first_day = DateInput(label=_("From"), required=False)
    last_day = DateInput(label=_("To"), required=False)
    person = forms.ChoiceField(label=_("Person"), required=False)
    table = forms.ChoiceField(label=_("Form"), required=False)
    patient = forms.CharField(label=_("Patient"), required=False, max_length=12)
    what = forms.ChoiceField(label=_("What"), required=False)
    finding = forms.ChoiceField(label=_("Only"), required=False)

    def __init__(self, data: Any, *, trial: Trial, without: tuple[str, ...] = ()) -> None:
        super().__init__(data)
        everything = ("", _("all"))
        offered = {
            "person": [
                everything,
                *((str(person.pk), str(person)) for person in trail.people_of(trial)),
                (trail.SYSTEM, _("the system")),
                (trail.DIRECT, _("a database client")),
            ],
            "table": [
                everything,
                *registry.titles_in(trial),
                *((name, capfirst(label)) for name, label in trail.other_tables().items()),
            ],
            "what": [
                everything,
                *AuditEntry.Action.choices,
                *((name, event_name(name)) for name in EVENTS),
            ],
            "finding": [everything, *((name, each.label) for name, each in FINDINGS.items())],
        }
        for name, choices in offered.items():
            self.fields[name].choices = choices  # type: ignore[attr-defined]
        for name in without:
            del self.fields[name]

    @property
    def wanted(self) -> Wanted:
        self.is_valid()
        return Wanted(**{name: value for name, value in self.cleaned_data.items() if value})

    @property
    def chosen(self) -> dict[str, str]:
        """What the address asked for, to be asked for again on the next page."""
        return {name: text for name in self.fields if (text := self.data.get(name, ""))}
