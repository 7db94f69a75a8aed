"""The triggers that write the audit trail, for PostgreSQL and SQLite.

They are installed after every migration (`core.apps`), because SQLite drops a table's triggers
when a migration rebuilds the table. `missing_triggers` is what `/readyz` and the tests ask.
"""

from collections.abc import Iterator

from django.apps import apps
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from core.audit.scope import COLUMNS, ROW, scope_of

APPS = ("core", "oversight", "enrollment", "dosing", "outcomes", "microbiome", "reports")
TRAIL, SEALS, REDACTIONS = "core_auditentry", "core_auditseal", "core_auditredaction"
GUARDED = (TRAIL, SEALS)
"""Rows are added, never changed or removed, but for a redaction that two persons confirmed."""


OTHERS: dict[str, tuple[str, ...]] = {"mfa.Authenticator": ("data",), "account.EmailAddress": ()}
"""Tables of packages that are part of an account, and their columns that are secret."""


def audited_models() -> Iterator[type[models.Model]]:
    """Every table of ours that does not say why it is exempt in `NOT_AUDITED`."""
    for label in APPS:
        for model in apps.get_app_config(label).get_models(include_auto_created=True):
            if not getattr(model, "NOT_AUDITED", ""):
                yield model
    for name in OTHERS:
        yield apps.get_model(name)


def install(connection: BaseDatabaseWrapper) -> None:
    """Creates or renews all triggers. Harmless to repeat."""
    tables = set(connection.introspection.table_names())
    if not tables.issuperset({*GUARDED, REDACTIONS}):
        return
    present = [model for model in audited_models() if model._meta.db_table in tables]
    statements = _postgresql(present) if connection.vendor == "postgresql" else _sqlite(present)
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def missing_triggers(connection: BaseDatabaseWrapper) -> list[str]:
    """Audited tables that the database does not watch, and the trail itself when it could be
    changed; empty when all is well.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _WATCHED_POSTGRESQL if connection.vendor == "postgresql" else _WATCHED_SQLITE
        )
        watched = {row[0] for row in cursor.fetchall()}
    return sorted({*GUARDED, *(model._meta.db_table for model in audited_models())} - watched)


_WATCHED_POSTGRESQL = """
SELECT tgrelid::regclass::text FROM pg_trigger
 WHERE tgname IN ('audit_row', 'audit_no_truncate', 'audit_is_append_only') AND tgenabled <> 'D'
 GROUP BY tgrelid HAVING count(*) = 2
"""
_WATCHED_SQLITE = """
SELECT tbl_name FROM sqlite_master
 WHERE type = 'trigger' AND (name LIKE 'audit\\_%' ESCAPE '\\'
                            OR name LIKE 'core\\_audit%\\_no\\_%' ESCAPE '\\')
 GROUP BY tbl_name HAVING count(*) = 3
"""

# --- PostgreSQL: one function for all tables, comparing rows as JSON ----------------------------

_POSTGRESQL_GUARDS = """
CREATE OR REPLACE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The audit trail cannot be changed.';
END $$;
CREATE OR REPLACE FUNCTION audit_but_for_redaction() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF to_jsonb(NEW) - 'changes' = to_jsonb(OLD) - 'changes'
           AND OLD.table_name <> '{redactions}' AND OLD.event <> 'redaction'
           AND EXISTS (
               SELECT 1 FROM {redactions} AS confirmed
                WHERE confirmed.entry_id = OLD.id
                  AND confirmed.confirmed_at IS NOT NULL AND confirmed.entry_digest_after = ''
                  AND jsonb_exists(OLD.changes, confirmed.field)
                  AND NEW.changes = jsonb_set(OLD.changes, ARRAY[confirmed.field::text],
                                              '["redacted", "redacted"]'))
        THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'The audit trail cannot be changed.';
END $$;
CREATE OR REPLACE FUNCTION audit_no_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'TRUNCATE would leave no trace in the audit trail. Use DELETE.';
END $$;
"""

_POSTGRESQL_FUNCTION = """
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    writer jsonb := coalesce(nullif(current_setting('trialsite.writer', true), ''), '{{}}')::jsonb;
    old_row jsonb := CASE WHEN TG_OP = 'INSERT' THEN '{{}}' ELSE to_jsonb(OLD) END;
    new_row jsonb := CASE WHEN TG_OP = 'DELETE' THEN '{{}}' ELSE to_jsonb(NEW) END;
    this "{table}"%ROWTYPE;
    changed jsonb;
