"""Where in the clinical data something is, in the words of `oversight.models.about`."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Place:
    """A filled form, or with `field` one field of it; `row_number` where that is in a row."""

    site_id: int
    patient_id: int
    visit_id: int | None
    form: str
    record_id: int
    row_number: int | None = None
    field: str = ""

    @property
    def columns(self) -> dict[str, Any]:
        """By the names of the columns of `oversight.models.about`."""
        return asdict(self)
