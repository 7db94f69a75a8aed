"""`manage.py make_table_export ID`: what a worker would do, where there is none."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from core import audit
from reports.actions.table_exports import complete


class Command(BaseCommand):
    help = "Makes an archive of tables that a person asked for. The web server starts it by itself."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("export", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        audit.set_source("command make_table_export")
        complete(options["export"])
