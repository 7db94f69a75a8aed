"""What the system says beside the fields of a form, from the values on the page."""

from collections.abc import Mapping, Sequence
from typing import Any

from enrollment.forms.entry import Entry
from enrollment.registry import FieldNote


def notes_of(entry: Entry) -> Mapping[str, Sequence[FieldNote]]:
    """On the values of the page. A value that is wrong counts as none: the one that is stored
    is not what the person sees.
    """
    if entry.spec.notes is None:
        return {}
    record: Any = entry.record
    wrong = [field.name for field in entry.spec.fields if field.name in entry.form.errors]
    stored = {name: getattr(record, name) for name in wrong}
    for name in wrong:
        setattr(record, name, None)
    try:
        return entry.spec.notes(record)
    finally:
        for name, value in stored.items():
            setattr(record, name, value)
