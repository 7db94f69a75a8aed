"""Where an entry belongs: trial, site, patient, visit and the person whom the row is about.

The triggers store these five ids with each entry, so that a trail can be read without its rows,
which may be gone. They are found by name: a table called `patient`, or a column `patient_id`, in
the row itself or along the model's `SITE_PATH`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from django.db import connection, models

WORDS = {
    "trial": "trial_id",
    "site": "site_id",
    "patient": "patient_id",
    "visit": "visit_id",
    "user": "person_id",
}
"""What a table or a column is called, and the column of the trail that keeps its id."""

COLUMNS = tuple(WORDS.values())
ROW = "{row}"
"""Stands in the SQL for the changed row: `new`, `old` or an alias."""


@dataclass(frozen=True)
class Scope:
    """SQL: one expression for each of `COLUMNS`, and the joins that they need."""

    expressions: tuple[str, ...]
    joins: str


@cache
def scope_of(model: type[models.Model], trail: str) -> Scope:
    levels = list(_levels(model))
    expressions, deepest = [], 0
    for word, column in WORDS.items():
        near = levels[:1] if word == "user" else levels
        found = next(
            ((depth, sql) for depth, each in enumerate(near) if (sql := each.id_of(word))), None
        )
        if found is None:
            expressions.append("NULL")
            continue
        depth, expression = found
        deepest = max(deepest, depth)
        expressions.append(
            expression if depth == 0 else _or_as_before(expression, column, model, trail)
        )
    joins = " ".join(level.join for level in levels[1 : deepest + 1])
    return Scope(tuple(expressions), joins)


def ids_of(row: models.Model, trail: str) -> dict[str, int | None]:
    """The five ids of a stored row, for an event about it."""
    table, scope = row._meta.db_table, scope_of(row._meta.model, trail)
    chosen = ", ".join(scope.expressions).replace(ROW, "this")
    joins = scope.joins.replace(ROW, "this")
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT {chosen} FROM "{table}" AS this {joins}'  # noqa: S608 - names of our own models
            f' WHERE this."{row._meta.pk.column}" = %s',
            [row.pk],
        )
        found = cursor.fetchone()
    return dict(zip(COLUMNS, found or (), strict=False))


@dataclass(frozen=True)
class _Level:
    """The changed row (depth 0), or a table on the way from it to its site."""

    model: type[models.Model]
    alias: str
    join: str

    def id_of(self, word: str) -> str:
        """SQL for the id that this table knows of the word; empty when it knows none."""
        if self.model._meta.model_name == word:
            return f'{self.alias}."{self.model._meta.pk.column}"'
        columns = {field.column for field in self.model._meta.local_fields}
        return f'{self.alias}."{word}_id"' if f"{word}_id" in columns else ""


def _levels(model: type[models.Model]) -> Iterator[_Level]:
    here = _Level(model, ROW, "")
    yield here
    path: str = getattr(model, "SITE_PATH", "") or ("site" if here.id_of("site") else "")
    for depth, name in enumerate(filter(None, path.split("__")), start=1):
        if name not in {field.name for field in here.model._meta.local_fields}:
            return  # the row is itself the site
        link = here.model._meta.get_field(name)
        if not isinstance(link, models.ForeignKey) or isinstance(link.related_model, str):
            return
        alias, target = f"way{depth}", link.related_model
        on = f'{alias}."{link.target_field.column}" = {here.alias}."{link.column}"'
        here = _Level(target, alias, f'LEFT JOIN "{target._meta.db_table}" AS {alias} ON {on}')
        yield here


def _or_as_before(expression: str, column: str, model: type[models.Model], trail: str) -> str:
    """When the row on the way is gone already, what the trail said of this row before."""
    table, key = model._meta.db_table, model._meta.pk.column
    return (
        f"coalesce({expression}, (SELECT earlier.{column} FROM {trail} AS earlier"  # noqa: S608
        f" WHERE earlier.table_name = '{table}'"
        f' AND earlier.row_pk = CAST({ROW}."{key}" AS text) ORDER BY earlier.id DESC LIMIT 1))'
    )
