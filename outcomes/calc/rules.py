"""The settings on which two careful readers of the same guideline may differ.

Each field is one point that a trial's definition can set. The defaults are those of the admiralonco
reference program and of RECIST's tables to the letter. `FDA_TYPE` and `EMA_TYPE` rest on secondary
reading of the agencies' tables: a statistician confirms them for each trial.

Sources: Eisenhauer 2009, Eur J Cancer 45:228 (RECIST 1.1); FDA, Clinical Trial Endpoints for the
Approval of Cancer Drugs and Biologics (2018), table A; EMA, appendix 1 to the guideline on the
evaluation of anticancer medicinal products in man (2012).
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, Self, get_args, get_origin, get_type_hints

RULE_VERSION = "2026.4"
"""Changes whenever the same data and settings could give another result."""


@dataclass(frozen=True, kw_only=True)
class EndpointRules:
    """How responses and times are derived. Days are plain differences of dates."""

    # The response at one time point; the defaults read the guideline's tables to the letter
    pd_min_increase_mm: float | None = 5.0
    """Smallest absolute growth that is progression; None asks for the 20 % alone."""
    too_small_mm: float = 5.0
    """The value of a lesion that is seen but too small to measure."""
    sticky_partial_response: bool = False
    """A partial response stays one above -30 % until it progresses."""
    after_complete_response: Literal["pd", "sum_rule"] = "sum_rule"
    """A lesion that returns after an overall complete response: progression at once, or by the sum
    (a non-target by its own table) with the complete response marked for review."""
    node_after_complete_response: Literal["pd", "sum_rule"] = "sum_rule"
    """The same for a node that passes 10 mm again."""
    nadir_zero: Literal["pd", "sum_rule"] = "sum_rule"
    """The same for a target that returns below the smallest growth when the nadir is 0 mm."""
    time_point_date: Literal["by_response", "first_day"] = "by_response"
    """Progression by the first scan that shows it, all else by the last scan; or the first day."""
    partial_scan_date: Literal["first", "middle", "last"] = "last"

    icpd_min_days: int = 28
    """iRECIST: earliest day after an unconfirmed progression that confirms it."""

    # The best response
    min_sd_days: int = 42
    benefit_days: int = 42
    confirmation_days: int = 28
    max_ne_between: int = 1
    max_sd_between: int = 0
    """Stable visits allowed between a partial response and its confirmation."""
    no_assessment: Literal["MISSING", "NE"] = "MISSING"

    # What ends a time
    new_therapy: Literal["censor", "event", "ignore"] = "censor"
    assessment_on_new_therapy_day_counts: bool = False
    death_after_new_therapy_counts: bool = True
    clinical_progression_counts: bool = False
    require_baseline: bool = False
    """Censor at the start where `baseline_adequate` is false."""
    death_without_assessment_days: int | None = None
    """Latest day at which a death without any assessment still counts; None is any day."""
    partial_death_date: Literal["first", "middle", "last"] = "first"
    """Imputed day, never before the last date known alive in that month or year."""

    # What a censored time ends with
    adequate_assessment: Literal["any", "evaluable", "all_lesions"] = "any"
    """Any record, any but NE, or those whose `adequate` column is true."""
    alive_at_assessment: bool = True
    """An assessment shows that the patient was alive on that day."""
    gap: Literal["off", "visits", "days"] = "off"
    """Censor before a gap: after `gap_visits` missed visits, or after `gap_days`."""
    gap_visits: int = 2
    gap_days: int = 98
    visit_interval_days: tuple[tuple[int | None, int], ...] = ((None, 42),)
    """Pairs of (until day, interval): ((336, 42), (None, 84)) is 6-weekly to week 48."""
    visit_window_days: int = 7

    # Counting and statistics
    count_first_day: bool = True
    """Days = end - start + 1."""
    days_per_month: float = 30.4375
    confidence_level: float = 0.95
    survival_interval: Literal["log-log", "log", "plain"] = "log-log"

    @classmethod
    def from_mapping(cls, settings: Mapping[str, Any], *, preset: Self | None = None) -> Self:
        """Rules from a trial's definition, on top of a preset.

        Raises:
            ValueError: an unknown setting, or a value that the setting cannot take.
        """
        known = {field.name for field in fields(cls)}
        unknown = sorted(set(settings) - known)
        if unknown:
            raise ValueError(
                f"Unknown endpoint setting {', '.join(unknown)}; "
                f"known are {', '.join(sorted(known))}."
            )
        hints = get_type_hints(cls)
        values = {name: _checked(name, value, hints[name]) for name, value in settings.items()}
        return replace(preset or cls(), **values)


def _checked(name: str, value: Any, hint: Any) -> Any:
    if name == "visit_interval_days":
        return _schedule(value)
    if get_origin(hint) is Literal:
        if value in get_args(hint):
            return value
        expected = "one of " + ", ".join(map(str, get_args(hint)))
    else:
        types = get_args(hint) or (hint,)
        if isinstance(value, bool):
            fits = bool in types
        else:
            fits = isinstance(value, types) or (float in types and isinstance(value, int))
        if fits and (value is None or value >= 0):
            return value
        expected = "true or false" if bool in types else "a number of at least 0"
    raise ValueError(f"The endpoint setting {name} must be {expected}, not {value!r}.")


def _schedule(value: Any) -> tuple[tuple[int | None, int], ...]:
    """Pairs of (until day, interval in days); 0 or None as the last until day is "for good"."""
    try:
        pairs = tuple((int(until) if until else None, int(interval)) for until, interval in value)
    except (TypeError, ValueError):
        pairs = ()
    limits = [until for until, _ in pairs[:-1] if until is not None]
    ordered = limits == sorted(limits) and len(limits) == len(pairs) - 1 and pairs[-1][0] is None
    if ordered and all(interval > 0 for _, interval in pairs):
        return pairs
    raise ValueError(
        "The endpoint setting visit_interval_days must be pairs of until day and interval, "
        f"the last with until day 0 for good, such as [[336, 42], [0, 84]], not {value!r}."
    )


DEFAULT_RULES = EndpointRules()

FDA_TYPE = EndpointRules(
    new_therapy="censor",
    death_after_new_therapy_counts=False,
    require_baseline=True,
    adequate_assessment="evaluable",
    gap="visits",
)
EMA_TYPE = EndpointRules(new_therapy="ignore", adequate_assessment="evaluable", gap="off")

PRESETS = {"fda_type": FDA_TYPE, "ema_type": EMA_TYPE}
