"""Which records are verified against the source: all of some forms, a drawn part of the rest."""

import hashlib

BITS = 64


def is_drawn(*, seed: str, percent: float, patient: str, place: str, form: str) -> bool:
    """Whether this record is among the `percent` that the plan draws.

    The draw is a pure function of the names: the first 64 bits of SHA-256 over
    `seed|patient|place|form`, read as a fraction of one, below `percent` / 100. So it is the same
    on every machine and every day, nobody can draw again, and a higher percentage only adds
    records. `place` is the visit's key, or the number of a log's row.
    """
    digest = hashlib.sha256(f"{seed}|{patient}|{place}|{form}".encode()).digest()
    drawn = int.from_bytes(digest[: BITS // 8], "big")
    return drawn * 100 < percent * 2**BITS
