"""Tables whose rows are added and never changed: the database refuses, whoever asks.

A model says so by `APPEND_ONLY = True`; it holds for its many-to-many tables, too. Fields named in
`FILLED_ONCE` are written later, once: from empty to a value (the end of a lock, the patient of a
place on a randomization list). The triggers are installed after every migration, for SQLite drops a
table's triggers when a migration rebuilds the table. The audit trail has its own
(`core.audit.triggers`).
"""

import re
from collections.abc import Iterator, Sequence

from django.apps import apps
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

REFUSAL = "This cannot be changed or removed."


def append_only_models() -> Iterator[type[models.Model]]:
    for model in apps.get_models():
        if getattr(model, "APPEND_ONLY", False):
            yield model
            for field in model._meta.local_many_to_many:
                if field.remote_field.through is not None:
                    yield field.remote_field.through


def install(connection: BaseDatabaseWrapper) -> None:
    """Creates or renews the triggers of those models that ask for them. Harmless to repeat."""
    tables = set(connection.introspection.table_names())
    present = [model for model in append_only_models() if model._meta.db_table in tables]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_POSTGRESQL_FUNCTION)
        for model in present:
            write = _postgresql if connection.vendor == "postgresql" else _sqlite
            for statement in write(model, connection):
                cursor.execute(statement)


def _filled_once(model: type[models.Model]) -> dict[str, bool]:
    """The columns that may be filled later, and of each whether an empty text is empty."""
    names = getattr(model, "FILLED_ONCE", ())
    fields = [field for field in model._meta.local_fields if field.name in names]
    return {str(field.column): field.empty_strings_allowed for field in fields}


# The arguments are the columns of FILLED_ONCE. Of all values only an empty text is "" in JSON.
_POSTGRESQL_FUNCTION = f"""
CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND TG_NARGS > 0 THEN
        IF NOT EXISTS (
            SELECT 1
              FROM jsonb_each(to_jsonb(OLD)) AS o JOIN jsonb_each(to_jsonb(NEW)) AS n USING (key)
             WHERE o.value <> n.value
               AND NOT (o.key = ANY (TG_ARGV) AND o.value IN ('null', '""'))
        ) THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '{REFUSAL}';
END $$
"""


def _postgresql(model: type[models.Model], connection: BaseDatabaseWrapper) -> Iterator[str]:
    """Row by row, so that a DELETE that finds no row passes: Django sends one to every table that
    hangs on what is removed. TRUNCATE has no rows, so it has a trigger of its own.
    """
    table = model._meta.db_table
    columns = ", ".join(f"'{column}'" for column in _filled_once(model))
    for name, verbs, each in (
        ("append_only", "UPDATE OR DELETE", "ROW"),
        ("append_only_truncate", "TRUNCATE", "STATEMENT"),
    ):
        yield f'DROP TRIGGER IF EXISTS {name} ON "{table}"'
        yield (
            f'CREATE TRIGGER {name} BEFORE {verbs} ON "{table}"'
            f" FOR EACH {each} EXECUTE FUNCTION append_only({columns})"
        )


def _sqlite(model: type[models.Model], connection: BaseDatabaseWrapper) -> Iterator[str]:
    """INSERT OR REPLACE and UPDATE OR REPLACE remove a row without a DELETE that a trigger would
    see, so they are refused by what they would replace: another row with the same id, or with the
    same values of a unique constraint.
    """
    table = model._meta.db_table
    same = " OR ".join(f"({each})" for each in _same_as_new(model, connection))
    exists = f'EXISTS (SELECT 1 FROM "{table}" WHERE ({same}){{but}})'
    refused = {
        "update": _changes(model, another=exists.format(but=" AND rowid <> old.rowid")),
        "delete": "1",
        "replace": exists.format(but=""),
    }
    for name, condition in refused.items():
        verb = "INSERT" if name == "replace" else name.upper()
        trigger = f"append_only_{table}_{name}"
        yield f"DROP TRIGGER IF EXISTS {trigger}"
        yield (
            f'CREATE TRIGGER {trigger} BEFORE {verb} ON "{table}" WHEN {condition}'
            f" BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        )


def _changes(model: type[models.Model], *, another: str) -> str:
    """SQL: does an UPDATE do more than fill what was empty?"""
    filled = _filled_once(model)
    if not filled:
        return "1"
    allowed = []
    for field in model._meta.local_fields:
        column = str(field.column)
        ways = [f'old."{column}" IS new."{column}"']
        if column in filled:
            ways.append(f'old."{column}" IS NULL')
        if filled.get(column):
            ways.append(f"old.\"{column}\" = ''")
        allowed.append(f"({' OR '.join(ways)})")
    return f"NOT ({' AND '.join(allowed)}) OR {another}"


def _same_as_new(model: type[models.Model], connection: BaseDatabaseWrapper) -> Iterator[str]:
    """SQL for each way in which a row cannot stand beside the new one."""
    for field in model._meta.local_fields:
        if field.unique:
            yield f'"{field.column}" = new."{field.column}"'
    for names in model._meta.unique_together:
        yield " AND ".join(_same(model, names))
    for constraint in model._meta.constraints:
        if not isinstance(constraint, models.UniqueConstraint) or constraint.expressions:
            continue
        both = _same(model, constraint.fields)
        if constraint.condition is not None:
            editor = connection.schema_editor()
            holds = str(constraint._get_condition_sql(model, editor))  # type: ignore[attr-defined]
            both += [f"({holds})", "(" + re.sub(r'"(\w+)"', r'new."\1"', holds) + ")"]
        yield " AND ".join(both)


def _same(model: type[models.Model], names: Sequence[str]) -> list[str]:
    fields = [field for field in model._meta.local_fields if field.name in names]
    return [f'"{field.column}" = new."{field.column}"' for field in fields]
