"""Backups of everything that is a record: the database and the files under RECORDS_DIR.

One file holds one backup: a ZIP archive of the database, the files and `manifest.json`, which says
what must be found again. `make` writes one, `archive` reads and checks it, `restore` puts it back,
`drill` restores it beside the live data and compares. `stores` knows SQLite and PostgreSQL.
"""

from core.backup.archive import BackupFile, open_backup
from core.backup.make import make_backup
from core.backup.problems import BackupProblem

__all__ = ["BackupFile", "BackupProblem", "make_backup", "open_backup"]
