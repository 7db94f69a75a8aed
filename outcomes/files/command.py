"""`derive`: from the words of the command line to the file that is written.

It needs no Django, and loads the one derivation that is asked for: starting all of the site took
longer than deriving ten thousand patients.
"""

import sys
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

PURPOSE = "Derives responses, endpoints, grades and scores from CSV files, without a database."

DERIVATIONS = {
    "timepoints": (
        "timepoints",
        "derive",
        "lesions and their assessments → the response at each visit",
    ),
    "responses": ("patients", "derive_responses", "best responses, unconfirmed and confirmed"),
    "endpoints": (
        "patients",
        "derive_endpoints",
        "overall survival, progression-free survival and duration of response",
    ),
    "irecist-bor": ("irecist_bor", "derive", "best iRECIST responses, one column per time point"),
    "lab-grades": ("lab_grades", "derive", "CTCAE grades of laboratory values"),
    "qlq-c30": ("qlq_c30", "derive", "scales of the QLQ-C30, version 3"),
    "survival": ("survival", "derive", "Kaplan-Meier, log-rank and Cox from times and events"),
}
"""Name to module, function and help."""


def add_commands(parser: ArgumentParser, names: Sequence[str] = tuple(DERIVATIONS)) -> None:
    """A command with its options for each of these derivations."""
    commands = parser.add_subparsers(dest="derivation", required=True)
    for name in names:
        module, _function, text = DERIVATIONS[name]
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument(
            "--keep-going",
            action="store_true",
            help="list every bad row instead of the first; nothing is derived either way",
        )
        _module(module).add_options(command)


def run(options: dict[str, Any]) -> None:
    """Derives what the options say and writes it.

    Raises:
        ValueError: what cannot be used, as sentences for a person; nothing was written.
    """
    from outcomes.files.table import BadFile  # noqa: PLC0415 (it loads pandas)

    module, function, _text = DERIVATIONS[options["derivation"]]
    derive: Callable[[dict[str, Any]], None] = getattr(_module(module), function)
    try:
        derive(options)
    except BadFile as error:
        rows = error.rows if options["keep_going"] else error.rows[:1]
        more = len(error.rows) - len(rows)
        hint = f"\n{more} more rows are wrong; --keep-going lists them." if more else ""
        raise ValueError("\n".join(map(str, rows)) + hint) from error
    except OSError as error:
        raise ValueError(str(error)) from error


def main(words: Sequence[str]) -> int:
    """The exit code of `manage.py derive` with these words."""
    parser = ArgumentParser(prog="manage.py derive", description=PURPOSE)
    asked = [word for word in words[:1] if word in DERIVATIONS]
    add_commands(parser, asked or tuple(DERIVATIONS))
    try:
        run(vars(parser.parse_args(words)))
    except ValueError as error:
        sys.stderr.write(f"CommandError: {error}\n")
        return 1
    return 0


def _module(name: str) -> Any:
    return import_module(f"outcomes.files.{name}")
