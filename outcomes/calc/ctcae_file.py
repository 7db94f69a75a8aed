"""NCI's list of CTCAE terms as rows of cells, read strictly.

The columns are found by their headings, which differ a little between the workbooks of 4.03, 5.0
and 6.0 and their CSV: one for the system organ class, one for the term, five for the grades. What
the others say is not kept; the MedDRA codes belong to ICH.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

GRADES = (1, 2, 3, 4, 5)
LONGEST = 120
_NONE = {"", "-", "–", "—"}


@dataclass(frozen=True)
class ListedTerm:
    name: str
    organ_class: str
    grades: tuple[int, ...]


class TermsRefused(ValueError):
    """The file is refused whole; each problem is a line (from 1, the header's) and a reason."""

    def __init__(self, problems: list[tuple[int, str]]) -> None:
        self.problems = problems
        super().__init__("\n".join(f"Line {line}: {reason}" for line, reason in problems))


def read_terms(
    rows: Iterable[Sequence[object]], *, organ_classes: Collection[str]
) -> list[ListedTerm]:
    """The terms in the order of the file. A "-" means that the grade does not exist.

    Raises:
        TermsRefused: a column is missing, or a row names no known system organ class, no term,
            a term for the second time or no grade.
    """
    lines = [[_text(cell) for cell in row] for row in rows]
    header = next((place for place, line in enumerate(lines) if _columns(line)), None)
    if header is None:
        reason = "There must be columns for the system organ class, the term and the grades 1 to 5."
        raise TermsRefused([(1, reason)])
    columns = _columns(lines[header]) or {}
    classes = {name.casefold(): name for name in organ_classes}
    problems: list[tuple[int, str]] = []
    found: dict[str, ListedTerm] = {}
    for number, line in enumerate(lines[header + 1 :], start=header + 2):
        cells = {name: line[place] if place < len(line) else "" for name, place in columns.items()}
        if not any(cells.values()):
            continue
        try:
            term = _term(cells, classes)
        except ValueError as error:
            problems.append((number, str(error)))
            continue
        if term.name.casefold() in found:
            problems.append((number, f"“{term.name}” stands further up already."))
        found[term.name.casefold()] = term
    if not found and not problems:
        problems.append((header + 1, "The file has no terms."))
    if problems:
        raise TermsRefused(problems)
    return list(found.values())


def _text(cell: object) -> str:
    """Without line breaks, doubled spaces and the invisible ones that NCI's workbook has."""
    text = "" if cell is None else str(cell)
    return " ".join(re.sub(r"[\u200b\ufeff\xad]", "", text).split())


def _columns(line: Sequence[str]) -> dict[str, int] | None:
    """The place of each column that is needed; None where one is missing."""
    places: dict[str, int] = {}
    for place, heading in enumerate(line):
        plain = re.sub(r"[^a-z0-9]", "", heading.casefold())
        if re.fullmatch(r"grade[1-5]", plain):
            places.setdefault(plain, place)
        elif plain.endswith("soc"):
            places.setdefault("soc", place)
        elif plain.endswith("term"):
            places.setdefault("term", place)
    wanted = {"soc", "term", *(f"grade{grade}" for grade in GRADES)}
    return places if wanted <= set(places) else None


def _term(cells: dict[str, str], classes: dict[str, str]) -> ListedTerm:
    name, organ_class = cells["term"], classes.get(cells["soc"].casefold())
    if not name or len(name) > LONGEST:
        raise ValueError(f"A term has 1 to {LONGEST} letters, not {len(name)}.")
    if organ_class is None:
        raise ValueError(f"“{cells['soc']}” is no system organ class of CTCAE.")
    grades = tuple(grade for grade in GRADES if cells[f"grade{grade}"] not in _NONE)
    if not grades:
        raise ValueError(f"“{name}” has no grade.")
    return ListedTerm(name, organ_class, grades)
