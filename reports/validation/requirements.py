"""The requirements: one TOML file an area, each entry with what shows it."""

import ast
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from django.conf import settings

FOLDER: Path = settings.BASE_DIR / "docs" / "requirements"
RISKS = ("high", "medium", "low")
_ID = re.compile(r"REQ-[A-Z]{3}-\d{3}")
_KEYS = {"id", "text", "basis", "risk", "tests", "checks", "open"}


class RequirementProblem(Exception):
    """A file of requirements that cannot be used, with its name and the reason."""


@dataclass(frozen=True)
class Requirement:
    """`tests` are pytest's node ids or files, `checks` names of `reports.validation.checks`.

    `open` says why nothing shows it, where nothing does.
    """

    id: str
    area: str
    text: str
    basis: tuple[str, ...]
    risk: str
    tests: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    open: str = ""


@dataclass(frozen=True)
class Area:
    key: str
    title: str
    requirements: tuple[Requirement, ...] = field(default=())


def read_areas(folder: Path = FOLDER) -> list[Area]:
    """In order of the files' names.

    Raises:
        RequirementProblem: a file is wrong, or an id stands twice.
    """
    areas = [_read(path) for path in sorted(folder.glob("*.toml"))]
    if not areas:
        raise RequirementProblem(f"There are no requirements in {folder}.")
    seen: set[str] = set()
    for requirement in every(areas):
        if requirement.id in seen:
            raise RequirementProblem(f"{requirement.id} stands twice.")
        seen.add(requirement.id)
    return areas


def every(areas: list[Area]) -> Iterator[Requirement]:
    return (requirement for area in areas for requirement in area.requirements)


def _read(path: Path) -> Area:
    try:
        values = tomllib.loads(path.read_text("utf-8"))
        return Area(
            path.stem,
            values["title"],
            tuple(_requirement(path.stem, item) for item in values["requirement"]),
        )
    except (tomllib.TOMLDecodeError, KeyError, TypeError, RequirementProblem) as error:
        raise RequirementProblem(f"{path.name}: {error}") from error


def _requirement(area: str, values: dict[str, object]) -> Requirement:
    name = str(values.get("id", "?"))
    if not _ID.fullmatch(name):
        raise RequirementProblem(f"{name} is no id such as REQ-AUD-001")
    if unknown := values.keys() - _KEYS:
        raise RequirementProblem(f"{name} has unknown keys: {', '.join(sorted(unknown))}")
    made = Requirement(
        id=name,
        area=area,
        text=" ".join(str(values["text"]).split()),
        basis=_texts(values, "basis"),
        risk=str(values["risk"]),
        tests=_texts(values, "tests"),
        checks=_texts(values, "checks"),
        open=" ".join(str(values.get("open", "")).split()),
    )
    if made.risk not in RISKS:
        raise RequirementProblem(f"{name}: the risk is one of {', '.join(RISKS)}")
    if not made.text or not made.basis:
        raise RequirementProblem(f"{name} needs a text and a basis")
    if bool(made.tests or made.checks) == bool(made.open):
        raise RequirementProblem(f"{name} has either tests or checks, or says why it is open")
    return made


def _texts(values: dict[str, object], key: str) -> tuple[str, ...]:
    found = values.get(key, [])
    if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
        raise RequirementProblem(f"{values.get('id')}: {key} is a list of texts")
    return tuple(found)


def broken_links(areas: list[Area], *, base: Path, checks: set[str]) -> list[str]:
    """Links to a test or a check that does not exist, each as a sentence."""
    said = []
    for requirement in every(areas):
        for link in requirement.tests:
            path, _colons, name = link.partition("::")
            if not (base / path).exists():
                said.append(f"{requirement.id}: there is no {path}")
            elif name and name not in _tests_in(base / path):
                said.append(f"{requirement.id}: {path} has no {name}")
        said += [
            f"{requirement.id}: there is no check {name}"
            for name in requirement.checks
            if name not in checks
        ]
    return said


@cache
def _tests_in(path: Path) -> frozenset[str]:
    """The names of the tests of a file, those of a class as `Class::test`."""
    found = set()
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            found.add(node.name)
        elif isinstance(node, ast.ClassDef):
            inner = (item.name for item in node.body if isinstance(item, ast.FunctionDef))
            found |= {node.name, *(f"{node.name}::{name}" for name in inner)}
        elif isinstance(node, ast.Assign):  # such as a state machine's TestCase
            found |= {item.id for item in node.targets if isinstance(item, ast.Name)}
    return frozenset(found)
