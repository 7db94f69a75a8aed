"""Loading the full list of a version of CTCAE."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone

from core import audit
from core.models import User
from outcomes.calc.ctcae_file import ListedTerm
from outcomes.models.ctcae import CtcaeTerm


@dataclass(frozen=True)
class LoadedTerms:
    """Names of what a file did to the list of its version."""

    added: list[str]
    changed: list[str]
    unchanged: int
    missing: list[str]
    """In the list, but not in the file; they stay, for events may carry them."""


def load_terms(version: str, terms: Iterable[ListedTerm], *, by: User | None) -> LoadedTerms:
    """Adds and changes, all in one transaction. The same file again changes nothing."""
    now = timezone.now()
    with audit.writing(by=by, reason=f"CTCAE {version}"):
        known = {row.name: row for row in CtcaeTerm.objects.filter(version=version)}
        added, changed, seen = [], [], set()
        for term in terms:
            seen.add(term.name)
            grades = "".join(map(str, term.grades))
            row = known.get(term.name)
            if row is None:
                row = CtcaeTerm(version=version, name=term.name)
                added.append(row)
            elif (row.organ_class, row.grades) != (term.organ_class, grades):
                changed.append(row)
            else:
                continue
            row.organ_class, row.grades = term.organ_class, grades
            row.loaded_at, row.loaded_by = now, by
        CtcaeTerm.objects.bulk_create(added)
        CtcaeTerm.objects.bulk_update(changed, ["organ_class", "grades", "loaded_at", "loaded_by"])
        loaded = LoadedTerms(
            added=[row.name for row in added],
            changed=[row.name for row in changed],
            unchanged=len(seen) - len(added) - len(changed),
            missing=sorted(set(known) - seen),
        )
        audit.record(
            "ctcae",
            by=by,
            version=version,
            added=len(loaded.added),
            changed=len(loaded.changed),
            unchanged=loaded.unchanged,
            missing=len(loaded.missing),
        )
    return loaded
