from datetime import date

import pytest

from outcomes.calc.normal_limits import NormalRange, full_years, range_for

DAY = date(2026, 6, 15)
BORN = (date(1960, 6, 15), date(1960, 6, 15))


def limits(high, valid_from=date(2026, 1, 1), **group):
    return NormalRange("alt_u_l", valid_from, None, high, **group)


def high(*ranges, sex="F", born=BORN, day=DAY):
    found = range_for(ranges, sex=sex, born=born, day=day)
    return found and found.high


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        pytest.param(date(2025, 12, 31), None, id="day before the first"),
        pytest.param(date(2026, 1, 1), 40, id="first day"),
        pytest.param(date(2026, 5, 31), 40, id="last day"),
        pytest.param(date(2026, 6, 1), 50, id="day of the newer ones"),
    ],
)
def test_newest_limits_on_the_day_hold(day, expected):
    assert high(limits(50, date(2026, 6, 1)), limits(40), day=day) == expected


def test_newer_limits_replace_every_group_of_the_test():
    """A newer row for women says nothing of men: the older one for all is over."""
    assert high(limits(40), limits(35, date(2026, 6, 1), sex="F"), sex="M") is None


def test_sex_decides():
    rows = limits(35, sex="F"), limits(45, sex="M")
    assert (high(*rows, sex="F"), high(*rows, sex="M")) == (35, 45)


@pytest.mark.parametrize(
    ("day", "expected"),
    [(date(2026, 6, 14), 40), (date(2026, 6, 15), 60)],
    ids=["eve of the birthday", "birthday"],
)
def test_age_counts_full_years(day, expected):
    rows = limits(40, to_age=65), limits(60, from_age=66)
    assert high(*rows, day=day) == expected


def test_year_of_birth_that_fits_two_groups_chooses_none():
    born = (date(1960, 1, 1), date(1960, 12, 31))
    assert high(limits(40, to_age=65), limits(60, from_age=66), born=born) is None
    assert high(limits(40, to_age=70), limits(60, from_age=71), born=born) == 40


def test_born_on_february_29_is_older_on_march_1():
    born = date(2000, 2, 29)
    assert full_years(born, date(2026, 2, 28)) == 25
    assert full_years(born, date(2026, 3, 1)) == 26


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ({}, {}, True),
        ({"sex": "F"}, {"sex": "M"}, False),
        ({"sex": "F"}, {}, True),
        ({"to_age": 17}, {"from_age": 18}, False),
        ({"to_age": 18}, {"from_age": 18}, True),
        ({}, {"valid_from": date(2026, 2, 1)}, False),
    ],
)
def test_overlap(one, other, expected):
    assert limits(1, **one).overlaps(limits(1, **other)) is expected
    assert limits(1, **other).overlaps(limits(1, **one)) is expected
