"""Up to which number the trail is complete."""

from django.db import connection

_SOMEBODY_WRITES = """
    SELECT EXISTS (
        SELECT FROM pg_locks
        WHERE relation = 'core_auditentry'::regclass AND mode = 'RowExclusiveLock' AND granted
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND pid IS DISTINCT FROM pg_backend_pid()
    )
"""


def complete_up_to() -> int:
    """Whoever reads the trail from now on sees every entry up to this number that will ever exist.

    SQLite has one writer at a time. PostgreSQL hands out numbers before commit, under a lock that
    a writer keeps to its end: where nobody holds it, whatever was numbered before is stored or
    undone. While somebody does, only what the seals have settled is sure.
    """
    newest = _ask("SELECT max(id) FROM core_auditentry")
    if connection.vendor == "postgresql" and _ask(_SOMEBODY_WRITES):
        return _ask("SELECT max(settled_id) FROM core_auditseal")
    return newest


def _ask(question: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return int(cursor.fetchone()[0] or 0)
