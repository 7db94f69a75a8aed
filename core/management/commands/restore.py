"""`manage.py restore FILE`: the database and the record files as a backup has them."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from core import audit
from core.backup import BackupFile, BackupProblem, open_backup, restore


class Command(BaseCommand):
    help = (
        "Restores a backup. Stop the web server, the workers and beat first. A database that holds"
        " data is put aside only with --replace and its name typed; it is kept under another name."
    )
    requires_system_checks = ()  # they ask a database that may not be there

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--replace", action="store_true", help="put a database that holds data aside"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        audit.set_source("command restore")
        try:
            self._restore(options["file"], is_replacing=options["replace"])
        except BackupProblem as problem:
            raise CommandError(f"Nothing was restored. {problem}") from problem

    def _restore(self, path: Path, *, is_replacing: bool) -> None:
        backup = open_backup(path)
        restore.check_fits(backup)
        self._confirm(restore.rows_at_stake(), is_replacing=is_replacing)
        now = timezone.now()
        kept = restore.restore_database(backup, now=now)
        self._migrate()
        aside = restore.restore_files(backup, stamp=f"{now:%Y%m%d%H%M%S}")
        self._note(backup, kept)
        self.stdout.write(f"Restored {path}: {sum(backup.manifest.facts.rows.values())} rows.")
        for name in filter(None, [kept, *map(str, aside)]):
            self.stdout.write(f"What was there before is kept as {name}.")

    def _confirm(self, rows: int, *, is_replacing: bool) -> None:
        """
        Raises:
            CommandError: the database holds data and nobody typed its name.
        """
        if not rows:
            return
        name = Path(str(connections["default"].settings_dict["NAME"])).name
        if not is_replacing:
            raise CommandError(
                f"Nothing was restored. The database {name} holds {rows} rows. With --replace it is"
                " put aside."
            )
        self.stdout.write(f"The database {name} holds {rows} rows. It will be put aside.")
        self.stdout.write("Type its name to go on: ", ending="")
        self.stdout.flush()
        try:
            typed = input().strip()
        except EOFError:
            typed = ""
        if typed != name:
            raise CommandError("Nothing was restored. That is not the name of the database.")

    def _migrate(self) -> None:
        """A backup of an earlier version gets the migrations that came since."""
        executor = MigrationExecutor(connections["default"])
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", interactive=False, stdout=self.stdout, verbosity=1)

    def _note(self, backup: BackupFile, kept: str) -> None:
        audit.record(
            "restore",
            by=None,
            file=backup.path.name,
            sha256=backup.sha256,
            taken_at=backup.manifest.taken_at.isoformat(),
            put_aside=Path(kept).name if kept else "",
        )
