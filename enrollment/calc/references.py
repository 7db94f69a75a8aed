"""Published results that a trial without a control group is read against."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, PositiveInt

from enrollment.calc.definition.base import NonEmpty, Slug, Table, Text
from enrollment.calc.definition.parsing import parse_table
from enrollment.calc.definition.problems import DefinitionError, locate

Percent = Annotated[Decimal, Field(ge=0, le=100)]
Months = Annotated[Decimal, Field(gt=0)]
ResponseCriteria = Literal["recist_1_1", "mrecist", "irecist", "not_stated"]


class Reference(Table):
    """A row of [[references]]: one group of patients in one publication.

    What the source does not give is absent, never 0.
    """

    id: Slug
    citation: NonEmpty
    doi: NonEmpty | None = None
    population: Text
    regimen: Text
    n: PositiveInt | None = None
    orr_percent: dict[ResponseCriteria, Percent] = {}
    """Objective response rate by the criteria that it was read with."""
    dcr_percent: Percent | None = None
    median_pfs_months: Months | None = None
    median_os_months: Months | None = None
    note: Text | None = None


class Source(Table):
    """The table [source]: where the figures were taken from."""

    citation: NonEmpty
    doi: NonEmpty


class References(Table):
    source: Source
    references: tuple[Reference, ...] = Field(min_length=1)

    @property
    def ids(self) -> frozenset[str]:
        return frozenset(reference.id for reference in self.references)

    def named(self, ids: tuple[str, ...]) -> list[Reference]:
        """The references with these ids, in this order.

        Raises:
            KeyError: there is none with such an id.
        """
        by_id = {reference.id: reference for reference in self.references}
        return [by_id[name] for name in ids]


def parse_references(text: str) -> References:
    """The table of references in the text of a TOML file.

    Raises:
        DefinitionError: not TOML, not what the model asks for, or an id stands twice.
    """
    table = parse_table(text, References)
    seen: set[str] = set()
    problems = []
    for index, reference in enumerate(table.references):
        if reference.id in seen:
            reason = f"“{reference.id}” is already used above."
            problems.append(locate(text, ("references", index, "id"), reason))
        seen.add(reference.id)
    if problems:
        raise DefinitionError(problems)
    return table
