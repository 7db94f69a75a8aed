"""All tables by name."""

from functools import cache

from core.models import Trial
from enrollment.queries.arms import is_unblinded
from reports.queries.tables.derived import derived_tables
from reports.queries.tables.forms import form_tables
from reports.queries.tables.oversight import oversight_tables
from reports.queries.tables.patients import core_tables
from reports.queries.tables.table import Table


@cache
def _by_name() -> dict[str, Table]:
    """Read once: forms register when Django starts, before the first call.

    Raises:
        ValueError: two tables have the same name.
    """
    tables: dict[str, Table] = {}
    for table in (*core_tables(), *form_tables(), *oversight_tables(), *derived_tables()):
        if table.name in tables:
            raise ValueError(f"two tables are called {table.name}")
        tables[table.name] = table
    return tables


def all_tables() -> list[Table]:
    """Patients and visits first, the forms in the order of the apps, oversight, what is derived."""
    return list(_by_name().values())


def tables_seen_in(trial: Trial) -> list[Table]:
    """All tables as `Table.seen_in`, asking once."""
    if is_unblinded(trial):
        return all_tables()
    return [table.without_arms() for table in all_tables()]


def find_table(name: str) -> Table | None:
    return _by_name().get(name)
