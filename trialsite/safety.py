"""Refuses to serve real patients from a database with demo accounts."""

import sys
from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError, connections

from core.demo_accounts import REFUSAL, demo_accounts_forbid_start


def refuse_unsafe_start(**kwargs: Any) -> None:
    """Ends the process with one sentence. Called before the web, a worker or beat starts.

    With the database away nothing can be known: the process starts, answers 503, and the refusal
    comes at /readyz and at sign-in.
    """
    try:
        refused = _is_refused()
    finally:
        connections.close_all()  # the processes forked from this one open their own
    if refused:
        sys.exit(REFUSAL)


@register(Tags.database)
def check_no_demo_accounts(databases: Sequence[str] | None, **kwargs: Any) -> list[CheckMessage]:
    """Run by `migrate` and by `check --database default`."""
    return [Error(REFUSAL, id="trialsite.E001")] if databases and _is_refused() else []


def _is_refused() -> bool:
    try:
        return demo_accounts_forbid_start()
    except DatabaseError:  # away, or empty and not migrated
        return False
