"""All tables by name."""

from collections.abc import Iterator
from functools import cache

from core.models import Trial
from enrollment.calc.definition import Definition
from enrollment.calc.definition.problems import Broken
from enrollment.queries.arms import is_unblinded
from reports.queries.tables.derived import derived_tables
from reports.queries.tables.forms import form_tables, tables_added_by
from reports.queries.tables.oversight import oversight_tables
from reports.queries.tables.patients import core_tables
from reports.queries.tables.scope import Scope
from reports.queries.tables.specimens import specimen_tables
from reports.queries.tables.table import Table


@cache
def _by_name() -> dict[str, Table]:
    """Read once: forms register when Django starts, before the first call.

    Raises:
        ValueError: two tables have the same name.
    """
    tables: dict[str, Table] = {}
    for table in (
        *core_tables(),
        *form_tables(),
        *specimen_tables(),
        *oversight_tables(),
        *derived_tables(),
    ):
        if table.name in tables:
            raise ValueError(f"two tables are called {table.name}")
        tables[table.name] = table
    return tables


def all_tables() -> list[Table]:
    """Patients and visits first, the forms in the order of the apps, specimens, oversight, what is
    derived.

    These are the same in every trial; `tables_of` has those that a trial adds, too.
    """
    return list(_by_name().values())


def tables_seen_in(trial: Trial) -> list[Table]:
    """All tables of the trial as `Table.seen_in`, asking once."""
    if is_unblinded(trial):
        return tables_of(trial)
    return [table.without_arms() for table in tables_of(trial)]


def names_are_free(definition: Definition) -> Iterator[Broken]:
    """A check of definitions: the forms that a trial adds are exported under names of their own."""
    for place, form in enumerate(definition.forms):
        if form.table in _by_name():
            reason = f"There is a table “{form.table}” already; choose another id."
            yield ("forms", place, "id"), reason


def tables_of(trial: Trial) -> list[Table]:
    return [*all_tables(), *tables_added_by(trial)]


def tables_for(scope: Scope) -> list[Table]:
    """All tables of the trial as `Scope.seen`."""
    return tables_of(scope.trial) if scope.unblinded_for else tables_seen_in(scope.trial)


def find_table(name: str, trial: Trial | None = None) -> Table | None:
    """Of all trials, or also of those that this one adds."""
    if trial is not None and name not in _by_name():
        return next((table for table in tables_added_by(trial) if table.name == name), None)
    return _by_name().get(name)
