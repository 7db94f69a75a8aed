"""`manage.py analyze ID`: what a worker would do, where there is none."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from core import audit
from microbiome.actions.analyses import complete


class Command(BaseCommand):
    help = "Computes an analysis that a person asked for. The web server starts it by itself."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("analysis", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        audit.set_source("command analyze")
        complete(options["analysis"])
