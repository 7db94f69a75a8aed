"""Who is compared with whom, where that is no secret."""

import pandas as pd

from core.models import Trial
from enrollment.queries.arms import arms_for_all
from enrollment.queries.randomization import randomized_strata


def read_groups(trial: Trial) -> pd.DataFrame:
    """Columns: id, group (an arm's id), stratum (in which the patient was randomized).

    No row while the arms are a secret: what is not read can be shown to nobody.
    """
    arms, strata = arms_for_all(trial), randomized_strata(trial)
    table = pd.DataFrame(
        [(pk, group, strata.get(pk, "")) for pk, group in arms.items()],
        columns=["id", "group", "stratum"],
    )
    return table.astype({"id": "int64"})
