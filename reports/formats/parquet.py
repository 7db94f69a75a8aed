"""Apache Parquet. For workers and commands: it imports pyarrow.

Decimals are 64-bit floating-point numbers; times are UTC. The label of a column is in its
metadata under `label`, its codes under `codes` as JSON.
"""

import io
import json
from datetime import datetime

import pyarrow as pa
import pyarrow.parquet as pq

from reports.formats.contents import Contents, Variable
from reports.queries.tables import Type

_TYPES = {
    Type.INTEGER: pa.int64(),
    Type.DECIMAL: pa.float64(),
    Type.DATE: pa.date32(),
    Type.TIME: pa.timestamp("ms", tz="UTC"),
}


def write(contents: Contents, *, at: datetime) -> bytes:
    schema = pa.schema(
        [_field(variable) for variable in contents.variables], {"title": contents.title}
    )
    values = [
        [None if value is None else float(value) for value in column]  # type: ignore[arg-type]
        if variable.type is Type.DECIMAL
        else column
        for variable, column in zip(contents.variables, contents.columns(), strict=True)
    ]
    arrays = [pa.array(column, field.type) for column, field in zip(values, schema, strict=True)]
    target = io.BytesIO()
    pq.write_table(pa.table(arrays, schema=schema), target, compression="zstd")
    return target.getvalue()


def _field(variable: Variable) -> pa.Field:
    told = {"label": variable.label}
    if variable.codes:
        told["codes"] = json.dumps(dict(variable.codes), ensure_ascii=False)
    return pa.field(variable.name, _TYPES.get(variable.type, pa.string()), metadata=told)
