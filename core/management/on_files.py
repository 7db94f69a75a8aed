"""A program on CSV files as a command of Django."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.files.command import Program


class OnFiles(BaseCommand):
    program: Program
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        self.program.add_commands(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.program.run(options)
        except ValueError as error:
            raise CommandError(str(error)) from error
