"""Names of at most eight characters, which SAS transport files of version 5 ask for."""

import re
from collections.abc import Collection

LONGEST = 8


def short_name(name: str, taken: Collection[str]) -> str:
    """In capitals: `weight_kg` is WEIGHTKG, `weight_kg_missing` WEIGHT_M, the next such WEIGHT02.

    Raises:
        ValueError: a hundred names begin alike.
    """
    is_missing = name.endswith("_missing")
    plain = name.removesuffix("_missing").replace("_", "").upper()
    end = "_M" if is_missing else ""
    if len(plain) + len(end) > LONGEST:
        # Vowels carry least: MEASUREDMM reads as MSRDMM.
        plain = plain[0] + re.sub("[AEIOU]", "", plain[1:])
    first = plain[: LONGEST - len(end)] + end
    if first not in taken:
        return first
    for number in range(2, 100):
        end = f"{number:02d}{'M' if is_missing else ''}"
        if (found := plain[: LONGEST - len(end)] + end) not in taken:
            return found
    raise ValueError(f"no name of eight characters is left for {name}")
