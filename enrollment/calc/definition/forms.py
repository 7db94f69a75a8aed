"""Forms that a trial adds to those of the program, as its definition declares them."""

from typing import Annotated, Literal

from pydantic import Field, NonNegativeInt, StringConstraints

from enrollment.calc.expression import Kind as ValueKind

from .base import Slug, Table, Text

FieldName = Annotated[
    str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$", max_length=24)
]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$", max_length=20)]
FieldKind = Literal[
    "text", "number", "date", "partial_date", "choice", "multiple_choice", "file", "calculated"
]
Limit = Annotated[tuple[float, float], Field(strict=False)]
LARGEST = 1e9
"""Numbers have twelve digits, up to four of them decimals."""

LONGEST_NAME = 40
"""Letters in the name by which the program knows a form, where queries and signatures keep it."""

OWN = "--"
"""Between the trial and the form in the name by which the program knows a form of a trial. No
slug holds it, so the name is nobody else's."""


class Option(Table):
    """One answer of a choice."""

    code: Code
    label: Text


class Condition(Table):
    """The field is asked only while the other one holds one of these codes."""

    field: FieldName
    values: tuple[Code, ...] = Field(min_length=1)


class FormField(Table):
    """A row of [[forms.fields]]. Which keys go together is checked by `form_rules`."""

    id: FieldName
    """Names the exported column, for good."""
    kind: FieldKind
    label: Text
    hint: Text | None = None
    section: Text | None = None
    """A heading above this field."""
    required: bool = True
    """Asked for before the form counts as complete."""
    unit: str = ""
    places: Annotated[NonNegativeInt, Field(le=4)] = 0
    """Decimal places of a number."""
    hard: Limit | None = None
    """Lowest and highest possible number."""
    soft: Limit | None = None
    """Lowest and highest usual number."""
    long: bool = False
    """A text of several lines."""
    options: tuple[Option, ...] = ()
    shown_when: Condition | None = None
    formula: str = ""
    """Of a calculated field, in the language of `enrollment.calc.expression`."""

    @property
    def codes(self) -> set[str]:
        return {option.code for option in self.options}

    @property
    def value_kind(self) -> ValueKind | None:
        """What it is in a formula; None where it cannot stand in one."""
        if self.kind == "number":
            return "number"
        return "text" if self.kind == "choice" else None

    @property
    def meaning(self) -> tuple[object, ...]:
        """What no amendment may change, for stored values would mean something else."""
        return (self.kind, self.unit, self.places, self.formula)


class Form(Table):
    """A row of [[forms]]: filled once at each visit that names it, or as a log of the patient."""

    id: Annotated[Slug, StringConstraints(max_length=24)]
    title: Text
    kind: Literal["visit", "log"]
    note: Text | None = None
    """What a person should know before filling it."""
    fields: tuple[FormField, ...] = Field(min_length=1)

    def name_in(self, trial: str) -> str:
        """How the program calls the form: that of another trial is another form."""
        return f"{trial}{OWN}{self.id}"

    @property
    def table(self) -> str:
        """Name of the exported table."""
        return self.id.replace("-", "_")
