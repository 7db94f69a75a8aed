"""A kit's state as a badge, and the addresses of its entries."""

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dosing.models import Kit, LedgerEntry
from dosing.queries.stock import KitLine
from dosing.views.stock import state_label

register = template.Library()

LOOKS = {
    "available": "complete",
    "reserved": "due",
    "started": "draft",
    "dispensed": "verified",
    "returned": "signed",
    "quarantined": "overdue",
    "sent": "not-due",
    "lost": "missed",
    "destroyed": "locked",
}
"""Which of the five state colors a kit's state borrows."""


@register.simple_tag
def kit_state(shown: KitLine | LedgerEntry) -> SafeString:
    """Of a line of the stock or of a ledger's last entry."""
    if isinstance(shown, KitLine):
        name = shown.shown_state
    else:
        name = "quarantined" if shown.is_quarantined else shown.status
    return format_html(
        '<span class="state" data-state="{}"><span class="state-mark" aria-hidden="true"></span>'
        " {}</span>",
        LOOKS[name],
        state_label(name),
    )


@register.simple_tag
def kit_entry_url(name: str, kit: Kit) -> str:
    return reverse(f"dosing:kit-{name}", args=[kit.pk])
