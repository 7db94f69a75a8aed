"""The manifest of a backup: what it is of, and what is in it."""

import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from core.backup.facts import Facts
from core.backup.problems import BackupProblem

NAME = "manifest.json"
FORMAT = "trialsite backup 1"


@dataclass(frozen=True)
class Part:
    """One file inside the archive."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    taken_at: datetime
    app_version: str
    vendor: str
    server_version: str
    database_name: str
    facts: Facts
    parts: tuple[Part, ...]

    @property
    def database_part(self) -> Part:
        return self.parts[0]

    @property
    def files(self) -> tuple[Part, ...]:
        return self.parts[1:]

    @property
    def as_json(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "taken_at": self.taken_at.astimezone(UTC).isoformat(),
            "app_version": self.app_version,
            "database": {
                "vendor": self.vendor,
                "server_version": self.server_version,
                "name": self.database_name,
            },
            "facts": self.facts.as_json,
            "parts": [vars(part) for part in self.parts],
        }


def read_manifest(values: Any) -> Manifest:
    """
    Raises:
        BackupProblem: the values are no manifest that this version can read.
    """
    if not isinstance(values, dict) or values.get("format") != FORMAT:
        found = values.get("format") if isinstance(values, dict) else None
        raise BackupProblem(f"its manifest is of the format {found!r}, not {FORMAT!r}")
    try:
        return Manifest(
            taken_at=datetime.fromisoformat(values["taken_at"]),
            app_version=values["app_version"],
            vendor=values["database"]["vendor"],
            server_version=values["database"]["server_version"],
            database_name=values["database"]["name"],
            facts=Facts(**values["facts"]),
            parts=tuple(Part(**part) for part in values["parts"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BackupProblem(f"its manifest lacks or misspells a value: {error}") from error


def app_version() -> str:
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text("utf-8"))
    return str(project["project"]["version"])
