"""`manage.py draw_life_cycle > docs/life-cycle.svg`, after a change of the table."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import translation

from oversight.calc.diagram import diagram
from oversight.words import event_words, state_words


class Command(BaseCommand):
    help = "Writes the life cycle of a form as SVG, in English, to the standard output."

    def handle(self, *args: Any, **options: Any) -> None:
        with translation.override("en"):
            self.stdout.write(diagram(state_words(), event_words()))
