"""The best iRECIST response, and the progression that iPFS counts, for all patients at once.

Seymour 2017, Lancet Oncol 18:e143, table 3; dates and the order of the exact test as in the iRECIST
article of the admiralonco reference program, 1.4.0.

* Progression is the first iUPD of the run that ends in iCPD, at its own date. An iUPD with nothing
  but NE after it counts too, for nobody showed that it was none.
* Assessments after the first iCPD do not count.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from outcomes.calc.best_response import add_choice, clinical_benefit, confirmed_responses
from outcomes.calc.rules import DEFAULT_RULES, EndpointRules
from outcomes.calc.sequence import (
    CR,
    NE,
    NEVER,
    NON,
    PD,
    PR,
    SD,
    Bools,
    Ints,
    Sequence,
    read_sequence,
)

IRESPONSES = ("NE", "iCR", "iPR", "iSD", "NON-iCR/NON-iUPD", "iCPD", "iUPD")
"""In the order of `sequence.RESPONSES`, so that one code means the same in both criteria."""
IUPD = len(IRESPONSES) - 1

_BEST = ("iCR", "iPR", "iSD", "NON-iCR/NON-iUPD", "iCPD", "iUPD")


def best_of_sequence(answers: Iterable[str]) -> str:
    """The best of one patient's overall responses in order of time; empty ones do not count.

    Best of iCR, iPR and iSD up to and including the first iCPD, else iCPD, iUPD or NE.

    Raises:
        ValueError: an answer that iRECIST does not have.
    """
    seen: set[str] = set()
    for answer in answers:
        if answer and answer not in IRESPONSES:
            raise ValueError(f"{answer} is no iRECIST response; use {', '.join(IRESPONSES)}.")
        seen.add(answer)
        if answer == "iCPD":
            break
    return next((name for name in _BEST if name in seen), "NE")


def irecist_best_responses(
    subjects: pd.DataFrame,
    responses: pd.DataFrame,
    *,
    rules: EndpointRules = DEFAULT_RULES,
    cut: Any = None,
) -> pd.DataFrame:
    """One row per patient; tables as `best_responses` takes them, `overall` in iRECIST's words.

    Returns:
        The columns of `best_responses`, bor and cbor in iRECIST's words; `pd` is the progression
        that iPFS counts. Beside them icpd (one that was confirmed) and iupd (one left open at the
        end), "Y" or "N", with `*_date` and `*_row`.
    """
    sequence = _read(subjects, responses, rules, cut).before_new_therapy(rules)
    counted = _up_to_confirmed(sequence)
    confirmed, left_open = progressions(counted)
    complete, partial = counted.response == CR, counted.response == PR
    sure_complete, sure_partial = confirmed_responses(counted, rules)
    responded = counted.first(complete | partial)
    surely_responded = counted.first(sure_complete | sure_partial)

    result = pd.DataFrame({"subject": sequence.subjects["subject"]})
    for name, best in (
        ("bor", _best(counted, complete, partial, confirmed, rules)),
        ("cbor", _best(counted, sure_complete, sure_partial, confirmed, rules)),
    ):
        add_choice(result, name, counted, *best)
    for name, chosen in (
        ("rsp", responded),
        ("crsp", surely_responded),
        ("cb", clinical_benefit(counted, responded, rules)),
        ("ccb", clinical_benefit(counted, surely_responded, rules)),
        ("pd", np.maximum(confirmed, left_open)),
        ("icpd", confirmed),
        ("iupd", left_open),
    ):
        add_choice(result, name, counted, chosen, np.where(chosen < 0, "N", "Y"))
    last = sequence.last(np.full(len(sequence.day), True))
    words = np.array([*IRESPONSES, ""], dtype=object)
    add_choice(result, "lsta", sequence, last, words[np.append(sequence.response, -1)[last]])
    result["review"] = ""
    return result


def counted_assessments(
    subjects: pd.DataFrame, responses: pd.DataFrame, *, rules: EndpointRules, cut: Any = None
) -> Sequence:
    """The assessments that a best response may come from: up to the first iCPD."""
    return _up_to_confirmed(_read(subjects, responses, rules, cut).before_new_therapy(rules))


def as_recist(responses: pd.DataFrame) -> pd.DataFrame:
    """The same rows in RECIST's words, for `time_to_event`: PD where iPFS counts progression.

    An iUPD that something refuted is an assessment without response or progression.
    """
    order = responses.assign(_day=pd.to_datetime(responses["date"])).sort_values(
        ["subject", "_day"], kind="stable"
    )
    codes = pd.Index(IRESPONSES).get_indexer(pd.Index(order["overall"]))
    patient = pd.factorize(order["subject"])[0].astype(np.int64)
    names = np.array(["NE", "CR", "PR", "SD", "NON-CR/NON-PD", "PD", "NON-CR/NON-PD"], object)[
        codes
    ]
    names[_run_starts(patient, codes)[codes == PD]] = "PD"
    names[_open_at_end(patient, codes) & (codes == IUPD)] = "PD"
    return responses.assign(overall=pd.Series(names, index=order.index))


def progressions(sequence: Sequence) -> tuple[Ints, Ints]:
    """For each patient the position of the first iUPD of the run that the first iCPD confirms, and
    of the last run's first iUPD where nothing but NE follows it; -1 for none.
    """
    starts = _run_starts(sequence.patient, sequence.response)
    first = sequence.first(sequence.response == PD)
    confirmed = np.where(first < 0, -1, np.append(starts, -1)[first])
    is_open = _open_at_end(sequence.patient, sequence.response) & (sequence.response == IUPD)
    left_open = np.where(confirmed < 0, sequence.first(is_open), -1)
    return confirmed, left_open


def _up_to_confirmed(sequence: Sequence) -> Sequence:
    return sequence.take(np.arange(len(sequence.day)) <= _end(sequence)[sequence.patient])


def _end(sequence: Sequence) -> Ints:
    """Position of each patient's first iCPD; NEVER for none."""
    first = sequence.first(sequence.response == PD)
    return np.where(first < 0, NEVER, first)


