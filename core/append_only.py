"""Tables whose rows are added and never changed: the database refuses, whoever asks.

A model says so by `APPEND_ONLY = True`; it holds for its many-to-many tables, too. The triggers
are installed after every migration, for SQLite drops a table's triggers when a migration rebuilds
the table. The audit trail has its own (`core.audit.triggers`), and so has a lock, which can be
lifted once (`oversight.triggers`).
"""

from collections.abc import Iterator

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
    is_postgresql = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        for model in append_only_models():
            if model._meta.db_table in tables:
                for statement in _postgresql(model) if is_postgresql else _sqlite(model):
                    cursor.execute(statement)


def _postgresql(model: type[models.Model]) -> Iterator[str]:
    """Row by row, so that a DELETE that finds no row passes: Django sends one to every table that
    hangs on what is removed. TRUNCATE has no rows, so it has a trigger of its own.
    """
    table = model._meta.db_table
    yield (
        "CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
    )
    for name, verbs, each in (
        ("append_only", "UPDATE OR DELETE", "ROW"),
        ("append_only_truncate", "TRUNCATE", "STATEMENT"),
    ):
        yield f'DROP TRIGGER IF EXISTS {name} ON "{table}"'
        yield (
            f'CREATE TRIGGER {name} BEFORE {verbs} ON "{table}"'
            f" FOR EACH {each} EXECUTE FUNCTION append_only()"
        )


def _sqlite(model: type[models.Model]) -> Iterator[str]:
    """INSERT OR REPLACE removes a row without a DELETE that a trigger would see, so it is
    refused by what it would replace: the same id, or the same values of a unique constraint.
    """
    table = model._meta.db_table
    for verb in ("UPDATE", "DELETE"):
        yield from _sqlite_trigger(table, verb.lower(), f"BEFORE {verb}")
    same = " OR ".join(
        "(" + " AND ".join(f'"{name}" = new."{name}"' for name in names) + ")"
        for names in _unique_columns(model)
    )
    exists = f'BEFORE INSERT ON "{table}" WHEN EXISTS (SELECT 1 FROM "{table}" WHERE {same})'  # noqa: S608
    yield from _sqlite_trigger(table, "replace", exists)


def _sqlite_trigger(table: str, name: str, event: str) -> Iterator[str]:
    trigger = f"append_only_{table}_{name}"
    where = event if " ON " in event else f'{event} ON "{table}"'
    yield f"DROP TRIGGER IF EXISTS {trigger}"
    yield f"CREATE TRIGGER {trigger} {where} BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"


def _unique_columns(model: type[models.Model]) -> Iterator[list[str]]:
    columns = {field.name: str(field.column) for field in model._meta.local_fields}
    for field in model._meta.local_fields:
        if field.unique:
            yield [columns[field.name]]
    for constraint in model._meta.total_unique_constraints:
        yield [columns[name] for name in constraint.fields]
