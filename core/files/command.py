"""From the words of the command line to the file that is written, without Django.

It loads the one command that is asked for: starting all of the site took longer than deriving ten
thousand patients.
"""

import sys
from argparse import ArgumentParser
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any


@dataclass(frozen=True)
class FileCommand:
    """One command: its module, the function that does it, its help, and what adds its options."""

    module: str
    function: str
    text: str
    options: str = "add_options"

    def load(self) -> Any:
        return import_module(self.module)


@dataclass(frozen=True)
class Program:
    """A word of `manage.py` and the commands that may follow it."""

    name: str
    purpose: str
    commands: Mapping[str, FileCommand]

    def add_commands(self, parser: ArgumentParser, names: Sequence[str] = ()) -> None:
        """A command with its options for each of these names, or for all."""
        commands = parser.add_subparsers(dest="file_command", required=True)
        for name in names or self.commands:
            text = self.commands[name].text
            command = commands.add_parser(name, help=text, description=text)
            command.add_argument(
                "--keep-going",
                action="store_true",
                help="list every bad row instead of the first; nothing is written either way",
            )
            getattr(self.commands[name].load(), self.commands[name].options)(command)

    def run(self, options: dict[str, Any]) -> None:
        """Does what the options say and writes it.

        Raises:
            ValueError: what cannot be used, as sentences for a person; nothing was written.
        """
        from core.files.table import BadFile  # noqa: PLC0415 (it loads pandas)

        command = self.commands[options["file_command"]]
        function: Callable[[dict[str, Any]], None] = getattr(command.load(), command.function)
        try:
            function(options)
        except BadFile as error:
            rows = error.rows if options["keep_going"] else error.rows[:1]
            more = len(error.rows) - len(rows)
            hint = f"\n{more} more rows are wrong; --keep-going lists them." if more else ""
            raise ValueError("\n".join(map(str, rows)) + hint) from error
        except OSError as error:
            raise ValueError(str(error)) from error

    def main(self, words: Sequence[str]) -> int:
        """The exit code of `manage.py` with this program and these words."""
        parser = ArgumentParser(prog=f"manage.py {self.name}", description=self.purpose)
        self.add_commands(parser, [word for word in words[:1] if word in self.commands])
        try:
            self.run(vars(parser.parse_args(words)))
        except ValueError as error:
            sys.stderr.write(f"CommandError: {error}\n")
            return 1
        return 0
