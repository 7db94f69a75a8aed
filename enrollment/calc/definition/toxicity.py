"""Dose-limiting toxicity (DLT) of a Phase I trial: what counts, how long, and in which cohorts."""

from typing import Annotated, Literal

from pydantic import Field, NonNegativeInt, PositiveInt

from .base import NonEmpty, Slug, Table, Text

Grade = Annotated[int, Field(ge=1, le=5)]


class TermGrade(Table):
    """A row of [[dose_limiting_toxicity.terms]]: a CTCAE term with a least grade of its own."""

    term: NonEmpty
    least_grade: Grade


class Cohort(Table):
    """A row of [[dose_limiting_toxicity.cohorts]], in the order in which they are filled."""

    id: Slug
    name: Text
    size: PositiveInt
    allowed: NonNegativeInt | None = None
    """Most patients with a DLT with whom the trial goes on; None: this cohort has no rule."""
    expanded_size: PositiveInt | None = None
    """Where more are seen: the cohort grows to this size before anything is decided."""
    expanded_allowed: NonNegativeInt | None = None
    """Most patients with a DLT of the cohort that grew."""

    @property
    def most_allowed(self) -> int | None:
        """More than these end the cohort, whatever its size."""
        return self.allowed if self.expanded_allowed is None else self.expanded_allowed


class DoseLimitingToxicity(Table):
    """The table [dose_limiting_toxicity]. A trial without it has no board."""

    source: Literal["protocol", "assumed"]
    window_days: PositiveInt
    """The day of the first dose is day 1; this is the last day that counts."""
    least_grade: Grade
    related_to: Literal["capsules", "capsules_or_background", "any"]
    """`any`: whatever the event is related to."""
    excepted_terms: tuple[NonEmpty, ...] = ()
    """CTCAE terms that are never proposed."""
    terms: tuple[TermGrade, ...] = ()
    least_doses_percent: Annotated[float, Field(ge=0, le=100)]
    """Of the capsules planned in the window, for a patient without a DLT to be evaluable."""
    replaces_not_evaluable: bool = False
    """Whether the next patient takes the place of one who is not evaluable."""
    cohorts: tuple[Cohort, ...] = Field(min_length=1)

    def least_grade_of(self, term: str) -> int | None:
        """None for a term that is never proposed."""
        if term in self.excepted_terms:
            return None
        own = (each.least_grade for each in self.terms if each.term == term)
        return next(own, self.least_grade)
