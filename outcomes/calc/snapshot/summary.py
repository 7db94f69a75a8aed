"""What a snapshot holds beside its tables: a summary, and results for each choice of a reader.

`Summary` is what the dashboard shows first: the population and the criteria that the definition
names. `Results` is the same for one population by one set of criteria, and more; each is stored as
a part of its own, so that a page reads the one that it shows (`outcomes.queries.results`). Nothing
of an arm is in any of these.

Counts are people. Times are months. `None` is a value that cannot be estimated ("NE" on a page).
Plain JSON types throughout, so that the web reads it without pandas.
"""

from typing import Any, Literal, NotRequired, TypedDict

from enrollment.calc.definition import CountedReader

SHAPE = 2
"""Changes with the shape; the dashboard says "run the night again" for one it does not know."""

Criteria = Literal["recist_1_1", "mrecist", "irecist"]
Endpoint = Literal["pfs", "os", "ttp", "dor"]
LeftOutReason = Literal["tumor-rows", "dead-without-date"]


class Population(TypedDict):
    id: str
    rule: str
    name_en: str
    name_zh: str
    n: int


class MonthOfAccrual(TypedDict):
    month: str  # 2026-11
    enrolled: int
    cumulative: int


class SiteAccrual(TypedDict):
    site: str  # code
    target: int
    screened: int
    enrolled: int
    months: list[MonthOfAccrual]


class Accrual(TypedDict):
    """Every month from the first enrollment to the cut, those without any included."""

    target: int
    enrolled: int
    months: list[MonthOfAccrual]
    sites: list[SiteAccrual]


class Reason(TypedDict):
    reason: str  # a criterion's id (I03), or a code of the end-of-treatment or end-of-study form
    n: int


class Flow(TypedDict):
    screened: int
    not_eligible: int
    not_eligible_reasons: list[Reason]  # a patient can fail several criteria
    awaiting_enrollment: int
    enrolled: int
    treated: int
    on_treatment: int
    off_treatment: int
    off_treatment_reasons: list[Reason]
    off_study: int
    off_study_reasons: list[Reason]
    died: int


class Rate(TypedDict):
    """A proportion of the population, in percent, with its exact interval and the score one."""

    count: int
    n: int
    percent: float | None
    lower: float | None
    upper: float | None
    level: float  # 0.95
    method: str  # Clopper-Pearson
    other_lower: float | None
    other_upper: float | None
    other_method: str  # Wilson


class BestResponse(TypedDict):
    response: str  # CR, PR, SD, NON-CR/NON-PD, PD, NE, MISSING, or iRECIST's words
    n: int


class Responses(TypedDict):
    """Best overall response by one set of criteria. `confirmed`: responses need confirmation."""

    criteria: Criteria
    confirmed: bool
    best: list[BestResponse]
    orr: Rate
    dcr: Rate
    cbr: Rate  # clinical benefit: a response, or disease control on or after benefit_day
    benefit_day: int  # days after the reference date


class Landmark(TypedDict):
    month: int
    survival: float | None
    lower: float | None
    upper: float | None


class AtRisk(TypedDict):
    """A column of the table under a curve; months go up by a regular step."""

    month: int
    at_risk: int  # time not below the month
    events: int  # before the month
    censored: int  # before the month


class Curve(TypedDict):
    """One Kaplan-Meier curve as a step function that starts at (0, 1); empty lists for n = 0."""

    endpoint: Endpoint
    criteria: Criteria | Literal[""]  # empty for overall survival
    n: int
    events: int
    months: list[float]
    survival: list[float]
    last_month: float  # longest time, to which the curve is drawn
    lower: list[float | None]
    upper: list[float | None]
    censored_months: list[float]
    censored_survival: list[float]
    at_risk: list[AtRisk]
    median: float | None
    median_lower: float | None
    median_upper: float | None
    landmarks: list[Landmark]
    follow_up_median: float | None  # reverse Kaplan-Meier
    follow_up_lower: float | None
    follow_up_upper: float | None
    level: float
    method: str  # Kaplan-Meier, log-log interval


class Described(TypedDict):
    """Times without censoring, such as the time to response of those who responded."""

    endpoint: Literal["ttr"]
    n: int
    median: float | None
    lower: float | None  # of the median
    upper: float | None
    first_quartile: float | None
    third_quartile: float | None
    shortest: float | None
    longest: float | None
    level: float
    method: str  # percentile bootstrap, 2000 draws


