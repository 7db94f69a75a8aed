from datetime import date

import pytest

from core.calc.partial_date import PartialDate
from enrollment.calc.age import age_on


@pytest.mark.parametrize(
    ("born_on", "day", "age"),
    [
        pytest.param("1960-05-20", date(2026, 5, 19), 65, id="the day before a birthday"),
        pytest.param("1960-05-20", date(2026, 5, 20), 66, id="a birthday"),
        pytest.param("1960-05", date(2026, 5, 14), 65, id="an unknown day is the 15th, before"),
        pytest.param("1960-05", date(2026, 5, 15), 66, id="an unknown day is the 15th"),
        pytest.param("1960", date(2026, 6, 30), 65, id="an unknown month is July, before"),
        pytest.param("1960", date(2026, 7, 1), 66, id="an unknown month is July"),
        pytest.param("1960-02-29", date(2025, 2, 28), 64, id="born on a leap day, before"),
        pytest.param("1960-02-29", date(2025, 3, 1), 65, id="born on a leap day"),
    ],
)
def test_age_in_full_years(born_on, day, age):
    assert age_on(PartialDate(born_on), day) == age
