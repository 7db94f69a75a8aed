"""Who runs the trial, where, with which arms."""

from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, PositiveInt, StringConstraints

from .base import Slug, Table, Text

TumorCriteria = Literal["recist_1_1", "mrecist", "irecist"]


def _known_time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"“{name}” is not a time zone of the IANA list") from None
    return name


TimeZone = Annotated[str, AfterValidator(_known_time_zone)]


class Trial(Table):
    """The table [trial]."""

    slug: Slug
    number_prefix: Annotated[str, StringConstraints(pattern=r"^[A-Z]$")]
    title: Text
    short_title: Text
    phase: Text
    design: Text
    blinding: Literal["open", "double"]
    target_size: PositiveInt
    ctcae_version: Literal["4.03", "5.0", "6.0"]
    tumor_criteria: tuple[TumorCriteria, ...] = Field(min_length=1)
    """The first one leads: endpoints use it unless their rules name another."""
    time_zone: TimeZone


class Site(Table):
    """A row of [[sites]]."""

    code: Annotated[str, StringConstraints(pattern=r"^[0-9]{2}$")]
    name: Text
    time_zone: TimeZone
    target_size: PositiveInt


class Arm(Table):
    """A row of [[arms]]: what the protocol compares, never what a patient was given."""

    id: Slug
    name: Text


class Level(Table):
    """`values`: the answers of the stratum's field that belong to this level."""

    id: Slug
    label: Text
    values: tuple[str, ...] = ()


class Stratum(Table):
    """A factor that randomization is stratified by."""

    id: Slug
    label: Text
    field: Annotated[str, StringConstraints(pattern=r"^([a-z0-9-]+\.[a-z0-9_]+)?$")] = ""
    """The form and field that tell the level, such as `vital-signs.ecog`. Empty: the person who
    randomizes is asked."""
    levels: tuple[Level, ...] = Field(min_length=2)

    @property
    def form(self) -> str:
        return self.field.partition(".")[0]

    @property
    def field_name(self) -> str:
        return self.field.partition(".")[2]


class Randomization(Table):
    """The table [randomization]."""

    ratio: dict[str, PositiveInt]
    """Arm id to its share."""
    block_sizes: tuple[PositiveInt, ...] = Field(min_length=1)
    strata: tuple[Stratum, ...] = ()
