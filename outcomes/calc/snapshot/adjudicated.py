"""The reading of each patient that counts, put in the place of one reader's for all."""

from dataclasses import replace

import pandas as pd

from outcomes.calc.adjudication import Accepted, Settled, differ, settle
from outcomes.calc.snapshot.compose import Job
from outcomes.calc.snapshot.readings import outcomes_by_subject


def adjudicated(job: Job, rows: pd.DataFrame) -> Job:
    """The job with the scans of whichever reader counts, and none where that is open.

    `rows` of `readings_by_patient`. Whether a patient was scanned at baseline and later, which
    populations ask for, is a fact that stands while the reading is open: either reader's word.
    """
    settled = settle_all(job, rows)
    inputs = job.inputs
    theirs = [subject for subject, found in settled.items() if found.reader == "investigator"]
    is_open = [subject for subject, found in settled.items() if found.reader is None]
    subjects = inputs.subjects.copy()
    is_theirs, is_nobodys = subjects["subject"].isin(theirs), subjects["subject"].isin(is_open)
    for name in ("baseline_adequate", "has_follow_up_scan"):
        mine, other = subjects[name], subjects[f"other_{name}"]
        subjects[name] = mine.mask(is_theirs, other).mask(is_nobodys, mine | other)
    apart = [*theirs, *is_open]
    return replace(
        job,
        inputs=replace(
            inputs,
            subjects=subjects,
            lesions=_chosen(inputs.lesions, apart, inputs.other_lesions, theirs),
            assessments=_chosen(inputs.assessments, apart, inputs.other_assessments, theirs),
        ),
        settled=settled,
    )


def settle_all(job: Job, rows: pd.DataFrame) -> dict[int, Settled]:
    """Every enrolled subject; who has no scan after baseline by either reader agrees."""
    mine, theirs = (outcomes_by_subject(rows, reader) for reader in ("investigator", "central"))
    adjudications = job.inputs.adjudications
    decided = adjudications[adjudications["accepted"] != ""]
    accepted = {
        subject: Accepted(reader, holds)
        for subject, reader, holds in zip(
            *(decided[name] for name in ("subject", "accepted", "holds")), strict=True
        )
    }
    by_one = set(adjudications.loc[~adjudications["is_read_by_both"].astype(bool), "subject"])
    return {
        subject: settle(
            differs=differ(mine.get(subject, {}), theirs.get(subject, {})),
            is_read_by_both=subject not in by_one,
            accepted=accepted.get(subject),
        )
        for subject in job.inputs.subjects["subject"].tolist()
    }


def _chosen(
    table: pd.DataFrame, without: list[int], other: pd.DataFrame, added: list[int]
) -> pd.DataFrame:
    """By subject; within one in the order that the rows had."""
    parts = [table[~table["subject"].isin(without)], other[other["subject"].isin(added)]]
    kept = pd.concat([part for part in parts if len(part)] or [table.iloc[:0]])
    return kept.sort_values("subject", kind="stable", ignore_index=True)
