"""The engine on CSV files: what the night computes, for whoever wants to check it elsewhere.

`manage.py` calls `outcomes.files.command` itself, without Django; here is the same for
`call_command` and for the list of commands.
"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from outcomes.files.command import PURPOSE, add_commands, run


class Command(BaseCommand):
    help = PURPOSE
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_commands(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            run(options)
        except ValueError as error:
            raise CommandError(str(error)) from error
