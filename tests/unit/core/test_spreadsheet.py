from decimal import Decimal

import pytest

from core.calc.spreadsheet import inert


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", "\r=1", "＝1", "＠a"]
)
def test_formula_gets_a_quote(text):
    assert inert(text) == "'" + text


@pytest.mark.parametrize("cell", ["", "a=1", "'=1", -3, Decimal("-0.5"), None])
def test_anything_else_stays(cell):
    assert inert(cell) == cell
