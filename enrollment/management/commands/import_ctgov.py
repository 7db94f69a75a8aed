"""`manage.py import_ctgov FILE`: a registry's record becomes a draft of a definition file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from enrollment.calc.ctgov import MISSING, NotARecord, draft_of
from enrollment.calc.definition import DefinitionError, parse

MOST_BYTES = 20_000_000


class Command(BaseCommand):
    help = (
        "Writes a draft of a trial's definition (TOML) from a study record of ClinicalTrials.gov"
        " (JSON of its API, version 2). Nothing is fetched from the net."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--out", type=Path, help="usually FILE with the ending .toml")

    def handle(self, *args: Any, file: Path, out: Path | None, **options: Any) -> None:
        target = out or file.with_suffix(".toml")
        try:
            if file.stat().st_size > MOST_BYTES:
                raise CommandError(f"{file}: larger than any study record.")
            draft = draft_of(file.read_text(encoding="utf-8-sig"))
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{file}: cannot be read as UTF-8 text: {error}") from error
        except NotARecord as error:
            raise CommandError(f"{file}: {error}") from error
        try:
            with target.open("x", encoding="utf-8") as made:
                made.write(draft)
        except OSError as error:
            raise CommandError(f"{target} cannot be written: {error.strerror}") from error
        self.stdout.write(f"{target}: {draft.count(MISSING)} places are marked “{MISSING[2:]}”")
        try:
            parse(draft)
        except DefinitionError as error:
            self.stdout.write(f"Until they are filled, load_trial will say:\n{error}")