BEGIN
{spread}    SELECT jsonb_object_agg(
               key,
               CASE WHEN key = ANY ('{{{hidden}}}'::text[])
                    THEN '["hidden", "hidden"]'::jsonb
                    ELSE jsonb_build_array(old_row -> key, new_row -> key) END)
      INTO changed
      FROM jsonb_object_keys(old_row || new_row) AS key
     WHERE NOT key = ANY ('{{{ignored}}}'::text[])
       AND coalesce(old_row -> key, 'null') IS DISTINCT FROM coalesce(new_row -> key, 'null');
    IF changed IS NULL THEN
        RETURN NULL;
    END IF;
{named}    IF TG_OP = 'DELETE' THEN this := OLD; ELSE this := NEW; END IF;
    INSERT INTO {trail} (at, action, event, table_name, row_pk, changes, actor_id, actor_name,
                         actor_role, reason, source, {scope_columns})
    SELECT clock_timestamp(), lower(TG_OP), '', '{table}', this."{key}"::text, changed,
           (writer ->> 'actor_id')::bigint, coalesce(writer ->> 'actor_name', ''),
           coalesce(writer ->> 'actor_role', ''), coalesce(writer ->> 'reason', ''),
           coalesce(writer ->> 'source', 'direct'), {scope}
      FROM (SELECT 1) AS one {joins};
    RETURN NULL;
END $$
"""


def _postgresql(present: list[type[models.Model]]) -> Iterator[str]:
    yield _POSTGRESQL_GUARDS.replace("{redactions}", REDACTIONS)
    for table in GUARDED:
        guard = "audit_but_for_redaction" if table == TRAIL else "audit_is_append_only"
        yield f"DROP TRIGGER IF EXISTS audit_is_append_only ON {table}"
        yield (
            f"CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION {guard}()"
        )
        yield f"DROP TRIGGER IF EXISTS audit_no_truncate ON {table}"
        yield (
            f"CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()"
        )
    for model in present:
        table = model._meta.db_table
        yield _postgresql_function(model)
        yield f'DROP TRIGGER IF EXISTS audit_row ON "{table}"'
        yield (
            f'CREATE TRIGGER audit_row AFTER INSERT OR UPDATE OR DELETE ON "{table}"'
            f" FOR EACH ROW EXECUTE FUNCTION {_function_name(model)}()"
        )
        yield f'DROP TRIGGER IF EXISTS audit_no_truncate ON "{table}"'
        yield (
            f'CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON "{table}"'
            " FOR EACH STATEMENT EXECUTE FUNCTION audit_no_truncate()"
        )


def _function_name(model: type[models.Model]) -> str:
    return f"audit_of_{model._meta.db_table}"


def _postgresql_function(model: type[models.Model]) -> str:
    scope = scope_of(model, TRAIL)
    return _POSTGRESQL_FUNCTION.format(
        name=_function_name(model),
        table=model._meta.db_table,
        key=model._meta.pk.column,
        hidden=",".join(_hidden(model)),
        ignored=",".join(_ignored(model)),
        trail=TRAIL,
        scope_columns=", ".join(COLUMNS),
        scope=", ".join(scope.expressions).replace(ROW, "this"),
        joins=scope.joins.replace(ROW, "this"),
        spread=_SPREAD.format(column=_spread(model)) if _spread(model) else "",
        named=_NAMED.format(column=_named_by(model)) if _named_by(model) else "",
    )


# A JSON object whose keys are fields goes into the trail field by field.
_SPREAD = """    old_row := old_row - '{column}' || coalesce(old_row -> '{column}', '{{}}');
    new_row := new_row - '{column}' || coalesce(new_row -> '{column}', '{{}}');
"""
_NAMED = """    changed := changed || jsonb_build_object(
        '{column}', jsonb_build_array(old_row -> '{column}', new_row -> '{column}'));
