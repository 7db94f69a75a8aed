"""How long a patient may go unseen before a later event no longer counts.

FDA, Clinical Trial Endpoints for the Approval of Cancer Drugs and Biologics (2018), table A: an
event after two or more missed visits is censored at the last adequate assessment before them.
"""

import numpy as np

from outcomes.calc.rules import EndpointRules
from outcomes.calc.sequence import NEVER, Ints


def latest_day_without_gap(last_seen: Ints, rules: EndpointRules) -> Ints:
    """Last day on which an event counts, in days after the start, as `last_seen` is.

    By visits it is the day of the last of `gap_visits` scheduled visits, with as many windows:
    2 x (42 + 7) = 98 days after a visit of a 6-weekly schedule.
    """
    if rules.gap == "off":
        return np.full_like(last_seen, NEVER)
    if rules.gap == "days":
        return last_seen + rules.gap_days
    latest = last_seen
    for _ in range(rules.gap_visits):
        latest = latest + _interval_days(latest, rules)
    return latest + rules.gap_visits * rules.visit_window_days


def _interval_days(day: Ints, rules: EndpointRules) -> Ints:
    limits = [NEVER if until is None else until for until, _ in rules.visit_interval_days]
    intervals = np.array([interval for _, interval in rules.visit_interval_days])
    return intervals[np.searchsorted(limits, day, side="right")]
