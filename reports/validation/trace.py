"""The trace matrix: which requirement is shown by what, as a document made from the files."""

from pathlib import Path

from reports.validation.requirements import FOLDER, Area, Requirement, every

TRACE: Path = FOLDER / "trace.md"


def trace_document(areas: list[Area]) -> str:
    found = list(every(areas))
    open_ones = [requirement for requirement in found if requirement.open]
    lines = [
        "# Requirements and what shows them",
        "",
        "Made by `manage.py trace_requirements` from the files beside it; do not edit.",
        "`manage.py validate` runs what is linked here on an installed site.",
        "",
        f"{len(found)} requirements, {len(found) - len(open_ones)} shown by tests or checks,"
        f" {len(open_ones)} open.",
        "",
        "No software is compliant alone. The basis names where a requirement comes from; meeting",
        "it needs the sponsor's and the site's procedures too.",
        "",
    ]
    for area in areas:
        lines += [f"## {area.title}", ""]
        lines += ["| id | requirement | basis | risk | shown by |", "|---|---|---|---|---|"]
        lines += [_line(requirement) for requirement in area.requirements]
        lines.append("")
    return "\n".join(lines)


def _line(requirement: Requirement) -> str:
    shown = [f"`{_short(link)}`" for link in requirement.tests]
    shown += [f"check `{name}`" for name in requirement.checks]
    if requirement.open:
        shown = [f"**open**: {requirement.open}"]
    cells = [
        requirement.id,
        requirement.text,
        "; ".join(requirement.basis),
        requirement.risk,
        "<br>".join(shown),
    ]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _short(link: str) -> str:
    return link.removeprefix("tests/")
