"""Elements as text: a document of any length is written piece by piece."""

import re
from xml.sax.saxutils import escape, quoteattr

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def opening(name: str, **attributes: object) -> str:
    """An attribute that is None is left out."""
    given = [(key, value) for key, value in attributes.items() if value is not None]
    return f"<{' '.join([name, *(f'{key}={quoteattr(_legal(value))}' for key, value in given)])}>"


def element(name: str, *children: str, **attributes: object) -> str:
    """`children` are elements already; see `text`."""
    inside = "".join(children)
    start = opening(name, **attributes)
    return f"{start}{inside}</{name}>" if inside else f"{start[:-1]}/>"


def text(value: object) -> str:
    return escape(_legal(value))


def in_english(name: str, value: object) -> str:
    """An element whose text may be given in several languages."""
    return element(name, element("TranslatedText", text(value), **{"xml:lang": "en"}))


def _legal(value: object) -> str:
    """Control characters, which XML cannot hold, become the mark of a character that is lost."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", str(value))
