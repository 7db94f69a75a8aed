"""`manage.py trace_requirements`: writes docs/requirements/trace.md."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from reports.validation.requirements import RequirementProblem, read_areas
from reports.validation.trace import TRACE, trace_document


class Command(BaseCommand):
    help = "Writes the trace matrix of the requirements; --check only says whether it is current."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            text = trace_document(read_areas())
        except RequirementProblem as problem:
            raise CommandError(str(problem)) from problem
        if not options["check"]:
            TRACE.write_text(text, encoding="utf-8")
            self.stdout.write(f"Wrote {TRACE}.")
        elif not TRACE.exists() or TRACE.read_text("utf-8") != text:
            raise CommandError(f"{TRACE} is not current: run manage.py trace_requirements.")
