"""Best overall response, unconfirmed and confirmed, for all patients at once.

Eisenhauer 2009, Eur J Cancer 45:228, table 3; the exact test is that of the admiralonco reference
program (`derive_param_bor`, `derive_param_confirmed_bor`, `derive_param_clinbenefit`, 1.4.0).
"""

from typing import Any

import numpy as np
import pandas as pd

from outcomes.calc.response_words import CONTROLLED, RESPONDERS
from outcomes.calc.rules import DEFAULT_RULES, EndpointRules
from outcomes.calc.sequence import (
    CR,
    NE,
    NON,
    PD,
    PR,
    RESPONSES,
    SD,
    Bools,
    Ints,
    Sequence,
    read_sequence,
    to_dates,
)


def best_responses(
    subjects: pd.DataFrame,
    responses: pd.DataFrame,
    *,
    rules: EndpointRules = DEFAULT_RULES,
    cut: Any = None,
) -> pd.DataFrame:
    """One row per patient who had started by the cut, in the order of `subjects`.

    `subjects`: subject, start_date, and optionally new_therapy_date. `responses`: subject, date,
    overall (CR, PR, SD, NON-CR/NON-PD or IR/SD, PD, NE); the worst of a day counts, NE last. Only
    assessments after the start, by the cut, and before a new therapy (unless ignored) count.

    Returns:
        subject; bor and cbor (unconfirmed and confirmed best response); rsp and crsp (responded);
        cb and ccb (clinical benefit); pd (progressed), all "Y" or "N"; lsta (last assessment's
        response, empty without one); each with its date in `*_date` and the label of its row of
        `responses` in `*_row` (-1 for none). `review` is CR-THEN-WORSE where PR or SD follows CR.
    """
    sequence = read_sequence(subjects, responses, rules=rules, cut=cut).before_new_therapy(rules)
    before_pd = sequence.up_to_progression()
    complete, partial = before_pd.response == CR, before_pd.response == PR
    sure_complete, sure_partial = confirmed_responses(before_pd, rules)
    responded = before_pd.first(complete | partial)
    surely_responded = before_pd.first(sure_complete | sure_partial)

    result = pd.DataFrame({"subject": sequence.subjects["subject"]})
    add_choice(result, "bor", before_pd, *_best(before_pd, complete, partial, rules))
    add_choice(result, "cbor", before_pd, *_best(before_pd, sure_complete, sure_partial, rules))
    for name, chosen in (
        ("rsp", responded),
        ("crsp", surely_responded),
        ("cb", clinical_benefit(before_pd, responded, rules)),
        ("ccb", clinical_benefit(before_pd, surely_responded, rules)),
        ("pd", before_pd.first(before_pd.response == PD)),
    ):
        add_choice(result, name, before_pd, chosen, np.where(chosen < 0, "N", "Y"))
    last = sequence.last(np.full(len(sequence.day), True))
    add_choice(result, "lsta", sequence, last, np.append(_names(sequence.response), "")[last])
    worse = before_pd.last(partial | (before_pd.response == SD))
    first_complete = before_pd.first(complete)
    questioned = (first_complete >= 0) & (worse > first_complete)
    result["review"] = np.where(questioned, "CR-THEN-WORSE", "")
    return result


def counted_assessments(
    subjects: pd.DataFrame, responses: pd.DataFrame, *, rules: EndpointRules, cut: Any = None
) -> Sequence:
    """The assessments that a best response may come from; tables as `best_responses` takes them."""
    records = read_sequence(subjects, responses, rules=rules, cut=cut)
    return records.before_new_therapy(rules).up_to_progression()


def is_responder(best: pd.Series) -> pd.Series:
    """Counts for the objective response rate; everybody in the population is its denominator."""
    return best.isin(RESPONDERS)


def has_disease_control(best: pd.Series) -> pd.Series:
    """Counts for the disease control rate; no assessment is a failure."""
    return best.isin(CONTROLLED)


