"""What was submitted stays: the database refuses changes of a submitted report by every path.

The triggers are installed after every migration, because SQLite drops a table's triggers when a
migration rebuilds the table. State and bookkeeping may change: a report is verified and signed
after it was submitted.
"""

from collections.abc import Iterator

from django.db.backends.base.base import BaseDatabaseWrapper

from core.fields import captured_fields
from outcomes.models import SeriousEvent, SeriousEventDrug

REPORTS, DRUGS = SeriousEvent._meta.db_table, SeriousEventDrug._meta.db_table
MESSAGE = "This report was submitted and cannot be changed."
_STAMPS = ("missing", "patient_id", "version", "submitted_at", "submitted_by_id", "late_reason")


def install(connection: BaseDatabaseWrapper) -> None:
    """Creates or renews the triggers. Harmless to repeat, and while a table is not there yet."""
    if not {REPORTS, DRUGS} <= set(connection.introspection.table_names()):
        return
    statements = _postgresql() if connection.vendor == "postgresql" else _sqlite()
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _kept_columns() -> list[str]:
    return [*(str(field.column) for field in captured_fields(SeriousEvent)), *_STAMPS]


def _postgresql() -> Iterator[str]:
    changed = " OR ".join(f'OLD."{name}" IS DISTINCT FROM NEW."{name}"' for name in _kept_columns())
    yield f"""
CREATE OR REPLACE FUNCTION submitted_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '{MESSAGE}';
END $$;
CREATE OR REPLACE FUNCTION submitted_rows_stay() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    report bigint := CASE WHEN TG_OP = 'INSERT' THEN NEW.record_id ELSE OLD.record_id END;
BEGIN
    IF EXISTS (SELECT 1 FROM {REPORTS} WHERE id = report AND submitted_at IS NOT NULL) THEN
        RAISE EXCEPTION '{MESSAGE}';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
"""
    for name, when in (("update", f"AND ({changed})"), ("delete", "")):
        yield f"DROP TRIGGER IF EXISTS submitted_no_{name} ON {REPORTS}"
        yield (
            f"CREATE TRIGGER submitted_no_{name} BEFORE {name.upper()} ON {REPORTS} FOR EACH ROW"
            f" WHEN (OLD.submitted_at IS NOT NULL {when}) EXECUTE FUNCTION submitted_stays()"
        )
    yield f"DROP TRIGGER IF EXISTS submitted_rows ON {DRUGS}"
    yield (
        f"CREATE TRIGGER submitted_rows BEFORE INSERT OR UPDATE OR DELETE ON {DRUGS}"
        " FOR EACH ROW EXECUTE FUNCTION submitted_rows_stay()"
    )


def _sqlite() -> Iterator[str]:
    changed = " OR ".join(f'old."{name}" IS NOT new."{name}"' for name in _kept_columns())
    refuse = f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
    for name, when in (("update", f"AND ({changed})"), ("delete", "")):
        yield f"DROP TRIGGER IF EXISTS submitted_no_{name}"
        yield (
            f"CREATE TRIGGER submitted_no_{name} BEFORE {name.upper()} ON {REPORTS}"
            f" WHEN old.submitted_at IS NOT NULL {when} {refuse}"
        )
    for verb, row in (("INSERT", "new"), ("UPDATE", "old"), ("DELETE", "old")):
        name = f"submitted_rows_{verb.lower()}"
        yield f"DROP TRIGGER IF EXISTS {name}"
        yield (
            f"CREATE TRIGGER {name} BEFORE {verb} ON {DRUGS} WHEN EXISTS (SELECT 1 FROM {REPORTS}"
            f" WHERE id = {row}.record_id AND submitted_at IS NOT NULL) {refuse}"
        )
