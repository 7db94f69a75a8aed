"""Texts of a trial's definition in the language of the page."""

from django import template
from django.utils.translation import get_language

from enrollment.calc.definition import Text

register = template.Library()


@register.filter
def bilingual(text: Text) -> str:
    return text.in_language(get_language() or "en")
