"""The engine on CSV files: what the night computes, for whoever wants to check it elsewhere."""

from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from outcomes.files import irecist_bor, lab_grades, patients, qlq_c30, survival, timepoints
from outcomes.files.table import BadFile

DERIVATIONS: dict[str, tuple[str, Callable[..., None], Callable[..., None]]] = {
    "timepoints": (timepoints.HELP, timepoints.add_options, timepoints.derive),
    "responses": (
        "best responses, unconfirmed and confirmed",
        patients.add_options,
        patients.derive_responses,
    ),
    "endpoints": (
        "overall survival, progression-free survival and duration of response",
        patients.add_options,
        patients.derive_endpoints,
    ),
    "irecist-bor": (irecist_bor.HELP, irecist_bor.add_options, irecist_bor.derive),
    "lab-grades": (lab_grades.HELP, lab_grades.add_options, lab_grades.derive),
    "qlq-c30": (qlq_c30.HELP, qlq_c30.add_options, qlq_c30.derive),
    "survival": (survival.HELP, survival.add_options, survival.derive),
}


class Command(BaseCommand):
    help = "Derives responses, endpoints, grades and scores from CSV files, without a database."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="derivation", required=True)
        for name, (text, add_options, _derive) in DERIVATIONS.items():
            command = commands.add_parser(name, help=text, description=text)
            command.add_argument(
                "--keep-going",
                action="store_true",
                help="list every bad row instead of the first; nothing is derived either way",
            )
            add_options(command)

    def handle(self, *args: Any, **options: Any) -> None:
        _help, _options, derive = DERIVATIONS[options["derivation"]]
        try:
            derive(options)
        except BadFile as error:
            rows = error.rows if options["keep_going"] else error.rows[:1]
            more = len(error.rows) - len(rows)
            hint = f"\n{more} more rows are wrong; --keep-going lists them." if more else ""
            raise CommandError("\n".join(map(str, rows)) + hint) from error
        except (ValueError, OSError) as error:
            raise CommandError(str(error)) from error
