"""The requirements of docs/requirements and what they are linked to."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from reports.validation import trace
from reports.validation.checks import CHECKS
from reports.validation.requirements import (
    RequirementProblem,
    broken_links,
    every,
    read_areas,
)

pytestmark = pytest.mark.once

GOOD = """
title = "Things"
[[requirement]]
id = "REQ-THI-001"
text = "It works."
basis = ["21 CFR Part 11 11.10(a)"]
risk = "high"
tests = ["tests/unit/reports/test_requirements.py::test_every_link_leads_somewhere"]
"""


def test_every_link_leads_somewhere():
    assert broken_links(read_areas(), base=settings.BASE_DIR, checks=set(CHECKS)) == []


def test_every_linked_test_is_collected():
    links = sorted({link for item in every(read_areas()) for link in item.tests})
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *links],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    collected = [line for line in done.stdout.splitlines() if "::" in line]
    lacking = [
        link
        for link in links
        if not any(
            line == link or line.startswith((f"{link}::", f"{link}[", f"{link}/"))
            for line in collected
        )
    ]
    assert lacking == []


def test_every_check_shows_a_requirement_or_describes_the_installation():
    """A check that nobody asks for would be evidence of nothing."""
    linked = {name for item in every(read_areas()) for name in item.checks}
    described = {"python", "packages", "database", "migrations", "broker", "clock", "time-service"}
    assert set(CHECKS) - linked <= described


def test_trace_is_current():
    call_command("trace_requirements", "--check")


def test_trace_that_is_not_current_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(
        "reports.management.commands.trace_requirements.TRACE", tmp_path / "trace.md"
    )
    with pytest.raises(CommandError, match="is not current"):
        call_command("trace_requirements", "--check")
    call_command("trace_requirements")
    call_command("trace_requirements", "--check")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "things.toml").write_text(GOOD)
    return tmp_path


def test_file_is_read_with_all_that_it_says(folder):
    [area] = read_areas(folder)
    [requirement] = area.requirements
    assert (area.key, area.title, requirement.id) == ("things", "Things", "REQ-THI-001")
    assert requirement.basis == ("21 CFR Part 11 11.10(a)",)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("REQ-THI-001", "THI-1", "no id such as"),
        ('risk = "high"', 'risk = "huge"', "risk is one of"),
        ('text = "It works."', 'text = ""', "needs a text"),
        ('text = "It works."', "", "text"),
        ("basis = [", "bases = [", "unknown keys: bases"),
        ("tests = [", "checks = 3\ntests = [", "checks is a list"),
        ("tests = [", 'open = "later"\ntests = [', "either tests or checks"),
        (
            '"tests/unit/reports/test_requirements.py::test_every_link_leads_somewhere"',
            "",
            "either",
        ),
        ("title =", "title", "things.toml"),
    ],
)
def test_wrong_file_is_refused_with_its_name(folder, old, new, said):
    (folder / "things.toml").write_text(GOOD.replace(old, new))
    with pytest.raises(RequirementProblem, match=rf"things\.toml: .*{said}|things\.toml"):
        read_areas(folder)
    with pytest.raises(RequirementProblem, match=said):
        read_areas(folder)


def test_same_id_in_two_files_is_refused(folder):
    (folder / "others.toml").write_text(GOOD)
    with pytest.raises(RequirementProblem, match="REQ-THI-001 stands twice"):
        read_areas(folder)


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ("tests/nowhere.py", "there is no tests/nowhere.py"),
        ("tests/unit/reports/test_requirements.py::test_none", "has no test_none"),
    ],
)
def test_link_to_nothing_is_named(folder, link, said):
    old = "tests/unit/reports/test_requirements.py::test_every_link_leads_somewhere"
    (folder / "things.toml").write_text(GOOD.replace(old, link))
    [found] = broken_links(read_areas(folder), base=settings.BASE_DIR, checks=set())
    assert found.startswith("REQ-THI-001: ")
    assert said in found


def test_open_requirement_stands_in_the_matrix_with_its_reason(folder):
    lines = GOOD.splitlines()
    (folder / "things.toml").write_text("\n".join(lines[:-1]) + '\nopen = "not built"\n')
    document = trace.trace_document(read_areas(folder))
    assert "1 requirements, 0 shown by tests or checks, 1 open" in document
    assert "**open**: not built" in document


def test_folder_without_requirements_is_said(tmp_path):
    with pytest.raises(RequirementProblem, match=str(tmp_path)):
        read_areas(Path(tmp_path))
