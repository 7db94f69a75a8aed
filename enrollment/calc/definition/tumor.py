"""How lesions are chosen and who reads the scans."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, PositiveInt

from .base import Slug, Table

Millimeters = Annotated[Decimal, Field(gt=0)]


class Tumor(Table):
    """The table [tumor]; the defaults are those of RECIST 1.1.

    Source: Eisenhauer 2009, Eur J Cancer 45:228, sections 3.1 and 4.1.
    """

    most_targets: PositiveInt = 5
    most_targets_per_organ: PositiveInt = 2
    least_mm: Millimeters = Decimal(10)
    """Smallest longest diameter of a target at baseline; thick slices and chest X-ray ask for
    more."""
    least_node_mm: Millimeters = Decimal(15)
    """Smallest short axis of a target node at baseline."""
    never_target: tuple[Slug, ...] = ("ascites", "portal-vein")
    """Organs whose lesions are never targets."""
    limits: Literal["refuse", "warn"] = "refuse"
    """Whether a baseline beyond these limits is refused, or stored with a warning."""
