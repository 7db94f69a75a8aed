"""The catalog in the docs is the one of the code."""

from pathlib import Path

from django.core.management import call_command

DOCS = Path(__file__).parents[3] / "docs"


def test_catalog_in_the_docs_is_made_from_the_code(capsys):
    call_command("list_quality_checks")
    assert capsys.readouterr().out == (DOCS / "quality-checks.md").read_text(encoding="utf-8")
