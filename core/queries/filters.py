"""What the reader of a list asked for in its address."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Self
from urllib.parse import urlencode


@dataclass(frozen=True)
class AddressFilters:
    """Subclasses name the filters as fields that are texts, and `take` what fits them; an empty
    filter takes everything."""

    @classmethod
    def read(cls, asked: Mapping[str, str]) -> Self:
        return cls(**{field.name: asked.get(field.name, "") for field in fields(cls)})

    @property
    def query(self) -> str:
        """For links that keep what was asked for."""
        return urlencode({name: value for name, value in asdict(self).items() if value})
