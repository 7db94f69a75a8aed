from decimal import Decimal

import pytest

from outcomes.calc.sizes import least_target_mm, sum_of_parts_mm


@pytest.mark.parametrize(
    ("text", "total"), [("12 + 8.5", "20.5"), ("3+4+5", "12"), ("7,5 + 2", "9.5"), ("6＋1", "7")]
)
def test_parts_add_up(text, total):
    assert sum_of_parts_mm(text) == Decimal(total)


@pytest.mark.parametrize("text", ["", "12", "12 +", "12 + x", "12 + 0", "12 + -3", "1e2 + 3"])
def test_what_is_no_sum_of_parts_is_refused(text):
    with pytest.raises(ValueError, match="part"):
        sum_of_parts_mm(text)


@pytest.mark.parametrize(
    ("is_node", "method", "slice_mm", "least"),
    [
        pytest.param(False, "CT", "5", "10", id="slices of 5 mm"),
        pytest.param(False, "CT", "5.1", "10.2", id="thicker: twice the slice"),
        pytest.param(False, "CT", None, "10", id="slice not known"),
        pytest.param(False, "X-ray", None, "20", id="chest X-ray"),
        pytest.param(True, "CT", "8", "15", id="short axis of a node"),
    ],
)
def test_least_size_of_a_target(is_node, method, slice_mm, least):
    found = least_target_mm(
        is_node=is_node,
        method=method,
        slice_mm=slice_mm and Decimal(slice_mm),
        least_mm=Decimal(10),
        least_node_mm=Decimal(15),
    )
    assert found == Decimal(least)