class TwoStage(TypedDict):
    """Simon's design, and how far the trial is in it. Rates are in percent.

    Patients count in the order in which they started. `over` are those beyond the design, who do
    not count. Estimates stand once the trial stopped or ended.
    """

    goal: Literal["optimal", "minimax"]
    null_rate: float
    target_rate: float
    alpha: float  # 0.05
    beta: float
    stage_1_n: int
    stage_1_limit: int  # stop with at most so many responses
    n: int
    limit: int  # not active enough with at most so many
    state: Literal["stage_1", "stopped", "stage_2", "ended"]
    counted: int
    over: int
    responses: int  # of those counted
    is_active: bool | None  # the conclusion; None while it is open
    plain: float | None
    unbiased: float | None
    lower: float | None
    upper: float | None
    p: float | None
    level: float
    method: str


class Results(TypedDict):
    """Everything that is estimated of one population by one set of criteria."""

    population: Population
    criteria: Criteria
    responses: Responses
    curves: list[Curve]  # pfs, os, ttp, dor
    time_to_response: Described
    two_stage: TwoStage | None  # only for the population and criteria of the design


class Group(TypedDict):
    """One arm of a trial whose arms are no secret."""

    id: str
    name_en: str
    name_zh: str
    n: int


class GroupTest(TypedDict):
    """The log-rank test between all groups; None without events or with one group only."""

    chisq: float | None
    df: int
    p: float | None
    method: str  # log-rank, stratified log-rank


class HazardRatio(TypedDict):
    """A group against the reference; below 1 favors the group. `note` says why there is none."""

    group: str
    hr: float | None
    lower: float | None
    upper: float | None
    p: float | None
    level: float
    method: str  # Cox, Efron ties, stratified
    note: str


class Difference(TypedDict):
    """A group less the reference."""

    group: str
    value: float | None
    lower: float | None
    upper: float | None
    level: float
    method: str


class Comparison(TypedDict):
    endpoint: Endpoint
    test: GroupTest
    stratified_test: GroupTest | None  # None where nothing is stratified by
    hazard_ratios: list[HazardRatio]
    stratified_hazard_ratios: list[HazardRatio]
    median_differences: list[Difference]  # months


class GroupCount(TypedDict):
    group: str
    n: int
    events: int


class ForestRow(TypedDict):
    """Hazard ratios within one level of a factor, as the table `subgroup_rates` has them."""

    endpoint: Endpoint
    factor: str
    level: str
    counts: list[GroupCount]
    hazard_ratios: list[HazardRatio]


class GroupedResults(TypedDict):
    """Results by arm of one population by one set of criteria.

    Such a part exists only in snapshots of a trial whose arms are no secret: an open one, or one
    that was unblinded as planned (docs/blinding.md).
    """

    population: Population
    criteria: Criteria
    reference: str  # the group that the others are compared with
    groups: list[Group]  # in the order of the definition
    stratified_by: list[str]  # ids of factors of the randomization
    responses: list[Responses]  # one for each group
    orr_differences: list[Difference]  # percentage points
    curves: list[list[Curve]]  # for each group: pfs, os, ttp
    comparisons: list[Comparison]  # pfs, os, ttp
    forest: list[ForestRow]  # pfs, then os: everybody, then each level of each factor


class GradedTerm(TypedDict):
    """People by their worst grade of one term; each person stands once in a row."""

    term: str
    grades: list[int]  # five numbers: grade 1 to 5
    any_grade: int
    severe: int  # grade 3 to 5
    related: int  # to the capsules


class AdverseEvents(TypedDict):
    population: Population
    ctcae_version: str
    any_grade: int
    severe: int
    serious: int
    related: int
    terms: list[GradedTerm]  # most frequent first, then by name


class LeftOut(TypedDict):
    """Patients with data that the night could not use, listed in the table `left_out`.

    `tumor-rows`: lesions and scans contradict each other, so that no response was derived.
    `dead-without-date`: the survival status says dead, but there is no completed death form.
    """

    reason: LeftOutReason
    patients: int


class TableHash(TypedDict):
    name: str
    rows: int
    sha256: str


class Summary(TypedDict):
    shape: int
    trial: str
    version: int
    cut_on: str
    rule_version: str
    preset: str
    rules: dict[str, Any]  # every endpoint setting with its value
    population: Population
    reader: NotRequired[CountedReader]  # not in snapshots from before there were two
    open_adjudications: NotRequired[int]  # patients; only where readings are adjudicated
    reference_date: str  # first_dose, enrollment, randomization
    accrual: Accrual
    flow: Flow
    responses: list[Responses]  # leading criteria first
    curves: list[Curve]  # pfs by the leading criteria, os, then the rest
    adverse_events: AdverseEvents
    populations: list[Population]  # all of the definition; with `criteria` the choices of a reader
    criteria: list[Criteria]  # leading one first
    references: list[str]  # ids of the published references that the definition names
    left_out: list[LeftOut]  # no entry where there is nothing
    tables: list[TableHash]
