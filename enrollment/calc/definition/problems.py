"""What is wrong with a file, and on which line."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

Location = tuple[str | int, ...]
Broken = tuple[Location, str]
"""Where a rule is broken, and one sentence about it."""
_HEADER = re.compile(r"^\s*\[\[?\s*([A-Za-z0-9_.\- ]+?)\s*\]\]?\s*(#.*)?$")


@dataclass(frozen=True, slots=True)
class Problem:
    """`table` names the entry too: "visits, entry 3". Line, table and key may be unknown."""

    line: int | None
    table: str
    key: str
    reason: str

    def __str__(self) -> str:
        place = [
            f"line {self.line}" if self.line else "",
            f"table {self.table}" if self.table else "",
            f"key {self.key}" if self.key else "",
        ]
        where = ", ".join(part for part in place if part)
        return f"{where[:1].upper()}{where[1:]}: {self.reason}" if where else self.reason


class DefinitionError(ValueError):
    """The file is refused. `problems` has all that was found, in the order of the file."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line or 0))
        super().__init__("\n".join(str(problem) for problem in self.problems))


def locate(text: str, location: Location, reason: str) -> Problem:
    """A problem at a location such as `("visits", 2, "label", "en")`, with its line in the text."""
    table, key = _split(location)
    return Problem(line=_line(text, location), table=table, key=key, reason=reason)


def _split(location: Location) -> tuple[str, str]:
    """Table and key in words; the number of an entry belongs to the table and starts at 1."""
    table, rest = str(location[0]) if location else "", location[1:]
    if rest and isinstance(rest[0], int):
        table, rest = f"{table}, entry {rest[0] + 1}", rest[1:]
    return table, ".".join(str(part + 1 if isinstance(part, int) else part) for part in rest)


def _line(text: str, location: Location) -> int | None:
    """The key's line, else the table header's, else none. Best effort: by the look of lines."""
    names = [part for part in location if isinstance(part, str)]
    header_line, table_names = _header(text, location)
    lines = text.splitlines()
    wanted = names[len(table_names) :]
    own_lines = list(takewhile(lambda line: not _HEADER.match(line), lines[header_line or 0 :]))
    for depth in range(len(wanted), 0, -1):
        key = re.compile(rf"\s*{re.escape('.'.join(wanted[:depth]))}\s*[.=]")
        for number, line in enumerate(own_lines, start=(header_line or 0) + 1):
            if key.match(line):
                return number
    return header_line


def _header(text: str, location: Location) -> tuple[int | None, list[str]]:
    """Line and names of the deepest table header on the way to the location."""
    best: tuple[int | None, list[str]] = (None, [])
    seen: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        match = _HEADER.match(line)
        if not match:
            continue
        path = match[1].replace(" ", "")
        if line.lstrip().startswith("[["):
            seen = {name: i for name, i in seen.items() if not name.startswith(f"{path}.")}
            seen[path] = seen.get(path, -1) + 1
        names = path.split(".")
        if len(names) >= len(best[1]) and _leads_to(names, seen, location):
            best = (number, names)
    return best


def _leads_to(names: list[str], seen: dict[str, int], location: Location) -> bool:
    """Whether the location starts with these tables, at the entries that are now open."""
    parts = list(location)
    for depth, name in enumerate(names, start=1):
        if not parts or parts.pop(0) != name:
            return False
        path = ".".join(names[:depth])
        if path in seen and parts and parts.pop(0) != seen[path]:
            return False
    return True
