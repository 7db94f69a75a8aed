"""Times to an event, each with what ended it, for all patients at once.

FDA, Clinical Trial Endpoints for the Approval of Cancer Drugs and Biologics (2018), section III and
table A; EMA, appendix 1 to the guideline on the evaluation of anticancer medicinal products in man
(2012). What they leave open is a setting of `EndpointRules`.

| param     | from           | event                                        | whose      |
|-----------|----------------|----------------------------------------------|------------|
| OS        | start          | DEATH                                        | all        |
| PFS       | start          | PD, CLINICAL_PROGRESSION, NEW_THERAPY, DEATH | all        |
| TTP       | start          | PD, CLINICAL_PROGRESSION                     | all        |
| DOR, CDOR | first response | as PFS                                       | responders |
| TTR, CTTR | start          | RESPONSE                                     | responders |
| FU        | start          | ALIVE: follow-up, by reverse Kaplan-Meier    | all        |

CDOR begins and CTTR ends with the first response that was confirmed later, at its own date.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from outcomes.calc.best_response import confirmed_responses
from outcomes.calc.follow_up import FollowUp, read_follow_up
from outcomes.calc.gaps import latest_day_without_gap
from outcomes.calc.rules import DEFAULT_RULES, EndpointRules
from outcomes.calc.sequence import CR, NEVER, PD, PR, Bools, Ints, Sequence, read_sequence, to_dates

PARAMS = ("OS", "PFS", "TTP", "DOR", "CDOR", "TTR", "CTTR", "FU")


def time_to_event(
    subjects: pd.DataFrame,
    responses: pd.DataFrame,
    *,
    rules: EndpointRules = DEFAULT_RULES,
    cut: Any = None,
    params: tuple[str, ...] = PARAMS,
) -> pd.DataFrame:
    """One row per patient who had started by the cut and each of `params` that applies, in order.

    `subjects`: subject, start_date, and optionally death_date (may be partial), last_alive_date,
    new_therapy_date, clinical_progression_date, baseline_adequate (true or false). `responses` as
    for `best_responses`, with the column adequate where the rules ask for all lesions. What is
    dated after the cut is not known yet.

    Returns:
        subject, param, start_date, event_date (or date of censoring), days, event (1 or 0),
        description (an event of the table above; ALIVE, LAST_ASSESSMENT or START where censored),
        detail (why so: NO_BASELINE, GAP, NEW_THERAPY, DEATH, NO_ASSESSMENT, or empty), source
        (response, death, clinical_progression, new_therapy, alive, cut, start: where the date is
        from), source_date, and source_row (label of that row of `responses`, -1 where the source
        is another).
    """
    records = read_sequence(subjects, responses, rules=rules, cut=cut)
    known = read_follow_up(records, rules, cut)
    counted = records.before_new_therapy(rules)
    before_pd = counted.up_to_progression()
    responded = (before_pd.response == CR) | (before_pd.response == PR)
    sure_complete, sure_partial = confirmed_responses(before_pd, rules)
    first = before_pd.first(responded)
    surely_first = before_pd.first(sure_complete | sure_partial)

    survival = _survival(known)
    endings = {
        "OS": survival,
        "PFS": _progression(known, counted, rules),
        "TTP": _progression(known, counted, rules, death_counts=False),
        "DOR": _response_duration(known, counted, before_pd, first, rules),
        "CDOR": _response_duration(known, counted, before_pd, surely_first, rules),
        "TTR": _time_to_response(known, before_pd, first),
        "CTTR": _time_to_response(known, before_pd, surely_first),
        "FU": replace(survival, is_event=~survival.is_event),
    }
    names = records.subjects["subject"]
    long = pd.concat([_frame(names, param, endings[param], rules) for param in params])
    return long.sort_index(kind="stable").reset_index(drop=True)


@dataclass(frozen=True)
class _Ending:
    """What ends one kind of time, for each patient; `applies` says whose time it is."""

    applies: Bools
    start: Ints
    end: Ints
    is_event: Bools
    description: np.ndarray
    detail: np.ndarray
    source: np.ndarray
    row: Ints


def _survival(known: FollowUp) -> _Ending:
    died = known.death < NEVER
    return _Ending(
        applies=np.full(len(died), True),
        start=known.start,
        end=np.where(died, known.death, known.alive),
        is_event=died,
        description=np.where(died, "DEATH", "ALIVE"),
        detail=np.full(len(died), ""),
        source=np.where(died, "death", known.alive_source),
        row=np.where(died, -1, known.alive_row),
    )


def _progression(
    known: FollowUp, counted: Sequence, rules: EndpointRules, *, death_counts: bool = True
) -> _Ending:
    """PFS, and TTP without deaths. On one day the first of the events below is named."""
    progressed = counted.first(counted.response == PD)
    events = {
        "PD": counted.day_of(progressed),
        "CLINICAL_PROGRESSION": _clinical_progression(known, rules),
        "NEW_THERAPY": _never_unless(
            death_counts and rules.new_therapy == "event", known.new_therapy
        ),
        "DEATH": _never_unless(death_counts, _death(known, counted, rules)),
    }
    days = np.stack(list(events.values()))
    event_day, which = days.min(axis=0), days.argmin(axis=0)
    usable = known.has_baseline | (not rules.require_baseline)
    seen = counted.last(counted.is_adequate & (counted.day < event_day[counted.patient]))
    seen = np.where(usable, seen, -1)
    censored_at = np.where(seen < 0, known.start, counted.day_of(seen))
    limit = latest_day_without_gap(censored_at - known.start, rules)
    happened = event_day < NEVER
    in_time = event_day - known.start <= limit
    is_event = happened & in_time & usable
    switched = (known.new_therapy < NEVER) & (rules.new_therapy == "censor")
    detail = np.select(
        [
            is_event,
            ~usable,
            happened & ~in_time,
            switched,
            (known.death < NEVER) & (not death_counts),
            seen < 0,
        ],
        ["", "NO_BASELINE", "GAP", "NEW_THERAPY", "DEATH", "NO_ASSESSMENT"],
        default="",
    )
    names = np.array(list(events), dtype=object)[which]
    sources = np.array(["response", "clinical_progression", "new_therapy", "death"], dtype=object)
    by_pd = is_event & (which == 0)
    return _Ending(
        applies=np.full(len(is_event), True),
        start=known.start,
        end=np.where(is_event, event_day, censored_at),
        is_event=is_event,
        description=np.where(is_event, names, np.where(seen < 0, "START", "LAST_ASSESSMENT")),
        detail=detail,
        source=np.where(is_event, sources[which], np.where(seen < 0, "start", "response")),
        row=np.where(
            by_pd, counted.row_of(progressed), np.where(is_event, -1, counted.row_of(seen))
        ),
    )


def _never_unless(counts: bool, days: Ints) -> Ints:
    return days if counts else np.full_like(days, NEVER)


def _clinical_progression(known: FollowUp, rules: EndpointRules) -> Ints:
    day = _never_unless(rules.clinical_progression_counts, known.clinical_progression)
    if rules.new_therapy == "ignore":
        return day
    return np.where(day <= known.new_therapy, day, NEVER)


def _death(known: FollowUp, counted: Sequence, rules: EndpointRules) -> Ints:
    """Days of the deaths that count for progression-free survival."""
    death = known.death
    if rules.new_therapy == "censor" and not rules.death_after_new_therapy_counts:
        death = np.where(death <= known.new_therapy, death, NEVER)
    if rules.death_without_assessment_days is not None:
        never_seen = counted.first(counted.is_adequate) < 0
        late = death - known.start > rules.death_without_assessment_days
        death = np.where(never_seen & late, NEVER, death)
    return death


def _response_duration(
    known: FollowUp, counted: Sequence, before_pd: Sequence, first: Ints, rules: EndpointRules
) -> _Ending:
    """From the first response on, as PFS; an earlier clinical progression is left out."""
    begin = before_pd.day_of(first)
    clinical = np.where(known.clinical_progression < begin, NEVER, known.clinical_progression)
    ending = _progression(replace(known, clinical_progression=clinical), counted, rules)
    early = ~ending.is_event & (ending.end < begin)
    return replace(
        ending,
        applies=first >= 0,
        start=begin,
        end=np.maximum(ending.end, begin),
        description=np.where(early, "LAST_ASSESSMENT", ending.description),
        source=np.where(early, "response", ending.source),
        row=np.where(early, before_pd.row_of(first), ending.row),
    )


def _time_to_response(known: FollowUp, before_pd: Sequence, first: Ints) -> _Ending:
    count = len(first)
    return _Ending(
        applies=first >= 0,
        start=known.start,
        end=before_pd.day_of(first),
        is_event=np.full(count, True),
        description=np.full(count, "RESPONSE"),
        detail=np.full(count, ""),
        source=np.full(count, "response"),
        row=before_pd.row_of(first),
    )


def _frame(subjects: pd.Series, param: str, ending: _Ending, rules: EndpointRules) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "subject": subjects,
            "param": param,
            "start_date": to_dates(ending.start),
            "event_date": to_dates(ending.end),
            "days": ending.end - ending.start + int(rules.count_first_day),
            "event": ending.is_event.astype("int64"),
            "description": ending.description,
            "detail": ending.detail,
            "source": ending.source,
            "source_date": to_dates(ending.end),
            "source_row": ending.row,
        }
    )
    return frame[ending.applies]
