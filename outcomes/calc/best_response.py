"""Best overall response, unconfirmed and confirmed, for all patients at once.

Eisenhauer 2009, Eur J Cancer 45:228, table 3; the exact test is that of the admiralonco reference
program (`derive_param_bor`, `derive_param_confirmed_bor`, `derive_param_clinbenefit`, 1.4.0).
"""

import numpy as np
import pandas as pd

from outcomes.calc.rules import DEFAULT_RULES, EndpointRules
from outcomes.calc.sequence import Sequence, read_sequence

RESPONDERS = ("CR", "PR")
CONTROLLED = ("CR", "PR", "SD", "NON-CR/NON-PD")


def best_responses(
    subjects: pd.DataFrame,
    responses: pd.DataFrame,
    *,
    rules: EndpointRules = DEFAULT_RULES,
    cut: pd.Timestamp | None = None,
) -> pd.DataFrame:
    """One row per patient, in the order of `subjects`, started by the cut.

    `subjects`: subject, start_date, and optionally new_therapy_date. `responses`: subject, date,
    overall (CR, PR, SD, NON-CR/NON-PD or IR/SD, PD, NE); the worst of a day counts, NE last.
    Only assessments after the start, by the cut, and (unless `new_therapy` is "ignore") before a
    new therapy count.

    Returns:
        subject; bor, cbor (unconfirmed, confirmed); rsp, crsp (any response); cb, ccb (clinical
        benefit); pd (first progression); lsta (last assessment); each with its date in `*_date` and
        the index of its row in `responses` in `*_row` (-1 for none). Flags are "Y" or "N", `lsta`
        is a response. `review` is CR-THEN-WORSE where PR or SD follows CR.
    """
    sequence = read_sequence(subjects, responses, rules=rules, cut=cut)
    up_to_pd = sequence.up_to_progression()
    confirmed = _confirmed(up_to_pd, rules)
    result = pd.DataFrame({"subject": sequence.subjects["subject"]})
    _add_best(result, "bor", sequence, up_to_pd, up_to_pd.responded, rules)
    _add_best(result, "cbor", sequence, up_to_pd, confirmed, rules)
