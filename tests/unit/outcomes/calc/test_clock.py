from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomes.calc.clock import Clock, Pace

LEARNED = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
DAY = timedelta(hours=24)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("passed", "pace"),
    [
        pytest.param(timedelta(0), Pace.RUNNING, id="just learned"),
        pytest.param(timedelta(hours=20) - SECOND, Pace.RUNNING, id="19:59:59"),
        pytest.param(timedelta(hours=20), Pace.NEARLY_OVER, id="20:00:00"),
        pytest.param(DAY - SECOND, Pace.NEARLY_OVER, id="23:59:59"),
        pytest.param(DAY, Pace.OVER, id="24:00:00"),
        pytest.param(DAY * 9, Pace.OVER, id="nine days"),
    ],
)
def test_pace_after(passed, pace):
    clock = Clock(LEARNED)

    assert clock.pace(LEARNED + passed) is pace
    assert clock.is_late(LEARNED + passed) is (pace is Pace.OVER)


@pytest.mark.parametrize(
    ("zone", "learned", "due"),
    [
        pytest.param("Asia/Shanghai", (2026, 11, 20, 23), "2026-11-21T23:00+08:00", id="no change"),
        pytest.param(
            "Europe/Berlin", (2026, 3, 28, 14), "2026-03-29T15:00+02:00", id="a day of 23 hours"
        ),
        pytest.param(
            "Europe/Berlin", (2026, 10, 24, 14), "2026-10-25T13:00+01:00", id="a day of 25 hours"
        ),
    ],
)
def test_due_at_counts_real_hours(zone, learned, due):
    clock = Clock(datetime(*learned, tzinfo=ZoneInfo(zone)))

    assert clock.due_at == datetime.fromisoformat(due)


@given(
    st.datetimes(
        min_value=datetime(2000, 1, 1),
        max_value=datetime(2100, 1, 1),
        timezones=st.sampled_from([ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")]),
    )
)
def test_due_at_is_always_86400_seconds_later(learned):
    assert Clock(learned).due_at - learned.astimezone(UTC) == timedelta(seconds=86_400)
