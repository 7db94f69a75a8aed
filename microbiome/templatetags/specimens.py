"""A tube's state as a badge, amounts and times as people say them."""

from datetime import timedelta
from decimal import Decimal

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from microbiome.models import CustodyEvent
from microbiome.models.specimens import CONTROLS
from microbiome.queries.specimens import Line

register = template.Library()

LOOKS = {
    "collected": "due",
    "bench": "draft",
    "stored": "complete",
    "on-the-way": "not-due",
    "missing": "overdue",
    "used-up": "missed",
    "discarded": "locked",
    "held": "on-hold",
}
"""Which of the state colors a tube's state borrows."""


@register.simple_tag
def tube_state(line: Line) -> SafeString:
    name = line.shown_state
    label = _("on hold") if name == "held" else CustodyEvent.Places(name).label
    return format_html(
        '<span class="state" data-state="{}"><span class="state-mark" aria-hidden="true"></span>'
        " {}</span>",
        LOOKS[name],
        label,
    )


@register.filter
def tube_color(line: Line) -> str:
    """The name of the color of what is in the tube."""
    return "control" if line.tube.material in CONTROLS else line.tube.material


@register.filter
def amount(value: Decimal) -> str:
    """Without the zeros that the database adds."""
    return f"{value.normalize():f}"


@register.filter
def span(value: timedelta | None) -> str:
    """`3 h 20 min` below two days, days from then on; a dash where there is none."""
    if value is None:
        return "–"
    minutes = int(value.total_seconds() // 60)
    if minutes < 60:
        return _("%(minutes)s min") % {"minutes": minutes}
    if minutes < 48 * 60:
        return _("%(hours)s h %(minutes)s min") % {"hours": minutes // 60, "minutes": minutes % 60}
    days = minutes // (24 * 60)
    return ngettext("%(days)s day", "%(days)s days", days) % {"days": days}
