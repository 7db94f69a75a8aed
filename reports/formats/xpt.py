"""SAS transport files of version 5 (.xpt), as agencies take them. For workers and commands.

Names are those of eight characters that `schema.json` publishes; labels end after 40 bytes, texts
after 200. Which texts were shortened, and how often, the manifest says.
Texts are UTF-8: read the file with `encoding="utf-8"`.
"""

import re
from datetime import UTC, datetime

import pyreadstat

from reports.formats.contents import XPT_TEXT_BYTES, Contents
from reports.formats.frame import bytes_of, frame_of

LONGEST_LABEL = 40
_HEADERS = 80 * 8
"""Bytes in which the file says when it was made, in the form `21NOV26:08:00:00`."""
_MOMENT = re.compile(rb"\d\d[A-Z]{3}\d\d:\d\d:\d\d:\d\d")


def write(contents: Contents, *, at: datetime) -> bytes:
    frame = frame_of(contents, names=[variable.sas for variable in contents.variables])
    for variable in contents.variables:
        if variable.is_text:
            frame[variable.sas] = [_cut(value, XPT_TEXT_BYTES) for value in frame[variable.sas]]
    made = bytes_of(
        lambda path: pyreadstat.write_xport(
            frame,
            path,
            file_label=_cut(contents.title, LONGEST_LABEL) or "",
            column_labels=[_cut(item.label, LONGEST_LABEL) for item in contents.variables],
            table_name=contents.sas,
            file_format_version=5,
        )
    )
    moment = at.astimezone(UTC).strftime("%d%b%y:%H:%M:%S").upper().encode()
    return _MOMENT.sub(moment, made[:_HEADERS]) + made[_HEADERS:]


def _cut(value: str | None, most_bytes: int) -> str | None:
    """Whole characters only."""
    return value.encode()[:most_bytes].decode(errors="ignore") if value is not None else None
