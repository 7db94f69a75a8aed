"""Adverse event terms of CTCAE that these trials meet, in our own selection.

`ctcae.csv` says for each version which grades a term has ("12345"), or "-" where the version has
no such term. For 6.0 only the laboratory terms were compared with that version; every other term
carries its grades of 5.0. NCI's own workbook, loaded by a site, is the authority.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

VERSIONS = ("4.03", "5.0", "6.0")
_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Term:
    """A term of one version, with the grades that it can have there."""

    name: str
    name_zh: str
    organ_class: str
    organ_class_zh: str
    grades: tuple[int, ...]

    @property
    def is_other(self) -> bool:
        """The event has no term of its own and needs a name in words."""
        return _is_other(self.name)

    def in_language(self, code: str) -> str:
        return self.name_zh if code.lower().startswith("zh") else self.name

    def organ_class_in_language(self, code: str) -> str:
        return self.organ_class_zh if code.lower().startswith("zh") else self.organ_class


def terms(version: str) -> tuple[Term, ...]:
    """The terms of a version by system organ class, then by name, "Other" last.

    Raises:
        KeyError: the version is not known.
    """
    return tuple(_by_name(version).values())


def grades(version: str, term: str) -> tuple[int, ...]:
    """The grades that the term can have.

    Raises:
        KeyError: the version is not known or has no such term.
    """
    return _by_name(version)[term].grades


def organ_class(term: str) -> str:
    """The system organ class of a term of any version; empty for what is none."""
    return _organ_classes().get(term, "")


def in_language(term: str, code: str) -> str:
    """The name of a term of any version; what is none stays as it is."""
    return _chinese_names().get(term, term) if code.lower().startswith("zh") else term


def in_order(terms: Iterable[Term]) -> tuple[Term, ...]:
    """By system organ class, then by name, "Other" last."""
    by_name = sorted(terms, key=lambda term: (term.organ_class, term.is_other, term.name.lower()))
    return tuple(by_name)


def named_term(name: str, organ_class: str, grades: tuple[int, ...]) -> Term:
    """A term of a loaded list, in Chinese where the selection has it."""
    return Term(
        name=name,
        name_zh=_chinese_names().get(name, name),
        organ_class=organ_class,
        organ_class_zh=_chinese_classes().get(organ_class, organ_class),
        grades=grades,
    )


def organ_class_names() -> tuple[str, ...]:
    """All system organ classes, in the order of their names."""
    return tuple(_chinese_classes())


@cache
def _chinese_classes() -> dict[str, str]:
    return {row["name"]: row["name_zh"] for row in _rows("system_organ_classes.csv")}


@cache
def _organ_classes() -> dict[str, str]:
    return {row["term"]: row["system_organ_class"] for row in _rows("ctcae.csv")}


@cache
def _chinese_names() -> dict[str, str]:
    return {row["term"]: row["term_zh"] for row in _rows("ctcae.csv")}


@cache
def _by_name(version: str) -> dict[str, Term]:
    if version not in VERSIONS:
        raise KeyError(f"CTCAE {version}")
    organ_classes = _chinese_classes()
    column = "grades_" + version.replace(".", "_")
    found = (
        Term(
            name=row["term"],
            name_zh=row["term_zh"],
            organ_class=row["system_organ_class"],
            organ_class_zh=organ_classes[row["system_organ_class"]],
            grades=tuple(int(grade) for grade in row[column]),
        )
        for row in _rows("ctcae.csv")
        if row[column] != "-"
    )
    return {term.name: term for term in in_order(found)}


def _rows(file: str) -> Iterator[dict[str, str]]:
    with (_HERE / file).open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def _is_other(name: str) -> bool:
    return name.endswith("Other, specify")


OTHER_TERMS = tuple(row["term"] for row in _rows("ctcae.csv") if _is_other(row["term"]))
"""All "Other, specify" terms, of every version."""
