"""Numbers that lead to their patients. In Python, because a page can hold hundreds of them."""

from django import template
from django.utils.html import format_html

from reports.queries.safety import Share

register = template.Library()

NOBODY = "·"
UNKNOWN = "–"


@register.simple_tag
def linked(number: int | str, href: str, name: str) -> str:
    """`name` is whose number it is, for those who hear the page; a dot stands for nobody."""
    if not number:
        return NOBODY
    if number == UNKNOWN:
        return UNKNOWN
    words = '<a href="{}">{}<span class="visually-hidden">, {}</span></a>'
    return format_html(words, href, number, name)


@register.simple_tag
def linked_share(share: Share, name: str) -> str:
    """A count with its percentage."""
    return linked(share.text if share.count else "", share.href, name)
