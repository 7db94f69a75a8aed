"""The comparison of the two readers of one snapshot: its table and its part."""

from collections.abc import Sequence

import pandas as pd

from outcomes.calc.snapshot import settings, tables
from outcomes.calc.snapshot.compose import Job, derive_from
from outcomes.calc.snapshot.csv import to_csv
from outcomes.calc.snapshot.derivation import Derived, usable_tumors
from outcomes.calc.snapshot.readings import compare_readings, readings_by_patient
from outcomes.calc.snapshot.readings_summary import Readings


def read_by_both(job: Job, derived: Sequence[Derived]) -> pd.DataFrame:
    """As `readings_by_patient`; `derived` is of the first reader."""
    reader = settings.first_reader(job.definition)
    named = [(reader, part) for part in derived]
    if not job.inputs.other_assessments.empty:
        other = usable_tumors(job.inputs.other_lesions, job.inputs.other_assessments)
        named += [(settings.other_reader(job.definition), part) for part in derive_from(job, other)]
    return readings_by_patient(named, confirmed=settings.needs_confirmation(job.definition))


def readings_part(job: Job, rows: pd.DataFrame) -> Readings:
    numbers = job.inputs.subjects.set_index("subject")["patient"]
    part = compare_readings(
        rows,
        numbers,
        settings.criteria_of(job.definition),
        confirmed=settings.needs_confirmation(job.definition),
    )
    if job.settled:
        seen = job.inputs.adjudications
        part["fingerprints"] = dict(
            zip(seen["subject"].map(numbers), seen["fingerprint"], strict=True)
        )
    return part


def tabulate_readings(job: Job, rows: pd.DataFrame) -> dict[str, tuple[str, int]]:
    """The CSV text and number of rows of the table `readings`."""
    people = job.inputs.subjects[["subject", "site", "patient"]]
    counted = rows["subject"].map(job.reader_of) == rows["reader"]
    standing = {subject: found.standing.value for subject, found in job.settled.items()}
    rows = rows.assign(
        counts=counted.map({True: "Y", False: "N"}),
        adjudication=rows["subject"].map(standing).fillna(""),
    )
    table = tables.patient_table(people.assign(trial=job.definition.trial.slug), rows)
    return {"readings": (to_csv(table), len(table))}
