"""What is measured in the end, and in whom."""

from typing import Annotated, Any, Literal

from pydantic import (
    Field,
    NonNegativeInt,
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


class Population(Table):
    """A row of [[populations]]: who is counted."""

    id: Slug
    name: Text
    rule: Literal["enrolled", "randomized", "treated", "response_evaluable"]


class Endpoints(Table):
    """The table [endpoints]. `overrides` are checked by the app that derives endpoints."""

    preset: Literal["fda_type", "ema_type"]
    reference_date: Literal["first_dose", "enrollment", "randomization"]
    primary: tuple[Endpoint, ...] = Field(min_length=1)
    secondary: tuple[Endpoint, ...] = ()
    exploratory: tuple[Text, ...] = ()
    population: Slug
    safety_population: Slug
    minimum_sd_days: NonNegativeInt
    """Earliest day after the reference date on which stable disease counts."""
    confirmation_days: NonNegativeInt
    """Days to the scan that confirms a response; 0: none is required."""
    safety_follow_up_days: NonNegativeInt = 30
    """Days after the last dose on which an adverse event still counts as treatment-emergent."""
    overrides: dict[str, Setting] = {}
