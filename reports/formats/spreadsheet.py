"""CSV for people who open it in a spreadsheet: no cell of it can act as a formula.

An apostrophe stands before texts that a spreadsheet would calculate, and a mark at the beginning
tells that the file is UTF-8. Not for scripts: texts are not what was entered.
"""

import csv
import io
from datetime import datetime

from core.calc.spreadsheet import inert
from reports.formats.contents import Contents

MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"


def write(contents: Contents, *, at: datetime) -> bytes:
    safe = io.StringIO()
    writer = csv.writer(safe)
    reader = csv.reader(io.StringIO(contents.text, newline=""))
    writer.writerow(next(reader))
    texts = [variable.is_text for variable in contents.variables]
    for cells in reader:
        pairs = zip(cells, texts, strict=True)
        writer.writerow(inert(cell) if is_text else cell for cell, is_text in pairs)
    return (MARK + safe.getvalue()).encode()
