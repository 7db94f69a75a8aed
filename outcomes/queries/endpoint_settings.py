"""Every setting of a trial's endpoints in words, for its protocol's page. No pandas."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from enrollment.calc.definition import Definition
from enrollment.calc.definition.problems import Broken
from outcomes.calc.rules import PRESETS, RULE_VERSION, EndpointRules
from outcomes.calc.snapshot import settings

CRITERIA = {"recist_1_1": "RECIST 1.1", "mrecist": "mRECIST", "irecist": "iRECIST"}

RULES: dict[str, str | Promise] = {
    "pd_min_increase_mm": gettext_lazy("progression: smallest growth of the sum (mm)"),
    "too_small_mm": gettext_lazy("value of a lesion too small to measure (mm)"),
    "sticky_partial_response": gettext_lazy("a partial response stays one until progression"),
    "after_complete_response": gettext_lazy("a lesion returns after complete response"),
    "node_after_complete_response": gettext_lazy(
        "a node passes 10 mm again after complete response"
    ),
    "nadir_zero": gettext_lazy("a target returns when the smallest sum is 0 mm"),
    "time_point_date": gettext_lazy("date of an assessment of several days"),
    "partial_scan_date": gettext_lazy("scan date that is not complete"),
    "icpd_min_days": gettext_lazy("iRECIST: days to the confirmation of progression"),
    "min_sd_days": gettext_lazy("stable disease from day"),
    "benefit_days": gettext_lazy("clinical benefit from day"),
    "confirmation_days": gettext_lazy("days to the scan that confirms a response"),
    "max_ne_between": gettext_lazy("not evaluable between response and confirmation, at most"),
    "max_sd_between": gettext_lazy("stable between partial response and confirmation, at most"),
    "no_assessment": gettext_lazy("best response without any assessment"),
    "new_therapy": gettext_lazy("new anticancer therapy before progression"),
    "assessment_on_new_therapy_day_counts": gettext_lazy(
        "a scan on the first day of a new therapy counts"
    ),
    "death_after_new_therapy_counts": gettext_lazy("a death after new therapy counts"),
    "clinical_progression_counts": gettext_lazy("clinical progression without a scan counts"),
    "require_baseline": gettext_lazy("without a baseline scan censored at the start"),
    "death_without_assessment_days": gettext_lazy(
        "a death without any assessment counts up to day"
    ),
    "partial_death_date": gettext_lazy("date of death that is not complete"),
    "adequate_assessment": gettext_lazy("assessment at which a time may be censored"),
    "alive_at_assessment": gettext_lazy("a scan shows that the patient lived"),
    "gap": gettext_lazy("event after missed assessments"),
    "gap_visits": gettext_lazy("missed visits in a row before censoring"),
    "gap_days": gettext_lazy("days without assessment before censoring"),
    "visit_interval_days": gettext_lazy("interval of the scans"),
    "visit_window_days": gettext_lazy("window of a scan (days)"),
    "count_first_day": gettext_lazy("the first day counts as day 1"),
    "days_per_month": gettext_lazy("days of a month"),
    "confidence_level": gettext_lazy("confidence level"),
    "survival_interval": gettext_lazy("interval of Kaplan-Meier curves"),
}
"""In the order of `EndpointRules`."""

WORDS: dict[tuple[str, object], str | Promise] = {
    ("after_complete_response", "pd"): gettext_lazy("progression at once"),
    ("after_complete_response", "sum_rule"): gettext_lazy("progression by the sum; to be reviewed"),
    ("node_after_complete_response", "pd"): gettext_lazy("progression at once"),
    ("node_after_complete_response", "sum_rule"): gettext_lazy(
        "progression by the sum; to be reviewed"
    ),
    ("nadir_zero", "pd"): gettext_lazy("progression at once"),
    ("nadir_zero", "sum_rule"): gettext_lazy("progression by the sum; to be reviewed"),
    ("time_point_date", "by_response"): gettext_lazy(
        "progression by the first scan that shows it, else the last scan"
    ),
    ("time_point_date", "first_day"): gettext_lazy("the first day"),
    ("partial_scan_date", "first"): gettext_lazy("first day of the month or year"),
    ("partial_scan_date", "middle"): gettext_lazy("middle of the month or year"),
    ("partial_scan_date", "last"): gettext_lazy("last day of the month or year"),
    ("partial_death_date", "first"): gettext_lazy(
        "first day of the month or year, never before the last day known alive"
    ),
    ("partial_death_date", "middle"): gettext_lazy(
        "middle of the month or year, never before the last day known alive"
    ),
    ("partial_death_date", "last"): gettext_lazy("last day of the month or year"),
    ("new_therapy", "censor"): gettext_lazy("censored at the last adequate assessment before it"),
    ("new_therapy", "event"): gettext_lazy("an event"),
    ("new_therapy", "ignore"): gettext_lazy("ignored: later events count"),
    ("adequate_assessment", "any"): gettext_lazy("any"),
    ("adequate_assessment", "evaluable"): gettext_lazy("any but not evaluable"),
    ("adequate_assessment", "all_lesions"): gettext_lazy("one with all lesions"),
    ("gap", "off"): gettext_lazy("counts all the same"),
    ("gap", "visits"): gettext_lazy("censored before the gap, by missed visits"),
    ("gap", "days"): gettext_lazy("censored before the gap, by days"),
    ("reference_date", "first_dose"): gettext_lazy("first dose of capsules"),
    ("reference_date", "enrollment"): gettext_lazy("enrollment"),
    ("reference_date", "randomization"): gettext_lazy("randomization"),
    ("reader", "investigator"): gettext_lazy("investigator"),
    ("reader", "central"): gettext_lazy("central reader"),
    ("reader", "adjudicated"): gettext_lazy("investigator or central reader, by adjudication"),
    ("ties", "efron"): "Efron",
    ("ties", "breslow"): "Breslow",
}


@dataclass(frozen=True)
class SettingRow:
    """`is_own`: the definition says it; otherwise the preset or the default does."""

    label: str
    value: str
    is_own: bool


def settings_panel(definition: Definition) -> Mapping[str, Any]:
    endpoints = definition.endpoints
    return {
        "preset": endpoints.preset,
        "rule_version": RULE_VERSION,
        "groups": [list(_definition_rows(definition)), list(_rule_rows(definition))],
    }


def two_stage_problems(definition: Definition) -> Iterator[Broken]:
    """A design that no number of patients up to the largest keeps."""
    asked = definition.endpoints.two_stage
    if asked is None or asked.null_rate >= asked.target_rate:
        return
    # SciPy is not loaded by the web, which reads definitions and loads none.
    from outcomes.calc.snapshot.two_stage import design_of  # noqa: PLC0415

    try:
        design_of(asked)
    except ValueError as error:
        yield ("endpoints", "two_stage"), str(error)


def _definition_rows(definition: Definition) -> Iterator[SettingRow]:
    """What is no setting of the engine: who is counted, from when, compared how."""
    endpoints, language = definition.endpoints, get_language() or "en"
    names = {p.id: p.name.in_language(language) for p in definition.populations}
    yield SettingRow(
        _("start of all times"), _word("reference_date", endpoints.reference_date), True
    )
    is_own = "reader" in endpoints.model_fields_set
    yield SettingRow(_("reader of the scans"), _word("reader", endpoints.reader), is_own)
    criteria = ", ".join(CRITERIA[name] for name in definition.trial.tumor_criteria)
    yield SettingRow(_("tumor criteria, the leading one first"), criteria, True)
    yield SettingRow(_("population"), names[endpoints.population], True)
    yield SettingRow(_("population of safety"), names[endpoints.safety_population], True)
    final = endpoints.data_cut_on
    cut = final.isoformat() if final else _("the day of each night")
    yield SettingRow(_("data cut"), cut, final is not None)
    if definition.randomization is not None:
        yield from _comparison_rows(definition, language)
    design = endpoints.two_stage
    if design is not None:
        text = _("%(goal)s, %(null)s %% against %(target)s %%, α %(alpha)s, β %(beta)s") % {
            "goal": _("optimal") if design.goal == "optimal" else _("minimax"),
            "null": f"{100 * design.null_rate:g}",
            "target": f"{100 * design.target_rate:g}",
            "alpha": f"{design.alpha:g}",
            "beta": f"{design.beta:g}",
        }
        yield SettingRow(_("Simon's two-stage design"), text, True)


def _comparison_rows(definition: Definition, language: str) -> Iterator[SettingRow]:
    endpoints = definition.endpoints
    factors = definition.randomization.strata if definition.randomization else ()
    chosen = [
        factor.label.in_language(language)
        for factor in factors
        if endpoints.stratified_by is None or factor.id in endpoints.stratified_by
    ]
    yield SettingRow(
        _("comparisons stratified by"),
        ", ".join(chosen) or "–",
        endpoints.stratified_by is not None,
    )
    reference = endpoints.reference_arm or definition.arms[-1].id
    name = next(arm.name.in_language(language) for arm in definition.arms if arm.id == reference)
    yield SettingRow(_("other arms compared with"), name, endpoints.reference_arm is not None)
    is_own = "ties" in endpoints.model_fields_set
    yield SettingRow(_("events on one day in Cox's model"), _word("ties", endpoints.ties), is_own)


def _rule_rows(definition: Definition) -> Iterator[SettingRow]:
    rules, preset = (
        settings.endpoint_rules(definition),
        PRESETS[definition.endpoints.preset],
    )
    own = {*definition.endpoints.overrides, "min_sd_days", "confirmation_days", "benefit_days"}
    for item in fields(EndpointRules):
        value = getattr(rules, item.name)
        is_own = item.name in own or value != getattr(preset, item.name)
        yield SettingRow(str(RULES[item.name]), _word(item.name, value), is_own)


def _word(name: str, value: object) -> str:
    if (name, value) in WORDS:
        return str(WORDS[name, value])
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if value is None:
        return _("any") if name == "death_without_assessment_days" else "–"
    if name == "visit_interval_days":
        return _schedule(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _schedule(pairs: Any) -> str:
    parts = []
    for until, interval in pairs:
        every = ngettext("every day", "every %(days)s days", interval) % {"days": interval}
        up_to = _("%(every)s to day %(until)s") % {"every": every, "until": until}
        parts.append(up_to if until is not None else every)
    return ", ".join(parts)
