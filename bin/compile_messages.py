"""Compiles the message catalogs with Babel, which needs no gettext programs.

Babel's own command would also check them, and takes every % for a format; `bin/check-messages`
checks them with gettext.
"""

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALE = Path(__file__).resolve().parent.parent / "locale"

for catalog in LOCALE.glob("*/LC_MESSAGES/*.po"):
    with catalog.open("rb") as source, catalog.with_suffix(".mo").open("wb") as compiled:
        write_mo(compiled, read_po(source))
