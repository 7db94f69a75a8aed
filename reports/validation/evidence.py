"""The dated evidence: what was asked of this installation, and what it answered."""

import hashlib
import json
import socket
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.template.loader import render_to_string

from core.backup.manifest import app_version
from core.lazy import load
from reports.validation.checks import Outcome, Result
from reports.validation.requirements import FOLDER, Area, Requirement, every
from reports.validation.tests import TestRun


@dataclass(frozen=True)
class Shown:
    """One requirement and what became of each thing that is to show it."""

    requirement: Requirement
    outcome: Outcome
    parts: tuple[tuple[str, Outcome], ...]


@dataclass(frozen=True)
class Evidence:
    at: datetime
    checks: list[Result]
    run: TestRun
    shown: list[Shown]
    areas: list[Area]

    @property
    def has_passed(self) -> bool:
        """Nothing failed, and every requirement that is not open was shown."""
        return not self.failures and all(
            item.outcome is Outcome.PASS for item in self.shown if not item.requirement.open
        )

    @property
    def failures(self) -> list[str]:
        failed = [item.name for item in self.checks if item.outcome is Outcome.FAIL]
        return failed + [item.requirement.id for item in self.shown if item.outcome is Outcome.FAIL]

    @property
    def counts(self) -> dict[str, int]:
        return {
            outcome.value: sum(item.outcome is outcome for item in self.shown)
            for outcome in Outcome
        }

    @property
    def open_ones(self) -> list[Shown]:
        return [item for item in self.shown if item.requirement.open]


def gather(areas: list[Area], checks: list[Result], run: TestRun, *, at: datetime) -> Evidence:
    found = {result.name: result.outcome for result in checks}
    return Evidence(at, checks, run, [_shown(item, found, run) for item in every(areas)], areas)


def _shown(requirement: Requirement, checks: dict[str, Outcome], run: TestRun) -> Shown:
    parts = [(link, run.of(link)) for link in requirement.tests]
    parts += [(f"check {name}", checks[name]) for name in requirement.checks]
    outcomes = {outcome for _name, outcome in parts}
    worst = next((o for o in (Outcome.FAIL, Outcome.NOT_RUN) if o in outcomes), None)
    return Shown(requirement, worst or (Outcome.PASS if parts else Outcome.NOT_RUN), tuple(parts))


def write_evidence(evidence: Evidence, folder: Path) -> list[Path]:
    """HTML to read, PDF to sign, JSON to process, and their SHA-256 in a file. The paths."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"validation-{evidence.at:%Y%m%dT%H%M%SZ}"
    values = as_values(evidence)
    page = render_to_string(
        "reports/validation_evidence.html", {"evidence": evidence, "values": values}
    )
    made = {
        f"{name}.json": json.dumps(values, indent=1, ensure_ascii=False).encode(),
        f"{name}.html": page.encode(),
        f"{name}.pdf": load("reports.pdf.validation").render(
            evidence,
            machine=str(values["machine"]),
            version=str(values["version"]),
            requirements_sha256=str(values["requirements_sha256"]),
        ),
    }
    lines = []
    for file, content in made.items():
        (folder / file).write_bytes(content)
        lines.append(f"{hashlib.sha256(content).hexdigest()}  {file}\n")
    sums = folder / f"{name}.sha256"
    sums.write_text("".join(lines), encoding="utf-8")
    return [*(folder / file for file in made), sums]


def as_values(evidence: Evidence) -> dict[str, object]:
    return {
        "validated_at": evidence.at.isoformat(),
        "passed": evidence.has_passed,
        "machine": socket.gethostname(),
        "version": app_version(),
        "database": connection.vendor,
        "requirements_sha256": requirements_sha256(),
        "checks": [asdict(result) for result in evidence.checks],
        "tests": {
            "note": evidence.run.note,
            "counts": {outcome.value: count for outcome, count in evidence.run.counts.items()},
            "outcomes": evidence.run.outcomes,
        },
        "requirements": [
            asdict(item.requirement) | {"outcome": item.outcome, "parts": item.parts}
            for item in evidence.shown
        ],
    }


def requirements_sha256() -> str:
    """Of the requirement files, so that evidence says what it is evidence for."""
    digest = hashlib.sha256()
    for path in sorted(FOLDER.glob("*.toml")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def evidence_folder() -> Path:
    folder: Path = settings.RECORDS_DIR / "validation"
    return folder
