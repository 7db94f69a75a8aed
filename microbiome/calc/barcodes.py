"""Barcodes such as `SA000417K`: S, the trial's letter, a running number, a check character.

Kits, specimens, aliquots and derivatives of a trial share one series, so that a barcode finds one
thing. It says nothing about the patient. The check character is ISO/IEC 7064 MOD 37-2, as on blood
bags (ISBT 128): 37 is a prime and 2 generates all its remainders, so that each change of one
character and each swap of two neighbors is noticed. It is 0 to 9, A to Z or `*`.

Source: ISO/IEC 7064:2003, Check character systems.
"""

import re

_CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*"
_SHAPE = re.compile(r"S([A-Z])([0-9]{6})([0-9A-Z*])")
LAST_SEQUENCE = 999_999


def issue(prefix: str, sequence: int) -> str:
    """The n-th barcode of the trial with this letter; sequences start at 1.

    Raises:
        ValueError: the prefix is not one of A to Z, or the sequence not from 1 to 999999.
    """
    stem = f"S{prefix}{sequence:06d}"
    if not _SHAPE.fullmatch(stem + "0") or not 1 <= sequence <= LAST_SEQUENCE:
        raise ValueError(f"no barcode for {prefix!r}, {sequence}")
    return stem + check_character(stem)


def sequence_of(barcode: str) -> int:
    return int(barcode[2:8])


def is_valid(barcode: str) -> bool:
    """Whether it could have been issued, exactly as it is written."""
    match = _SHAPE.fullmatch(barcode)
    return match is not None and int(match[2]) > 0 and check_character(barcode[:-1]) == match[3]


def as_scanned(text: str) -> str:
    """What a person typed or a scanner sent, in the spelling of the label."""
    return re.sub(r"[\s–—-]+", "", text).upper()


def check_character(stem: str) -> str:
    """Of digits and capital letters, fewer than 36."""
    remainder = 0
    for character in stem:
        remainder = (remainder + _CHARACTERS.index(character)) * 2 % 37
    return _CHARACTERS[(1 - remainder) % 37]
