"""What the three statistics formats share: a data frame, and files that pyreadstat writes.

For workers and commands: it imports pandas and pyreadstat.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from reports.formats.contents import Contents, Value, Variable
from reports.queries.tables import Type


def frame_of(contents: Contents, *, names: list[str]) -> pd.DataFrame:
    """A column for each variable. Times are in UTC, without a zone: these formats have none."""
    columns = zip(contents.variables, contents.columns(), strict=True)
    series = [_series(variable, values) for variable, values in columns]
    return pd.DataFrame(dict(zip(names, series, strict=True)))


def _series(variable: Variable, values: list[Value]) -> "pd.Series[Any]":
    if variable.is_number:
        numbers = [None if value is None else float(value) for value in values]  # type: ignore[arg-type]
        return pd.Series(numbers, dtype="float64")
    if variable.type is Type.TIME:
        times = [
            value.replace(tzinfo=None) if isinstance(value, datetime) else None for value in values
        ]
        return pd.Series(times, dtype="datetime64[ns]")
    return pd.Series(values, dtype="object")


def number_labels(variables: tuple[Variable, ...]) -> dict[str, dict[Any, str]]:
    """The labels of codes that are numbers, such as `event`; those of texts are in the codebook."""
    return {
        variable.name: {float(code): label for code, label in variable.codes}
        for variable in variables
        if variable.is_number and variable.codes
    }


def bytes_of(save: Callable[[str], None]) -> bytes:
    """What `save` writes to the path that it gets."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "table"
        save(str(path))
        return path.read_bytes()
