"""A table as text that is the same, byte for byte, whenever its values are."""

import pandas as pd


def to_csv(table: pd.DataFrame) -> str:
    """Quoted by RFC 4180, lines end with `\\n`; ISO dates, Y and N, eight significant digits."""
    flags = table.select_dtypes(bool).columns
    written = table.assign(**{name: table[name].map({True: "Y", False: "N"}) for name in flags})
    return written.to_csv(
        index=False, lineterminator="\n", date_format="%Y-%m-%d", float_format="%.8g"
    )
