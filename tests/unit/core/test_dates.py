from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calc.dates import parse_date
from core.calc.partial_date import PartialDate

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    "text",
    ["2026-11-21", "21-11-2026", "21nov26", "21NOV2026", "2026/11/21", "21.11.2026", "t", "T",
     " 2026-11-21 ", "２０２６－１１－２１", "2026年11月21日"],
)  # fmt: skip
def test_parse_date_reads_every_spelling(text):
    assert parse_date(text, today=TODAY) == TODAY


def test_parse_date_y_is_yesterday():
    assert parse_date("y", today=TODAY) == date(2026, 11, 20)


@pytest.mark.parametrize(
    "text", ["", "2026-02-30", "31feb26", "tomorrow", "2026", "11/21/2026", "1e5", "2026-13-01"]
)
def test_parse_date_refuses_what_is_no_day(text):
    with pytest.raises(ValueError):
        parse_date(text, today=TODAY)


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 12, 31)))
def test_parse_date_reads_back_what_it_shows(day):
    assert parse_date(day.isoformat(), today=TODAY) == day
    assert parse_date(day.strftime("%d-%m-%Y"), today=TODAY) == day


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2023-12", date(2023, 12, 1), date(2023, 12, 31)),
        ("2024-02-29", date(2024, 2, 29), date(2024, 2, 29)),
    ],
)
def test_partial_date_spans_what_it_can_mean(text, first, last):
    partial = PartialDate.parse(text)
    assert (partial.first_day, partial.last_day) == (first, last)
    assert str(partial) == text


@pytest.mark.parametrize("text", ["24", "2024-2", "2023-02-29", "1899", "2101", "2024-13", "x"])
def test_partial_date_refuses_what_is_none(text):
    with pytest.raises(ValueError):
        PartialDate.parse(text)
