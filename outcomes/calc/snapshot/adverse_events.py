"""Adverse events by the worst grade that each person had."""

import pandas as pd

from outcomes.calc.snapshot.summary import AdverseEvents, GradedTerm, Population

SEVERE = 3
"""Grade from which an event is severe (CTCAE, general guidance)."""
GRADES = (1, 2, 3, 4, 5)


def summarize_adverse_events(
    events: pd.DataFrame, *, population: Population, ctcae_version: str
) -> AdverseEvents:
    """`events` of the population: subject, term, grade, is_serious, is_related."""
    worst = events.groupby("subject")["grade"].max()
    return AdverseEvents(
        population=population,
        ctcae_version=ctcae_version,
        any_grade=len(worst),
        severe=int((worst >= SEVERE).sum()),
        serious=events.loc[events["is_serious"].astype(bool), "subject"].nunique(),
        related=events.loc[events["is_related"].astype(bool), "subject"].nunique(),
        terms=_terms(events),
    )


def _terms(events: pd.DataFrame) -> list[GradedTerm]:
    by_person = events.groupby(["term", "subject"]).agg(
        grade=("grade", "max"), related=("is_related", "max")
    )
    people = by_person.reset_index()
    counts = pd.crosstab(people["term"], people["grade"]).reindex(columns=GRADES, fill_value=0)
    related = people[people["related"].astype(bool)].groupby("term").size()
    rows = [
        GradedTerm(
            term=str(term),
            grades=[int(number) for number in numbers],
            any_grade=int(numbers.sum()),
            severe=int(numbers[SEVERE - 1 :].sum()),
            related=int(related.get(term, 0)),
        )
        for term, numbers in zip(counts.index, counts.to_numpy(), strict=True)
    ]
    return sorted(rows, key=lambda row: (-row["any_grade"], row["term"]))
