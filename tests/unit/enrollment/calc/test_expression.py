"""The language of calculated fields: worked by hand, and thrown at."""

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.calc.expression import ExpressionError, NoValue, parse_expression

KINDS = {"length": "number", "width": "number", "ascites": "text"}
VALUES = {"length": Decimal("4.0"), "width": 3, "ascites": "none"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", "7"),
        ("(1 + 2) * 3", "9"),
        ("8 / 4 / 2", "1"),
        ("2 - 3 - 4", "-5"),
        ("--2", "2"),
        ("length * width", "12"),
        ("round(0.5)", "1"),
        ("round(-0.5)", "-1"),
        ("round(2.345, 2)", "2.35"),
        ("min(3, width, 2.5)", "2.5"),
        ("max(length, 3)", "4"),
        ("abs(1 - 3)", "2"),
        ('if(ascites == "none", 1, 2)', "1"),
        ('if(ascites != "none" or width >= 3 and not length < 4, 1, 2)', "1"),
        pytest.param("if(width > 3, 1, 2)", "2", id="just not above"),
        pytest.param("if(width > 2.9, 1, 2)", "1", id="just above"),
        ("round(0.523 * length * width * width, 1)", "18.8"),
    ],
)
def test_expression_has_its_value(text, value):
    assert parse_expression(text, KINDS).value(VALUES) == Decimal(value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "ends too early"),
        ("1 +", "ends too early"),
        ("1 2", "“2” at character 3 does not fit here"),
        ("(1", "ends too early"),
        ("depth + 1", "“depth” at character 1 is no field to use here"),
        ("length; 1", "“;” at character 7 is not known"),
        ("__import__(1)", "“__import__” at character 1 is no function"),
        ("length.real", "“.” at character 7 is not known"),
        ("1 + ascites", "a number is needed where a text stands"),
        ("ascites", "the result is no number"),
        ("1 < 2", "the result is no number"),
        ("if(ascites < ascites, 1, 2)", "texts are not compared by <"),
        ("if(ascites == 1, 1, 2)", "a text is compared with a number"),
        ("if(1, 2, 3)", "a truth is needed where a number stands"),
        ('if(1 < 2, 1, "a")', "a number is needed where a text stands"),
        ("if(1 < 2, 1)", "a condition and two values"),
        ("min(1)", "min takes another number of values"),
        ("abs(1, 2)", "abs takes another number of values"),
        ("round(1, 2, 3)", "round takes"),
        ("round(1, width)", "from 0 to 6"),
        ("round(1, 7)", "from 0 to 6"),
        ("(" * 41 + "1" + ")" * 41, "nested more than 40 deep"),
        ("1" + " " * 500, "longer than 500"),
    ],
)
def test_bad_text_is_refused_with_the_reason(text, reason):
    with pytest.raises(ExpressionError) as refused:
        parse_expression(text, KINDS)
    assert reason in str(refused.value)


def test_forty_deep_is_read():
    assert parse_expression("(" * 40 + "1" + ")" * 40, {}).value({}) == 1


def test_names_are_known_once_each_in_order():
    assert parse_expression("width + length * width", KINDS).names == ("width", "length")


def test_missing_value_is_named():
    with pytest.raises(NoValue) as missing:
        parse_expression("length * width", KINDS).value({"length": 1, "width": None})
    assert missing.value.name == "width"


def test_branch_not_taken_may_lack_its_value():
    assert (
        parse_expression('if(ascites == "none", 0, width)', KINDS).value({"ascites": "none"}) == 0
    )


def test_division_by_zero_is_its_own_error():
    with pytest.raises(ExpressionError):
        parse_expression("1 / (width - 3)", KINDS).value(VALUES)


_words = st.sampled_from(
    ["length", "width", "ascites", "other", "if(", "min(", "round(", "not ", "and ", "or "]
    + list('()+-*/<>=!,." ')
    + ["==", '"none"', "0", "1", "9" * 12, "0.000001", "é", "\x00", "１", "__class__"]
)
_numbers = st.one_of(
    st.none(), st.integers(), st.decimals(allow_nan=True), st.text(max_size=3), st.just("")
)


@given(
    st.one_of(st.text(max_size=60), st.lists(_words, max_size=40).map("".join)),
    st.fixed_dictionaries({"length": _numbers, "width": _numbers, "ascites": _numbers}),
)
def test_nothing_but_its_own_error_is_raised(text, values):
    with suppress(ExpressionError):
        parse_expression(text, KINDS).value(values)


_good = st.recursive(
    st.sampled_from(["length", "width", "2", "0.5"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*"), inner).map(
            lambda it: f"({it[0]} {it[1]} {it[2]})"
        ),
        st.tuples(inner, inner).map(lambda it: f"min({it[0]}, {it[1]})"),
        st.tuples(inner, inner, inner).map(lambda it: f"if({it[0]} <= {it[1]}, {it[1]}, {it[2]})"),
    ),
    max_leaves=8,
)


@given(_good, st.integers(-99, 99), st.integers(-99, 99))
def test_well_formed_text_has_the_value_that_python_finds(text, length, width):
    """Python as judge, on what both languages write alike."""
    judge = {"length": Decimal(length), "width": Decimal(width), "choose": _choose, "min": min}
    asked = text.replace("if(", "choose(").replace("0.5", "half").replace("2", "two")
    known = judge | {"half": Decimal("0.5"), "two": Decimal(2)}
    wanted = eval(asked, {"__builtins__": {}}, known)
    assert parse_expression(text, KINDS).value({"length": length, "width": width}) == wanted


def _choose(condition, then, other):
    return then if condition else other
