"""Stata files (.dta) of version 118, which Stata reads from release 14 on. For workers."""

import re
from datetime import UTC, datetime

import pyreadstat

from reports.formats.contents import Contents
from reports.formats.frame import bytes_of, frame_of, number_labels

_TIMESTAMP = re.compile(rb"<timestamp>\x11.{17}</timestamp>", re.DOTALL)


def write(contents: Contents, *, at: datetime) -> bytes:
    names = [variable.name for variable in contents.variables]
    made = bytes_of(
        lambda path: pyreadstat.write_dta(
            frame_of(contents, names=names),
            path,
            file_label=contents.title[:80],
            column_labels=[variable.label[:80] for variable in contents.variables],
            version=14,
            variable_value_labels=number_labels(contents.variables),
        )
    )
    moment = at.astimezone(UTC).strftime("%d %b %Y %H:%M").encode()
    return _TIMESTAMP.sub(b"<timestamp>\x11" + moment + b"</timestamp>", made, count=1)
