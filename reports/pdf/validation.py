"""The evidence of a validation on paper, with room for the signatures of who reviews it."""

from core.pdf import Cell, Document, Frame, Signature
from reports.validation.checks import Outcome
from reports.validation.evidence import Evidence, Shown

_TONES = {Outcome.PASS: "plain", Outcome.FAIL: "alert", Outcome.NOT_RUN: "strong"}


def render(evidence: Evidence, *, machine: str, version: str, requirements_sha256: str) -> bytes:
    """In English, as the report in HTML is."""
    frame = Frame(
        trial="Trialsite",
        title="Validation evidence",
        printed_at=evidence.at,
        printed_by="manage.py validate",
        version=f"Version {version}, requirements SHA-256 {requirements_sha256[:16]}",
        mark="" if evidence.has_passed else "NOT PASSED",
    )
    document = Document(frame)
    document.title("Validation evidence", lead=machine)
    document.facts(
        [
            ("Result", _result(evidence)),
            ("Version", version),
            ("Requirements, SHA-256", requirements_sha256),
            ("Requirements", _counts(evidence)),
            ("Tests", evidence.run.note),
        ],
        columns=1,
    )
    document.heading("Installation and configuration")
    document.table(
        ["Check", "Result", "Seen"],
        [[item.name, _outcome(item.outcome), item.detail] for item in evidence.checks],
        widths=[2, 1.2, 7],
    )
    document.heading("Requirements")
    document.table(
        ["Id", "Requirement", "Basis", "Risk", "Result", "Shown by"],
        [_line(item) for item in evidence.shown],
        widths=[1.9, 4.2, 2.2, 0.9, 1.1, 5],
    )
    document.paragraph(
        "No software is compliant alone: this shows what the software does on this machine.",
        is_muted=True,
    )
    document.signatures([Signature("Run by"), Signature("Reviewed by")])
    return document.render()


def _result(evidence: Evidence) -> Cell:
    return Cell("passed", "strong") if evidence.has_passed else Cell("NOT PASSED", "alert")


def _counts(evidence: Evidence) -> str:
    said = ", ".join(f"{count} {name}" for name, count in evidence.counts.items())
    return f"{said}; {len(evidence.open_ones)} of them open"


def _line(item: Shown) -> list[str | Cell]:
    requirement = item.requirement
    shown = [f"{name.removeprefix('tests/')}: {outcome.value}" for name, outcome in item.parts]
    if requirement.open:
        shown.append(f"Open: {requirement.open}")
    return [
        requirement.id,
        requirement.text,
        "; ".join(requirement.basis),
        requirement.risk,
        _outcome(item.outcome),
        "\n".join(shown),
    ]


def _outcome(outcome: Outcome) -> Cell:
    return Cell(outcome.value, _TONES[outcome])  # type: ignore[arg-type]
