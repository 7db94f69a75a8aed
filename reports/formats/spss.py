"""SPSS system files (.sav). For workers and commands."""

from datetime import UTC, datetime

import pyreadstat

from reports.formats.contents import Contents
from reports.formats.frame import bytes_of, frame_of, number_labels

LONGEST_CODE = 8
"""Bytes of a text that can have a label in SPSS."""
_DATE, _TIME = slice(92, 101), slice(101, 109)
"""Where the header says when the file was made: `21 Nov 26`, `08:00:00`."""


def write(contents: Contents, *, at: datetime) -> bytes:
    names = [variable.name for variable in contents.variables]
    labels = number_labels(contents.variables) | {
        variable.name: dict(variable.codes)
        for variable in contents.variables
        if variable.is_text
        and variable.codes
        and all(len(code.encode()) <= LONGEST_CODE for code, _label in variable.codes)
    }
    made = bytearray(
        bytes_of(
            lambda path: pyreadstat.write_sav(
                frame_of(contents, names=names),
                path,
                file_label=contents.title[:64],
                column_labels=[variable.label[:255] for variable in contents.variables],
                variable_value_labels=labels,
            )
        )
    )
    moment = at.astimezone(UTC)
    made[_DATE] = moment.strftime("%d %b %y").encode()
    made[_TIME] = moment.strftime("%H:%M:%S").encode()
    return bytes(made)
