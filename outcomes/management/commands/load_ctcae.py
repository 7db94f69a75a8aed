"""`manage.py load_ctcae FILE --ctcae VERSION`: makes NCI's full list of terms available."""

import csv
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from django.core.management.base import BaseCommand, CommandError

from core import audit
from core.models import User
from outcomes import catalog
from outcomes.actions.ctcae import load_terms
from outcomes.calc.ctcae_file import TermsRefused, read_terms

MOST_BYTES = 20_000_000


class Command(BaseCommand):
    help = "Loads NCI's list of CTCAE terms (its workbook, .xlsx, or that as .csv). All or nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--ctcae", choices=catalog.VERSIONS, required=True)
        parser.add_argument("--sheet", help="the sheet of the workbook; the first one if absent")
        parser.add_argument("--by", metavar="USER", help="user name of the person who loads it")

    def handle(
        self,
        *args: Any,
        file: Path,
        ctcae: str,
        sheet: str | None,
        by: str | None,
        **options: Any,
    ) -> None:
        audit.set_source("command load_ctcae")
        person = User.objects.filter(username=by).first() if by else None
        if by and person is None:
            raise CommandError(f"There is no user {by}.")
        try:
            terms = read_terms(_rows(file, sheet), organ_classes=catalog.organ_class_names())
        except TermsRefused as refused:
            raise CommandError(
                f"{file.name} is refused; nothing was changed.\n{refused}"
            ) from refused
        loaded = load_terms(ctcae, terms, by=person)
        self.stdout.write(
            f"CTCAE {ctcae}: {len(loaded.added)} added, {len(loaded.changed)} changed,"
            f" {loaded.unchanged} as before, 0 refused."
        )
        for name in loaded.changed:
            self.stdout.write(f"  changed: {name}")
        for name in loaded.missing:
            self.stdout.write(f"  not in this file, kept: {name}")


def _rows(file: Path, sheet: str | None) -> list[Sequence[object]]:
    try:
        if file.stat().st_size > MOST_BYTES:
            raise CommandError(f"{file}: a file has at most {MOST_BYTES // 10**6} MB.")
        if file.suffix.casefold() == ".xlsx":
            return _workbook(file, sheet)
        with file.open(encoding="utf-8-sig", newline="") as lines:
            return list(csv.reader(lines, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error, BadZipFile, KeyError) as error:
        raise CommandError(f"{file}: cannot be read: {error}") from error


def _workbook(file: Path, sheet: str | None) -> list[Sequence[object]]:
    # Only this command reads workbooks; no page waits for the package.
    from openpyxl import load_workbook  # noqa: PLC0415
    from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415

    try:
        book = load_workbook(file, read_only=True, data_only=True)
    except InvalidFileException as error:
        raise CommandError(f"{file}: cannot be read: {error}") from error
    try:
        chosen = book[sheet] if sheet else book.worksheets[0]
        return [tuple(row) for row in chosen.iter_rows(values_only=True)]
    finally:
        book.close()
