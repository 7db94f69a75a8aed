"""`manage.py load_trial FILE…`: loads trial definition files, each as a numbered version."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core import audit
from core.models import User
from enrollment.actions import load_definition
from enrollment.calc.definition import DefinitionError


class Command(BaseCommand):
    help = "Loads trial definition files (TOML). A file that was loaded before changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--by", metavar="USER", help="user name of the person who loads it")

        parser.add_argument(
            "--amend-randomization",
            action="store_true",
            help="take other arms, ratio, blocks or strata though patients are randomized",
        )

    def handle(self, *args: Any, files: list[Path], by: str | None, **options: Any) -> None:
        audit.set_source("command load_trial")
        person = self._person(by)
        for file in files:
            self._load(file, person, amends=options["amend_randomization"])

    def _person(self, username: str | None) -> User | None:
        if username is None:
            return None
        person = User.objects.filter(username=username).first()
        if person is None:
            raise CommandError(f"There is no user {username}.")
        return person

    def _load(self, file: Path, person: User | None, *, amends: bool) -> None:
        try:
            source = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{file}: cannot be read as UTF-8 text: {error}") from error
        try:
            loaded = load_definition(source, by=person, amends_randomization=amends)
        except DefinitionError as error:
            raise CommandError(f"{file} is refused; nothing was changed.\n{error}") from error
        what = "loaded as" if loaded.is_new else "is already"
        self.stdout.write(
            f"{file.name}: {what} version {loaded.version.number} of {loaded.version.trial.slug}"
        )
