"""Words and letters for the states of visits and forms, for grid, badges and legend."""

from django import template
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

register = template.Library()

# In the order of the legend: first what asks for work, then how far a form is.
STATES: dict[str, tuple[str | Promise, str | Promise]] = {
    "not-due": ("–", pgettext_lazy("state", "Not due yet")),
    "due": (pgettext_lazy("letter of a state", "D"), pgettext_lazy("state", "Due")),
    "overdue": (pgettext_lazy("letter of a state", "O"), pgettext_lazy("state", "Overdue")),
    "missed": (pgettext_lazy("letter of a state", "M"), pgettext_lazy("state", "Missed")),
    "on-hold": (pgettext_lazy("letter of a state", "H"), pgettext_lazy("state", "On hold")),
    "skipped": (pgettext_lazy("letter of a state", "K"), pgettext_lazy("state", "Skipped")),
    "draft": (pgettext_lazy("letter of a state", "P"), pgettext_lazy("state", "In progress")),
    "queried": (pgettext_lazy("letter of a state", "Q"), pgettext_lazy("state", "Query open")),
    "complete": (pgettext_lazy("letter of a state", "C"), pgettext_lazy("state", "Complete")),
    "verified": (pgettext_lazy("letter of a state", "V"), pgettext_lazy("state", "Verified")),
    "signed": (pgettext_lazy("letter of a state", "S"), pgettext_lazy("state", "Signed")),
    "broken": (pgettext_lazy("letter of a state", "B"), pgettext_lazy("state", "Signature broken")),
    "frozen": (pgettext_lazy("letter of a state", "F"), pgettext_lazy("state", "Frozen")),
    "locked": (pgettext_lazy("letter of a state", "L"), pgettext_lazy("state", "Locked")),
}


@register.filter
def state_letter(state: str) -> str:
    return str(STATES[state][0])


@register.filter
def state_label(state: str) -> str:
    return str(STATES[state][1])


@register.simple_tag
def all_states() -> list[str]:
    return list(STATES)
