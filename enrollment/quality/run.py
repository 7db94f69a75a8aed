"""Runs checks: all of them over a trial, or some over one patient."""

from collections.abc import Callable, Collection, Iterable

from enrollment.quality.catalog import Finding, all_checks, get_check
from enrollment.quality.fields import find_in_fields
from enrollment.quality.scope import Scope
from enrollment.quality.types import WRONG_TYPE
from oversight.calc.place import Place

Found = dict[tuple[str, Place], Finding]
"""By check and place: a check says one thing about a place."""

Watch = Callable[[int], None]
"""Called with the percent done after each check."""


def run_checks(
    scope: Scope, *, only: Collection[str] | None = None, watch: Watch | None = None
) -> Found:
    """`only` names the checks to run; all where it is None.

    About one patient, a check that compares patients is left out.
    """
    asked = [
        check
        for check in all_checks()
        if (only is None or check.code in only or check.code == WRONG_TYPE)
        and not (check.compares_patients and scope.patient_id is not None)
    ]
    # What cannot be read is found first and kept from the others.
    asked.sort(key=lambda check: check.code != WRONG_TYPE)
    found: Found = {}
    is_field_pass_done = False
    for number, check in enumerate(asked, start=1):
        if check.find is not None:
            _keep(found, ((check.code, item) for item in check.find(scope)))
        elif not is_field_pass_done:
            _keep(found, find_in_fields(scope))
            is_field_pass_done = True
        if watch is not None:
            watch(100 * number // len(asked))
    if only is not None:
        return {key: item for key, item in found.items() if key[0] in only}
    return found


def automatic(found: Found) -> Found:
    """Those that raise queries by themselves."""
    return {key: item for key, item in found.items() if get_check(key[0]).is_automatic}


def _keep(found: Found, items: Iterable[tuple[str, Finding]]) -> None:
    for code, item in items:
        found.setdefault((code, item.place), item)
