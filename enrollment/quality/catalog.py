"""The catalog: every check of every app by its id, which never changes its meaning."""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from enrollment.quality.scope import Scope
from oversight.calc.place import Place


class Severity(StrEnum):
    ERROR = "error"
    """Cannot be true as it stands."""
    WARNING = "warning"
    """Possible, but somebody should look."""

    @property
    def label(self) -> str | Promise:
        return _("error") if self is Severity.ERROR else _("to look at")


@dataclass(frozen=True)
class Finding:
    """Where a check found what. `details` fill the check's sentence; all are texts."""

    place: Place
    details: Mapping[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Tells whether the finding is about the same values as an earlier one."""
        text = json.dumps(dict(self.details), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


Find = Callable[[Scope], Iterable[Finding]]


@dataclass(frozen=True)
class Check:
    """`says` is the sentence to the site, with the details of a finding in it."""

    code: str
    title: str | Promise
    says: str | Promise
    why: str | Promise
    """Why it is checked, or the source of the rule."""
    severity: Severity
    find: Find | None = None
    """None for a check of single fields: these run in one pass, see `enrollment.quality.fields`."""
    is_automatic: bool = False
    """Raises a query by itself, and closes it when the data are corrected."""
    asked_at: tuple[str, ...] = ()
    """Forms that ask it while they are filled: an error is refused, a warning kept with a reason.
    Only what the person who fills the form can set right there, or say."""
    compares_patients: bool = False
    """Needs the whole trial: cannot be asked about one patient."""

    def sentence(self, details: Mapping[str, str]) -> str:
        return str(self.says) % details


_CODE = re.compile(r"DQ-\d{3}")
_checks: dict[str, Check] = {}


def register_check(check: Check) -> None:
    """
    Raises:
        ValueError: the id is taken by another check, or is no id.
    """
    if not _CODE.fullmatch(check.code):
        raise ValueError(f"{check.code} is no id of a check")
    if _checks.get(check.code, check).find is not check.find:
        raise ValueError(f"two checks are called {check.code}")
    _checks[check.code] = check


def get_check(code: str) -> Check:
    """
    Raises:
        KeyError: no check has this id.
    """
    return _checks[code]


def all_checks() -> Iterator[Check]:
    """By id."""
    return (check for _code, check in sorted(_checks.items()))
