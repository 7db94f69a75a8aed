"""`manage.py backup`: one file with everything that is a record."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from core import audit
from core.backup import BackupProblem, make_backup


class Command(BaseCommand):
    help = "Writes a backup of the database and the record files, and reads it back to check it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--to", type=Path, default=settings.BACKUP_DIR, metavar="DIR")

    def handle(self, *args: Any, **options: Any) -> None:
        audit.set_source("command backup")
        try:
            backup = make_backup(options["to"], now=timezone.now())
        except BackupProblem as problem:
            raise CommandError(f"No backup was made. {problem}") from problem
        facts = backup.manifest.facts
        self.stdout.write(
            f"{backup.path}\nSHA-256 {backup.sha256}\n{backup.path.stat().st_size} bytes,"
            f" {sum(facts.rows.values())} rows in {len(facts.rows)} tables,"
            f" last audit entry {facts.audit_last_id}."
        )
