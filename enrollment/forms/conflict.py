"""Two values for one field, when somebody else saved meanwhile: the person chooses.

The page sends beside an input in question what is stored (`theirs-NAME`) and the choice
(`keep-NAME`: mine or theirs). Nothing is stored while a choice is missing.
"""

from typing import Any

from core.fields import captured_fields
from enrollment.forms.captured import MISSING
from enrollment.models import FormRecord, FormRow

THEIRS, KEEP = "theirs-", "keep-"
MINE, STORED = "mine", "theirs"
TOUCHED = "touched"
"""Input that names those into which the person typed, as the page's script saw it."""


def as_sent(item: FormRecord | FormRow, prefix: str = "") -> dict[str, str]:
    """The values of a form or row as a page would send them; `prefix` is a row's."""
    values = {field.name: field.value_from_object(item) for field in captured_fields(type(item))}
    values |= {name + MISSING: code for name, code in item.missing.items()}
    lead = f"{prefix}-" if prefix else ""
    return {f"{lead}{name}": "" if value is None else str(value) for name, value in values.items()}


def compared(data: Any) -> set[str]:
    """Inputs of which the page showed two values."""
    names = {name.removeprefix(THEIRS) for name in data if name.startswith(THEIRS)}
    return {name.removesuffix(MISSING) for name in names}


def undecided(data: Any) -> set[str]:
    return {name for name in compared(data) if data.get(KEEP + name) not in (MINE, STORED)}


def decided(data: Any) -> Any:
    """What the page sent, with the stored value wherever the person chose it."""
    chosen = {name for name in compared(data) if data.get(KEEP + name) == STORED}
    if not chosen:
        return data
    settled = data.copy()
    for name in chosen:
        settled[name] = data.get(THEIRS + name, "")
        settled[name + MISSING] = data.get(THEIRS + name + MISSING, "")
    return settled
