from datetime import date
from decimal import Decimal

import pytest

from outcomes.calc.limits_file import HEADER, LimitsRefused, read_limits
from outcomes.calc.normal_limits import NormalRange

UNITS = {"alt_u_l": "U/L", "platelets_10e9_l": "10⁹/L", "inr": "", "creatinine_umol_l": "µmol/L"}
FIRST = ",".join(HEADER) + "\n"


def read(*lines):
    return read_limits((FIRST + "\n".join(lines)).encode(), UNITS)


def refused(*lines):
    with pytest.raises(LimitsRefused) as caught:
        read(*lines)
    return caught.value.problems


def test_row_is_read_with_its_defaults():
    assert read("alt_u_l,U/L,,,,2026-01-01,,40.5") == [
        NormalRange("alt_u_l", date(2026, 1, 1), None, Decimal("40.5"))
    ]
    [found] = read("inr,,F,18,64,2026-01-01,0.8,1.2")
    assert (found.sex, found.from_age, found.to_age) == ("F", 18, 64)


@pytest.mark.parametrize(
    "row",
    [
        "platelets_10e9_l,10^9/L,,,,2026-01-01,125,350",
        "platelets_10e9_l,10⁹/l,,,,2026-01-01,125,350",
        "creatinine_umol_l,umol/L,,,,2026-01-01,,100",
    ],
)
def test_a_unit_may_be_written_plainly(row):
    assert len(read(row)) == 1


@pytest.mark.parametrize(
    ("row", "word"),
    [
        ("alt,U/L,,,,2026-01-01,,40", "no test"),
        ("alt_u_l,ukat/L,,,,2026-01-01,,40", "in U/L"),
        ("inr,U/L,,,,2026-01-01,,1.2", "no unit"),
        ("alt_u_l,U/L,W,,,2026-01-01,,40", "F, M or empty"),
        ("alt_u_l,U/L,,,,01.01.2026,,40", "2026-11-21"),
        ("alt_u_l,U/L,,,,,,40", "2026-11-21"),
        ("alt_u_l,U/L,,-1,,2026-01-01,,40", "whole number"),
        ("alt_u_l,U/L,,0,151,2026-01-01,,40", "up to 150"),
        ("alt_u_l,U/L,,65,18,2026-01-01,,40", "highest age"),
        ("alt_u_l,U/L,,,,2026-01-01,,", "or both"),
        ("alt_u_l,U/L,,,,2026-01-01,40,40", "above the lower"),
        ("alt_u_l,U/L,,,,2026-01-01,,abc", "number of at least 0"),
        ("alt_u_l,U/L,,,,2026-01-01,,NaN", "number of at least 0"),
        ("alt_u_l,U/L,,,,2026-01-01,-1,40", "number of at least 0"),
        ("alt_u_l,U/L,,,,2026-01-01,,0.00001", "decimal places"),
        ("alt_u_l,U/L,,,,2026-01-01,40", "8 cells, not 7"),
    ],
)
def test_bad_row_is_refused_with_its_line(row, word):
    [(line, reason)] = refused("alt_u_l,U/L,,,,2025-01-01,,40", row)
    assert line == 3
    assert word in reason


def test_every_bad_row_is_named_and_none_is_read():
    assert [line for line, _reason in refused("x,,,,,2026-01-01,,1", "y,,,,,2026-01-01,,1")] == [
        2,
        3,
    ]


def test_two_rows_for_one_group_and_day_are_refused():
    row = "alt_u_l,U/L,{},,,2026-01-01,,40"
    assert refused(row.format("F"), row.format("")) == [
        (3, "The same test, group and day stand in line 2.")
    ]
    assert len(read(row.format("F"), row.format("M"))) == 2


@pytest.mark.parametrize(
    "content", [b"", b"test,low\n", FIRST.encode(), b"\xff\xfe", (FIRST + '"alt').encode()]
)
def test_file_of_another_shape_is_refused(content):
    with pytest.raises(LimitsRefused):
        read_limits(content, UNITS)
