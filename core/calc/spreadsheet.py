"""Cells of files that people open in a spreadsheet.

The tables of the data and the audit trail are not among them: those files are faithful.
"""

from decimal import Decimal

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""The last four are the full-width signs, which a Chinese keyboard types."""


def inert(cell: object) -> object:
    """A text that a spreadsheet would run as a formula gets a quote before it; others stay.

    Source: OWASP, CSV Injection.
    """
    if cell is None or isinstance(cell, int | float | Decimal):
        return cell
    text = str(cell)
    return f"'{text}" if text.startswith(_FORMULA) else text
