"""`manage.py restore_drill`: can the backup be restored? Exit code 0 says yes."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from core import audit
from core.backup import BackupProblem, drill, make_backup, open_backup


class Command(BaseCommand):
    help = (
        "Restores a backup beside the live data, compares row counts and audit hashes with its"
        " manifest, removes the copy and writes a dated report. Without FILE it makes one first."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, nargs="?")
        parser.add_argument("--to", type=Path, default=settings.BACKUP_DIR, metavar="DIR")

    def handle(self, *args: Any, **options: Any) -> None:
        audit.set_source("command restore_drill")
        now = timezone.now()
        try:
            path = options["file"]
            backup = open_backup(path) if path else make_backup(options["to"], now=now)
            result = drill.run_drill(backup, now=now)
        except BackupProblem as problem:
            raise CommandError(f"The restore drill failed. {problem}") from problem
        report = drill.write_report(result)
        self.stdout.write(f"{backup.path}, report {report}")
        for difference in result.differences:
            self.stderr.write(difference)
        if not result.has_passed:
            raise CommandError("The restore drill failed: the copy is not what was backed up.")
        rows = sum(result.found.rows.values())
        self.stdout.write(f"Passed in {result.seconds:.1f} s: {rows} rows, the trail is the same.")
