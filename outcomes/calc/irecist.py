"""iRECIST for all patients at once: the visits that `recist.judge_visits` judged, followed in turn.

`outcomes.calc.immune` holds the rules and says how the paper is read.
"""

import pandas as pd

from outcomes.calc.immune import follow
from outcomes.calc.recist import judge_visits
from outcomes.calc.rules import DEFAULT_RULES, EndpointRules


def irecist_responses(
    lesions: pd.DataFrame, assessments: pd.DataFrame, *, rules: EndpointRules = DEFAULT_RULES
) -> pd.DataFrame:
    """One row per patient and visit in the order of time; tables as `timepoint_responses` takes.

    Returns:
        subject, visit, irecist (iCR, iPR, iSD, NON-iCR/NON-iUPD, iUPD, iCPD, NE).

    Raises:
        BadRows: rows that cannot be used.
    """
    visits = judge_visits(lesions, assessments, rules=rules, criteria="RECIST 1.1")
    answers: list[str] = []
    for _subject, rows in visits.groupby("subject", sort=False):
        answers.extend(found.answer for found in follow(rows.itertuples(), rules))
    return visits[["subject", "visit"]].assign(irecist=pd.Series(answers, dtype=object))