"""


# --- SQLite: three triggers a table, with its columns written out ------------------------------


_REFUSED = {"update": "UPDATE", "delete": "DELETE", "replace": "INSERT"}


def _sqlite(present: list[type[models.Model]]) -> Iterator[str]:
    yield "INSERT OR IGNORE INTO core_auditcontext (id) VALUES (1)"
    # INSERT OR REPLACE removes the old row without a DELETE that a trigger would see.
    for table in GUARDED:
        conditions = {"replace": f"WHEN EXISTS (SELECT 1 FROM {table} WHERE id = new.id)"}
        if table == TRAIL:
            conditions["update"] = f"WHEN NOT ({_sqlite_redaction()})"
        for name, verb in _REFUSED.items():
            yield f"DROP TRIGGER IF EXISTS {table}_no_{name}"
            yield (
                f"CREATE TRIGGER {table}_no_{name} BEFORE {verb} ON {table}"
                f" {conditions.get(name, '')}"
                " BEGIN SELECT RAISE(ABORT, 'The audit trail cannot be changed.'); END"
            )
    for model in present:
        for verb in ("INSERT", "UPDATE", "DELETE"):
            name = f"audit_{model._meta.db_table}_{verb.lower()}"
            yield f"DROP TRIGGER IF EXISTS {name}"
            yield _sqlite_trigger(name, verb, model)


def _sqlite_redaction() -> str:
    """SQL: is this UPDATE of an entry what two persons confirmed, and nothing else?"""
    columns = [str(field.column) for field in apps.get_model("core.AuditEntry")._meta.local_fields]
    same = " AND ".join(f"old.{name} IS new.{name}" for name in columns if name != "changes")
    path = "'$.\"' || confirmed.field || '\"'"
    return (
        f"{same} AND old.table_name <> '{REDACTIONS}' AND old.event <> 'redaction'"
        f" AND EXISTS (SELECT 1 FROM {REDACTIONS} AS confirmed WHERE confirmed.entry_id = old.id"
        " AND confirmed.confirmed_at IS NOT NULL AND confirmed.entry_digest_after = ''"
        f" AND json_type(old.changes, {path}) IS NOT NULL"
        f' AND new.changes IS json_set(old.changes, {path}, json(\'["redacted","redacted"]\')))'
    )


def _sqlite_trigger(name: str, verb: str, model: type[models.Model]) -> str:
    columns = [
        field.column for field in model._meta.local_fields if field.column not in _ignored(model)
    ]
    old = (lambda column: "NULL") if verb == "INSERT" else (lambda column: f'old."{column}"')
    new = (lambda column: "NULL") if verb == "DELETE" else (lambda column: f'new."{column}"')
    changes = " UNION ALL ".join(
        f"SELECT '{column}' AS k, {old(column)} AS o, {new(column)} AS n,"
        f" {_kind(model, column)} AS kind"
        for column in columns
        if column != _spread(model)
    )
    if spread := _spread(model):
        changes += _sqlite_spread(old(spread), new(spread))
    when = " OR ".join(f"{old(column)} IS NOT {new(column)}" for column in columns)
    row = "old" if verb == "DELETE" else "new"
    named = f" OR k = '{_named_by(model)}'" if _named_by(model) else ""
    scope = scope_of(model, TRAIL)
    return f"""
CREATE TRIGGER {name} AFTER {verb} ON "{model._meta.db_table}" WHEN {when}
BEGIN
    INSERT INTO {TRAIL} (at, action, event, table_name, row_pk, changes, actor_id, actor_name,
                         actor_role, reason, source, {", ".join(COLUMNS)})
    SELECT strftime('%Y-%m-%d %H:%M:%f', 'now'), '{verb.lower()}', '',
           '{model._meta.db_table}', CAST({row}."{model._meta.pk.column}" AS text),
           (SELECT json_group_object(k, CASE kind WHEN {_HIDDEN} THEN json_array('hidden', 'hidden')
                                                  WHEN {_JSON} THEN json_array(json(o), json(n))
                                                  ELSE json_array(o, n) END)
              FROM ({changes}) WHERE o IS NOT n{named}),
           context.actor_id, coalesce(context.actor_name, ''), coalesce(context.actor_role, ''),
           coalesce(context.reason, ''),
           CASE WHEN coalesce(context.source, '') = '' AND coalesce(context.actor_name, '') = ''
                THEN 'direct' ELSE context.source END,
           {", ".join(scope.expressions).replace(ROW, row)}
      FROM (SELECT 1) LEFT JOIN core_auditcontext AS context ON context.id = 1
           {scope.joins.replace(ROW, row)};
END"""


def _sqlite_spread(old: str, new: str) -> str:
    """One line for each key of a JSON object, on either side."""
    keys = " UNION ".join(
        f"SELECT key FROM json_each(coalesce({side}, '{{}}'))" for side in (old, new)
    )
    path = "'$.\"' || key || '\"'"
    values = ", ".join(
        f"nullif(coalesce({side}, '{{}}') -> ({path}), 'null') AS {name}"
        for side, name in ((old, "o"), (new, "n"))
    )
    return f" UNION ALL SELECT key AS k, {values}, {_JSON} AS kind FROM ({keys})"


_PLAIN, _HIDDEN, _JSON = 0, 1, 2


def _kind(model: type[models.Model], column: str | None) -> int:
    """How the value of a column goes into the trail."""
    if column in _hidden(model):
        return _HIDDEN
    of_column = {field.column: field for field in model._meta.local_fields}
    return _JSON if isinstance(of_column[column], models.JSONField) else _PLAIN


def _hidden(model: type[models.Model]) -> tuple[str, ...]:
    """Columns whose change is noted but whose value is kept out of the trail."""
    hidden: tuple[str, ...] = getattr(model, "AUDIT_HIDDEN", ())
    return OTHERS.get(model._meta.label, hidden)


def _spread(model: type[models.Model]) -> str:
    """The column with a JSON object whose keys are what people know as fields."""
    return str(getattr(model, "AUDIT_SPREAD", ""))


def _named_by(model: type[models.Model]) -> str:
    """The column that says what the row is; it stands in every entry, changed or not."""
    return str(getattr(model, "AUDIT_NAMED_BY", ""))


def _ignored(model: type[models.Model]) -> tuple[str, ...]:
    """Columns that say nothing about the record, such as a token's last use."""
    if model._meta.label in OTHERS:
        return ("last_used_at",)
    return getattr(model, "AUDIT_IGNORED", ())
