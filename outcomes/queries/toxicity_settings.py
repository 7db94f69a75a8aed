"""The trial's rule for dose-limiting toxicity (DLT): in words, and what can be wrong with it."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from enrollment.calc.definition import Definition, DoseLimitingToxicity
from enrollment.calc.definition.problems import Broken
from outcomes import catalog
from outcomes.models import CtcaeTerm


def toxicity_panel(definition: Definition) -> Mapping[str, Any]:
    """For the protocol's page; no lines for a trial without the rule."""
    rule, language = definition.dose_limiting_toxicity, get_language() or "en"
    return {
        "is_assumed": rule is not None and rule.source == "assumed",
        "lines": list(rule_in_words(rule, language=language)) if rule is not None else [],
        "cohorts": [
            (cohort.name.in_language(language), allowed_in_words(cohort.size, cohort.allowed))
            for cohort in (rule.cohorts if rule is not None else ())
        ],
    }


def toxicity_problems(definition: Definition) -> Iterator[Broken]:
    """Terms that the trial's version of CTCAE does not have would never count."""
    rule = definition.dose_limiting_toxicity
    if rule is None:
        return
    version = definition.trial.ctcae_version
    grades = {term.name: term.grades for term in CtcaeTerm.objects.terms_of(version)}
    for term in rule.excepted_terms:
        if term not in grades:
            reason = f"CTCAE {version} has no term “{term}”."
            yield ("dose_limiting_toxicity", "excepted_terms"), reason
    for index, each in enumerate(rule.terms):
        place = ("dose_limiting_toxicity", "terms", index)
        if each.term not in grades:
            yield (*place, "term"), f"CTCAE {version} has no term “{each.term}”."
        elif each.least_grade > max(grades[each.term]):
            reason = f"CTCAE {version} has no grade {each.least_grade} of “{each.term}”."
            yield (*place, "least_grade"), reason


def allowed_in_words(size: int, allowed: int | None) -> str:
    if allowed is None:
        return _("%(size)s patients, no rule") % {"size": size}
    return _("goes on with at most %(allowed)s of %(size)s") % {"allowed": allowed, "size": size}


def rule_in_words(rule: DoseLimitingToxicity, *, language: str) -> Iterator[tuple[str, str]]:
    """Label and text of each part of the rule."""
    yield (
        _("Window"),
        _("day 1, that of the first dose, to day %(days)s") % {"days": rule.window_days},
    )
    # Not inside an f-string: the tool that collects messages does not look there.
    grades = _("from grade %(grade)s") % {"grade": rule.least_grade}
    yield _("Counts"), f"{grades}, {_related(rule)}"
    if rule.terms:
        yield (
            _("Own grades"),
            ", ".join(
                _("%(term)s from grade %(grade)s")
                % {"term": catalog.in_language(each.term, language), "grade": each.least_grade}
                for each in rule.terms
            ),
        )
    if rule.excepted_terms:
        terms = (catalog.in_language(term, language) for term in rule.excepted_terms)
        yield _("Except"), ", ".join(terms)
    yield (
        _("Evaluable without a DLT"),
        _("with at least %(percent)s %% of the capsules planned in the window")
        % {"percent": f"{rule.least_doses_percent:g}"},
    )
    yield (
        _("Not evaluable"),
        _("the next patient takes the place")
        if rule.replaces_not_evaluable
        else _("keeps the place in the cohort"),
    )


def _related(rule: DoseLimitingToxicity) -> str:
    return {
        "capsules": _("possibly, probably or definitely related to the capsules"),
        "capsules_or_background": _(
            "possibly, probably or definitely related to the capsules or the background therapy"
        ),
        "any": _("whatever it is related to"),
    }[rule.related_to]
