"""What the parts `safety` and `quality-of-life` of a snapshot hold, and nothing of an arm.

Plain JSON types, as in `summary`. Counts are people; a percentage is computed where it is shown.
"""

from typing import Literal, TypedDict

from outcomes.calc.snapshot.summary import Population


class Spread(TypedDict):
    """Of `n` known numbers; the rest is none where there is no number."""

    n: int
    mean: float | None
    low: float | None
    q1: float | None
    median: float | None
    q3: float | None
    high: float | None


class DecisionCount(TypedDict):
    action: str  # hold, reduce, delay, stop, resume
    patients: int


class TreatmentExposure(TypedDict):
    """One treatment. Intensity and compliance are in percent of what was planned and due."""

    treatment: str  # capsules, or the id of a background drug
    patients: int
    unknown: int  # patients of whom one dose is not known
    courses: Spread
    intensity: Spread
    intensities: list[float]  # of each patient, ascending, nobody named
    compliance: Spread
    decisions: list[DecisionCount]


class Exposure(TypedDict):
    treatments: list[TreatmentExposure]  # capsules first; those that somebody got
    compliance: list[float]  # with the capsules, of each patient, ascending


NO_CLASS = "-"
"""Stands for the organ class of a term that the catalog does not have."""
EventSet = Literal["all", "emergent", "related", "serious"]
"""Treatment-emergent; emergent and related to the capsules; serious, whenever it began."""


class EventLine(TypedDict):
    """People by their worst grade in one line of the table; each person stands once in a line.

    `sets`: five numbers for each set of events, grade 1 to 5.
    """

    organ_class: str  # empty in the line of all events together
    term: str  # empty in the line of a whole organ class
    sets: dict[EventSet, list[int]]


class GradeLimit(TypedDict):
    """Values beyond it have this grade, for somebody with a normal baseline."""

    direction: str  # L: below, H: above
    grade: int
    at: float


class TrendPoint(TypedDict):
    """The values of one visit; a value cannot be estimated from nobody."""

    visit: str  # key
    day: float  # median day since the first dose, which is day 1
    n: int
    q1: float
    median: float
    q3: float


class Trend(TypedDict):
    test: str  # field of the laboratory form, or calcium_corrected_mmol_l
    unit: str
    limits: list[GradeLimit]  # by the median of the limits of normal that were used
    visits: list[TrendPoint]  # by day


class Shift(TypedDict):
    """Worst grade under treatment against the grade at baseline, for one direction of one test.

    `counts`: a row for each grade at baseline, 0 to 4 and then "not known"; in it people by worst
    grade, 0 to 4. Clinical clauses are taken at their worst.
    """

    test: str
    term: str
    direction: str  # L or H
    counts: list[list[int]]
    not_graded: int  # patients with values under treatment, none of which could be graded


class MarkerLine(TypedDict):
    """One patient, nobody named. Starts with the baseline: the ratio 1."""

    weeks: list[float]  # since the first dose
    ratio: list[float]  # to the baseline


class MarkerTrend(TypedDict):
    marker: str  # field of the laboratory form
    without_baseline: int  # patients with values and no baseline above 0
    lines: list[MarkerLine]


class Safety(TypedDict):
    """The part `safety` of a snapshot."""

    population: Population
    ctcae_version: str
    follow_up_days: int  # after the last dose, in which an event is still treatment-emergent
    events: list[EventLine]  # all together; then each class with its terms, most frequent first
    shifts: list[Shift]
    trends: list[Trend]
    exposure: Exposure
    markers: list[MarkerTrend]  # those that somebody has


class ArmEvents(TypedDict):
    arm: str
    name_en: str
    name_zh: str
    n: int
    events: list[EventLine]


class SafetyByArm(TypedDict):
    """The part `groups:safety`, which there is only where the arms are no secret."""

    arms: list[ArmEvents]


class ChangePoint(TypedDict):
    """Change from baseline at one visit, of those with both; limits are none below two people."""

    visit: str
    day: float
    n: int
    mean: float
    lower: float | None
    upper: float | None
    q1: float
    median: float
    q3: float


class ScaleChange(TypedDict):
    scale: str  # QL, PF, …, C30SUMMARY
    kind: str  # functional and global: high is well; symptom: high is ill
    baseline: Spread
    visits: list[ChangePoint]


class QualityOfLife(TypedDict):
    """The part `quality-of-life` of a snapshot."""

    population: Population
    level: float
    scales: list[ScaleChange]
