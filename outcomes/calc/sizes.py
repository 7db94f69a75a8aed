"""What a person types about a lesion's size, checked. Sizes are in millimeters."""

import re
from decimal import Decimal

_SIZE = re.compile(r"[0-9]{1,3}(\.[0-9])?")
_X_RAY_LEAST_MM = Decimal(20)
_THIN_SLICE_MM = Decimal(5)


def sum_of_parts_mm(text: str) -> Decimal:
    """The sum of the longest diameters of a lesion's parts, typed as `12 + 8.5`.

    Raises:
        ValueError: fewer than two parts, or one that is no number above 0.

    Source: Eisenhauer 2009, Eur J Cancer 45:228, section 4.3.1.
    """
    parts = [part.strip().replace(",", ".") for part in text.replace("＋", "+").split("+")]
    if len(parts) < 2 or not all(_SIZE.fullmatch(part) for part in parts):
        raise ValueError(f"no sum of parts: {text!r}")
    sizes = [Decimal(part) for part in parts]
    if min(sizes) <= 0:
        raise ValueError(f"a part without a size: {text!r}")
    return sum(sizes, Decimal(0))


def least_target_mm(
    *,
    is_node: bool,
    method: str,
    slice_mm: Decimal | None,
    least_mm: Decimal,
    least_node_mm: Decimal,
) -> Decimal:
    """The smallest size that a target may have at baseline.

    `method` as `TumorAssessment.Method` stores it. Slices above 5 mm ask for twice their
    thickness, a chest X-ray for 20 mm.

    Source: Eisenhauer 2009, Eur J Cancer 45:228, section 3.1.
    """
    if is_node:
        return least_node_mm
    if method == "X-ray":
        return max(least_mm, _X_RAY_LEAST_MM)
    if slice_mm is not None and slice_mm > _THIN_SLICE_MM:
        return max(least_mm, 2 * slice_mm)
    return least_mm
