from datetime import date

import pytest

from core.calc.partial_date import PartialDate
from outcomes.calc.emergence import Event, TreatmentPeriod, is_treatment_emergent

FIRST, LAST = date(2026, 3, 10), date(2026, 4, 10)


def period(*, has_ended=True, last=LAST):
    return TreatmentPeriod.of(FIRST, last, has_ended=has_ended, follow_up_days=30)


def event(start, end="", grade=2, term="Nausea"):
    dates = (PartialDate.parse(text) if text else None for text in (start, end))
    return Event(term, grade, *dates)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        pytest.param("2026-03-09", "", False, id="day before the first dose"),
        pytest.param("2026-03-10", "", True, id="day of the first dose"),
        pytest.param("2026-05-10", "", True, id="last day of the follow-up"),
        pytest.param("2026-05-11", "", False, id="day after it"),
        pytest.param("2026-03", "", True, id="month of the first dose"),
        pytest.param("2026-02", "", False, id="month before"),
        pytest.param("2026", "", True, id="year"),
        pytest.param("2026-05", "", True, id="month in which it ends"),
        pytest.param("2026-06", "", False, id="month after"),
        pytest.param("", "", True, id="onset unknown"),
        pytest.param("", "2026-03-09", False, id="over before the first dose"),
        pytest.param("", "2026-03-10", True, id="over on its day"),
    ],
)
def test_emergent_unless_the_dates_say_it_cannot_be(start, end, expected):
    assert is_treatment_emergent(event(start, end), period=period()) is expected


def test_follow_up_is_open_while_treatment_runs():
    late = event("2027-01-01")
    assert is_treatment_emergent(late, period=period(has_ended=False))
    assert is_treatment_emergent(late, period=period(last=None))


def test_nobody_without_a_dose_has_emergent_events():
    assert not is_treatment_emergent(event("2026-04-01"), period=None)


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        pytest.param(event("2026-02-01", grade=2), False, id="runs on at the same grade"),
        pytest.param(event("2026-02-01", grade=1), True, id="grew worse"),
        pytest.param(event("2026-02-01", grade=3), False, id="got better"),
        pytest.param(event("2026-02-01", "2026-03-31", grade=2), True, id="was over before"),
        pytest.param(event("2026-02-01", "2026-04-01", grade=2), False, id="over on that day"),
        pytest.param(event("2026-03-15", grade=2), True, id="began under treatment as well"),
        pytest.param(event("2026-03", grade=2), True, id="may have begun under treatment"),
        pytest.param(event("2026-02-01", grade=2, term="Fatigue"), True, id="another term"),
    ],
)
def test_what_was_there_before_counts_when_it_grows_worse(before, expected):
    now = event("2026-04-01")
    assert is_treatment_emergent(now, period=period(), others=(before,)) is expected
