"""Patient numbers such as `A01-003-15`: trial, site, sequence at the site, two check digits.

The check digits are ISO/IEC 7064 MOD 97-10, as in bank account numbers (ISO 13616): a letter
counts as the two digits 10 to 35, and the number with its check digits leaves 1 when divided
by 97. Since 97 is a prime above every difference that can arise, each change of one character
and each swap of two neighbors is noticed.

Source: ISO/IEC 7064:2003, Check character systems.
"""

import re

_SHAPE = re.compile(r"([A-Z])([0-9]{2})-([0-9]{3,5})-([0-9]{2})")


def issue(prefix: str, site: str, sequence: int) -> str:
    """The number of the site's n-th patient; sequences start at 1.

    Raises:
        ValueError: the prefix is not one of A to Z, the site not two digits, or the sequence not
            from 1 to 99999.
    """
    stem = f"{prefix}{site}-{sequence:03d}"
    number = f"{stem}-{check_digits(stem):02d}" if stem.isascii() else stem
    if not _SHAPE.fullmatch(number) or sequence < 1:
        raise ValueError(f"no patient number for {prefix!r}, {site!r}, {sequence}")
    return number


def is_valid(number: str) -> bool:
    """Whether the number could have been issued, exactly as it is written."""
    match = _SHAPE.fullmatch(number)
    if match is None or int(match[3]) == 0:
        return False
    return number == issue(match[1], match[2], int(match[3]))


def check_digits(stem: str) -> int:
    """From 2 to 98; letters and digits count, anything else is punctuation."""
    digits = "".join(str(int(character, 36)) for character in stem if character.isalnum())
    return 98 - int(digits) * 100 % 97