def confirmed_responses(records: Sequence, rules: EndpointRules) -> tuple[Bools, Bools]:
    """Records that are a confirmed CR, and those that are a confirmed PR.

    A CR is confirmed by the first CR at least `confirmation_days` later, with nothing but CR and at
    most `max_ne_between` NE up to it; a PR by the first CR or PR, with nothing but CR, PR, those NE
    and at most `max_sd_between` SD up to it, and no PR after a CR. `records` end with progression.
    """
    is_cr, is_pr = records.response == CR, records.response == PR
    is_ne, is_sd = records.response == NE, records.response == SD
    here = np.arange(len(records.day))

    by_cr = _confirming(records, is_cr, rules)
    ne = _count(is_ne, here, by_cr)
    only_cr = _count(is_cr, here, by_cr) + ne == by_cr - here
    sure_cr = is_cr & (by_cr > here) & only_cr & (ne <= rules.max_ne_between)

    by_any = _confirming(records, is_cr | is_pr, rules)
    ne, sd = _count(is_ne, here, by_any), _count(is_sd, here, by_any)
    allowed = _count(is_cr | is_pr, here, by_any) + ne + sd == by_any - here
    allowed &= (ne <= rules.max_ne_between) & (sd <= rules.max_sd_between)
    next_cr = np.minimum(_next(is_cr), np.maximum(by_any, 0))
    relapsed = _count(is_pr, next_cr, by_any) > 0
    sure_pr = is_pr & (by_any > here) & allowed & ~relapsed
    return sure_cr, sure_pr


def _confirming(records: Sequence, confirms: Bools, rules: EndpointRules) -> Ints:
    """For each record the position of the first one of the mask late enough after it, or -1."""
    if not confirms.any():
        return np.full(len(records.day), -1, dtype=np.int64)
    wait = max(rules.confirmation_days, 1)
    span = int(np.ptp(records.day)) + wait + 1
    key = records.patient * span + records.day - records.day.min()
    positions = np.flatnonzero(confirms)
    place = np.searchsorted(key[positions], key + wait)
    found = positions[np.minimum(place, len(positions) - 1)]
    fits = (place < len(positions)) & (records.patient[found] == records.patient)
    return np.where(fits, found, -1)


def _next(mask: Bools) -> Ints:
    """For each record the position of the next one of the mask, or the number of records."""
    positions = np.append(np.flatnonzero(mask), len(mask))
    return positions[np.searchsorted(positions[:-1], np.arange(len(mask)), side="right")]


def _count(mask: Bools, after: Ints, through: Ints) -> Ints:
    """How many records of the mask lie after one position and up to another."""
    total = np.cumsum(mask.astype(np.int64))
    return total[through] - total[after]


def _names(codes: Ints) -> np.ndarray:
    return np.array(RESPONSES, dtype=object)[codes]


def _best(
    records: Sequence, complete: Bools, partial: Bools, rules: EndpointRules
) -> tuple[Ints, np.ndarray]:
    """Position and name of the best response: the first record of the best kind there is."""
    response = records.response
    late = records.days_since_start() >= rules.min_sd_days
    stable = (response == SD) | (response == CR) | (response == PR)
    position = np.full(len(records.subjects), -1, dtype=np.int64)
    name = np.full(len(records.subjects), rules.no_assessment, dtype=object)
    for code, mask in (
        (CR, complete),
        (PR, partial),
        (SD, stable & late),
        (NON, (response == NON) & late),
        (PD, response == PD),
        (NE, response != PD),
    ):
        found = np.where(position < 0, records.first(mask), -1)
        name[found >= 0] = RESPONSES[code]
        position = np.where(found >= 0, found, position)
    return position, name


def clinical_benefit(records: Sequence, responded: Ints, rules: EndpointRules) -> Ints:
    """Position of the first response or late enough stable record, whichever comes first."""
    controlled = np.isin(records.response, (CR, PR, SD, NON))
    late = records.days_since_start() >= rules.benefit_days
    held = records.first(controlled & late)
    both = np.minimum(held, responded)
    return np.where(both < 0, np.maximum(held, responded), both)


def add_choice(
    result: pd.DataFrame, name: str, records: Sequence, position: Ints, value: np.ndarray
) -> None:
    """Adds the columns `name`, `name_date` and `name_row` of the records at the positions."""
    result[name] = value
    result[f"{name}_date"] = to_dates(records.day_of(position))
    result[f"{name}_row"] = records.row_of(position)
