"""What is measured in the end, and in whom."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import (
    Field,
    NonNegativeInt,
    PositiveInt,
    Strict,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from .base import Slug, Table, Text


def _in_one_sentence(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    """Otherwise every kind that the value is not would be a problem of its own."""
    try:
        return handler(value)
    except ValidationError:
        raise ValueError("Give a number, a text, true, false, or pairs of numbers") from None


# The file's lists reach a wrapped validator as lists, which a strict tuple would refuse.
Pair = Annotated[tuple[int, int], Strict(False)]
Pairs = Annotated[tuple[Pair, ...], Strict(False)]
Setting = Annotated[bool | int | float | str | Pairs, WrapValidator(_in_one_sentence)]
Endpoint = Literal["pfs", "os", "orr", "dor", "dcr", "safety"]
Reader = Literal["investigator", "central"]
CountedReader = Literal["investigator", "central", "adjudicated"]
"""Whose reading counts: one reader's, or patient by patient the one that both or a third accept."""
Share = Annotated[float, Field(gt=0, lt=1)]


class Population(Table):
    """A row of [[populations]]: who is counted.

    `per_protocol` are treated patients who meet each of the conditions that are given here.
    Source: ICH E9 (1998), 5.2.2.
    """

    id: Slug
    name: Text
    rule: Literal["enrolled", "randomized", "treated", "response_evaluable", "per_protocol"]
    minimum_compliance_percent: Annotated[float, Field(gt=0, le=100)] | None = None
    """Capsules taken, in percent of those due in all courses; unknown is not enough."""
    without_major_deviation: bool = False
    with_follow_up_scan: bool = False
    """A baseline scan and a later one."""

    @property
    def has_conditions(self) -> bool:
        return (
            self.minimum_compliance_percent is not None
            or self.without_major_deviation
            or self.with_follow_up_scan
        )


class TwoStageDesign(Table):
    """The table [endpoints.two_stage]: Simon's design for the objective response rate.

    Source: Simon 1989, Control Clin Trials 10:1.
    """

    null_rate: Share
    """Not worth going on at this rate of response or less."""
    target_rate: Share
    alpha: Share
    beta: Share
    goal: Literal["optimal", "minimax"]
    population: Slug


class Endpoints(Table):
    """The table [endpoints]. `overrides` are checked by the app that derives endpoints."""

    preset: Literal["fda_type", "ema_type"]
    reference_date: Literal["first_dose", "enrollment", "randomization"]
    primary: tuple[Endpoint, ...] = Field(min_length=1)
    secondary: tuple[Endpoint, ...] = ()
    exploratory: tuple[Text, ...] = ()
    population: Slug
    safety_population: Slug
    reader: CountedReader = "investigator"
    """Whose reading of the scans responses and times come from."""
    minimum_sd_days: NonNegativeInt
    """Earliest day after the reference date on which stable disease counts."""
    confirmation_days: NonNegativeInt
    """Days to the scan that confirms a response; 0: none is required."""
    safety_follow_up_days: NonNegativeInt = 30
    """Days after the last dose on which an adverse event still counts as treatment-emergent."""
    clinical_benefit_week: PositiveInt | None = None
    """Week up to whose scan a disease must be controlled; None: as long as for stable disease."""
    data_cut_on: date | None = None
    """No night counts what is later; None: the night's own day."""
    stratified_by: tuple[Slug, ...] | None = None
    """Factors of the randomization by which comparisons are stratified; None: all of them."""
    reference_arm: Slug | None = None
    """What the other arms are compared with; None: the last arm of the file."""
    ties: Literal["efron", "breslow"] = "efron"
    """How Cox's model treats events on one day."""
    two_stage: TwoStageDesign | None = None
    laboratory_event_grade: Annotated[int, Field(ge=1, le=4)] = 3
    """Grade from which an abnormal laboratory value asks for an adverse event."""
    overrides: dict[str, Setting] = {}
