"""The database's own refusals: what is locked or frozen takes no write.

That a lock is lifted once, and never removed, is `core.append_only`'s part. Installed after every
migration, as the audit's triggers are and for the same reason: SQLite drops a table's triggers when
a migration rebuilds the table. `missing_triggers` is what `/readyz` and the tests ask, for both
kinds. Which tables are clinical is known further up: `guard` is called from there.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from django.db.backends.base.base import BaseDatabaseWrapper

from core.append_only import append_only_models

LOCKED = "This is locked or frozen."
LOCK_TABLE = "oversight_lock"
VERBS = ("insert", "update", "delete")


@dataclass(frozen=True)
class Guarded:
    """A clinical table. Placeholders in braces stand for the row: `{row}.patient_id`.

    `patient` is SQL for the patient's id; `keys` are SQL for further keys of locks that cover the
    row; `visit` is SQL for a visit whose form locks cover it, too.
    """

    table: str
    columns: tuple[str, ...]
    patient: str = "{row}.patient_id"
    keys: tuple[str, ...] = ()
    visit: str = ""
    has_state: bool = False
    patient_table: str = "enrollment_patient"

    @property
    def is_patient(self) -> bool:
        return self.table == self.patient_table


_sources: list[Callable[[], Iterable[Guarded]]] = []


def guard(tables: Callable[[], Iterable[Guarded]]) -> None:
    """Says who knows the clinical tables; asked once all apps are loaded."""
    _sources.append(tables)


def guarded() -> list[Guarded]:
    return [item for source in _sources for item in source()]


def install(connection: BaseDatabaseWrapper) -> None:
    """Creates or renews all triggers. Harmless to repeat."""
    present = set(connection.introspection.table_names())
    if LOCK_TABLE not in present:
        return
    write = _postgresql if connection.vendor == "postgresql" else _sqlite
    with connection.cursor() as cursor:
        for statement in write(present):
            cursor.execute(statement)


def missing_triggers(connection: BaseDatabaseWrapper) -> list[str]:
    """Tables that should be protected and are not; empty when all is well."""
    wanted = {item.table: "lock_guard" for item in guarded()}
    wanted |= {model._meta.db_table: "append_only" for model in append_only_models()}
    with connection.cursor() as cursor:
        cursor.execute(
            _INSTALLED_POSTGRESQL if connection.vendor == "postgresql" else _INSTALLED_SQLITE
        )
        installed = {(table, kind) for table, kind in cursor.fetchall()}
    return sorted(table for table, kind in wanted.items() if (table, kind) not in installed)


_INSTALLED_POSTGRESQL = """
SELECT tgrelid::regclass::text,
       CASE WHEN tgname = 'lock_guard' THEN 'lock_guard' ELSE 'append_only' END
  FROM pg_trigger
 WHERE tgname IN ('lock_guard', 'append_only', 'append_only_truncate') AND tgenabled <> 'D'
 GROUP BY 1, 2
HAVING count(*) = CASE WHEN min(tgname) = 'lock_guard' THEN 1 ELSE 2 END
"""
_INSTALLED_SQLITE = """
SELECT tbl_name, CASE WHEN name LIKE 'lock_guard_%' THEN 'lock_guard' ELSE 'append_only' END
  FROM sqlite_master
 WHERE type = 'trigger' AND (name LIKE 'lock_guard_%' OR name LIKE 'append_only_%')
 GROUP BY 1, 2
HAVING count(*) = 3
"""


def _covered(item: Guarded, row: str) -> str:
    """SQL: does an open lock or freeze cover this row? Each key is one look into an index."""
    patient = item.patient.format(row=row)
    keys = [f"'patient:' || {patient}", *(key.format(row=row) for key in item.keys)]
    if item.is_patient:
        keys += [f"'site:' || {row}.site_id", f"'trial:' || {row}.trial_id"]
        found = (
            f"EXISTS (SELECT 1 FROM {LOCK_TABLE}"
            f" WHERE lifted_at IS NULL AND key IN ({', '.join(keys)}))"
        )
    else:
        found = (
            f"EXISTS (SELECT 1 FROM {item.patient_table} AS p JOIN {LOCK_TABLE} AS l"
            f" ON l.key IN ({', '.join([*keys, _SITE, _TRIAL])})"
            f" WHERE p.id = {patient} AND l.lifted_at IS NULL)"
        )
    if item.visit:
        found += (
            f" OR EXISTS (SELECT 1 FROM {LOCK_TABLE} WHERE lifted_at IS NULL"
            f" AND visit_id = {item.visit.format(row=row)})"
        )
    return f"({found})"


_SITE, _TRIAL = "'site:' || p.site_id", "'trial:' || p.trial_id"


def _only_locks(covered: str) -> str:
    """The same question without freezes."""
    return covered.replace("lifted_at IS NULL", "lifted_at IS NULL AND kind = 'lock'")


def _refused(item: Guarded, verb: str) -> str:
    """SQL: is this write refused?

    Under a freeze alone a record may move between the states after draft, with nothing else.
    """
    if verb == "insert":
        return _covered(item, "new")
    if verb == "delete":
        return _covered(item, "old")
    covered = f"({_covered(item, 'old')} OR {_covered(item, 'new')})"
    if not item.has_state:
        return covered
    same = " AND ".join(
        f'old."{column}" IS NOT DISTINCT FROM new."{column}"'
        for column in item.columns
        if column != "state"
    )
    moves = f"({same} AND old.state <> 'draft' AND new.state <> 'draft')"
    return f"CASE WHEN {moves} THEN {_only_locks(_covered(item, 'old'))} ELSE {covered} END"


# --- PostgreSQL ---------------------------------------------------------------------------------


def _postgresql(present: set[str]) -> Iterator[str]:
    for item in guarded():
        if item.table in present:
            yield from _postgresql_guard(item)


def _postgresql_guard(item: Guarded) -> Iterator[str]:
    name = f"lock_guard_{item.table}"
    branches = "\n".join(
        f"    {'IF' if verb == 'insert' else 'ELSIF'} TG_OP = '{verb.upper()}' THEN"
        f" refused := {_refused(item, verb)};"
        for verb in VERBS
    )
    yield f"""
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    refused boolean;
BEGIN
{branches}
    END IF;
    IF refused THEN
        RAISE EXCEPTION '{LOCKED}';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$"""
    yield f'DROP TRIGGER IF EXISTS lock_guard ON "{item.table}"'
    yield (
        f'CREATE TRIGGER lock_guard BEFORE INSERT OR UPDATE OR DELETE ON "{item.table}"'
        f" FOR EACH ROW EXECUTE FUNCTION {name}()"
    )


# --- SQLite -------------------------------------------------------------------------------------


def _sqlite(present: set[str]) -> Iterator[str]:
    for item in guarded():
        if item.table in present:
            for verb in VERBS:
                # IS is SQLite's word in every version for what the standard says at length.
                refused = _refused(item, verb).replace("IS NOT DISTINCT FROM", "IS")
                name = f"lock_guard_{item.table}_{verb}"
                yield from _sqlite_trigger(name, verb, item.table, refused)


def _sqlite_trigger(name: str, verb: str, table: str, refused: str) -> Iterator[str]:
    yield f"DROP TRIGGER IF EXISTS {name}"
    yield (
        f'CREATE TRIGGER {name} BEFORE {verb.upper()} ON "{table}" WHEN {refused}'
        f" BEGIN SELECT RAISE(ABORT, '{LOCKED}'); END"
    )
