"""Modules that take long to import and that few requests need."""

from importlib import import_module
from typing import Any


def load(module: str) -> Any:
    """The module, imported at its first use: `load("reports.pdf.form").render(...)`.

    Import-linter does not see this import, so name only modules of the caller's app or below it.
    """
    return import_module(module)
