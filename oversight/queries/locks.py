"""What covers a record, a visit or a patient: open locks and freezes."""

from collections.abc import Iterable

from django.db.models import Q

from oversight.models import Lock, lock_key


def covering_keys(
    *,
    trial_id: int,
    site_id: int,
    patient_id: int | None = None,
    form: str = "",
    record_id: int | None = None,
) -> list[str]:
    """The keys of every lock that would cover this, from the widest to the narrowest."""
    keys = [lock_key("trial", trial_id), lock_key("site", site_id)]
    if patient_id is not None:
        keys.append(lock_key("patient", patient_id))
    if record_id is not None:
        keys.append(lock_key("form", form, record_id))
    return keys


def open_locks(keys: Iterable[str]) -> list[Lock]:
    found = Lock.objects.open().filter(key__in=list(keys))
    return list(found.select_related("by", "site", "trial").order_by("-kind", "pk"))


def open_locks_of_trial(trial_id: int) -> dict[str, set[str]]:
    """Kind (freeze or lock) to the keys that are covered by one, for lists. One query."""
    found: dict[str, set[str]] = {kind: set() for kind in Lock.Kind.values}
    for kind, key in Lock.objects.open().filter(Q(trial_id=trial_id)).values_list("kind", "key"):
        found[kind].add(key)
    return found