def _run_starts(patient: Ints, codes: Ints) -> Ints:
    """For each record the first iUPD of the run that it belongs to, or itself.

    A run goes on over iUPD, iCPD and NE and begins with an iUPD.
    """
    here = np.arange(len(codes))
    is_first = np.append(True, patient[1:] != patient[:-1])[: len(codes)]
    belongs = (codes == IUPD) | (codes == PD) | (codes == NE)
    since = np.maximum.accumulate(np.where(is_first | ~belongs, here, 0))
    opens = np.append(np.flatnonzero(codes == IUPD), NEVER)
    first = opens[np.searchsorted(opens, since)]
    return np.where(first <= here, first, here)


def _open_at_end(patient: Ints, codes: Ints) -> Bools:
    """Records that only iUPD or NE follow, themselves included."""
    quiet = (codes == IUPD) | (codes == NE)
    loud = np.flatnonzero(~quiet)
    last_loud = np.full(patient.max() + 1 if len(patient) else 0, -1)
    last_loud[patient[loud]] = loud
    return np.arange(len(codes)) > last_loud[patient]


def _read(
    subjects: pd.DataFrame, responses: pd.DataFrame, rules: EndpointRules, cut: Any
) -> Sequence:
    return read_sequence(subjects, responses, rules=rules, cut=cut, names=IRESPONSES)


def _best(
    records: Sequence, complete: Bools, partial: Bools, confirmed: Ints, rules: EndpointRules
) -> tuple[Ints, np.ndarray]:
    response = records.response
    late = records.days_since_start() >= rules.min_sd_days
    stable = (response == SD) | (response == CR) | (response == PR)
    position = np.full(len(records.subjects), -1, dtype=np.int64)
    name = np.full(len(records.subjects), rules.no_assessment, dtype=object)
    for code, found in (
        (CR, records.first(complete)),
        (PR, records.first(partial)),
        (SD, records.first(stable & late)),
        (NON, records.first((response == NON) & late)),
        (PD, confirmed),
        (IUPD, records.first(response == IUPD)),
        (NE, records.first(response != PD)),
    ):
        is_new = (position < 0) & (found >= 0)
        name[is_new] = IRESPONSES[code]
        position = np.where(is_new, found, position)
    return position, name
