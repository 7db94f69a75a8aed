"""The unblinding register as a table."""

from collections.abc import Iterator

from core.models import Trial, User
from enrollment.models import Unblinding

HEADER = (
    "entry",
    "entered_at",
    "kind",
    "patients",
    "site",
    "entered_by",
    "happened_on",
    "reason_code",
    "explanation",
    "informed",
    "impact",
)


def register_of(trial: Trial, *, user: User) -> "list[Unblinding]":
    """Newest first, as far as the person's sites go."""
    entries = Unblinding.objects.visible_to(user).filter(trial=trial)
    return list(entries.select_related("by", "site").prefetch_related("patients"))


def register_rows(trial: Trial, *, user: User) -> Iterator[tuple[str, ...]]:
    """Oldest first; codes and UTC times, as all exports."""
    for entry in reversed(register_of(trial, user=user)):
        yield (
            str(entry.pk),
            f"{entry.at:%Y-%m-%dT%H:%M:%SZ}",
            entry.kind,
            " ".join(sorted(str(patient) for patient in entry.patients.all())),
            entry.site.code if entry.site else "",
            entry.by.full_name,
            entry.happened_on.isoformat() if entry.happened_on else "",
            entry.reason_code,
            entry.reason,
            entry.informed,
            entry.impact,
        )
