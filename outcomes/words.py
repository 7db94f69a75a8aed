"""What the engine's codes say to a person, a sentence for each."""

from collections.abc import Callable

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outcomes.calc.adjudication import Standing
from outcomes.calc.rules import EndpointRules

CRITERIA = {"recist_1_1": "RECIST 1.1", "mrecist": "mRECIST", "irecist": "iRECIST"}

STANDINGS: dict[Standing, Promise] = {
    Standing.OPEN: gettext_lazy("to adjudicate"),
    Standing.CHANGED: gettext_lazy("changed: to adjudicate anew"),
    Standing.WAITING: gettext_lazy("waits for a reading"),
    Standing.DECIDED: gettext_lazy("adjudicated"),
    Standing.AGREED: gettext_lazy("both agree"),
}
"""Of two readings of a patient, what asks for somebody first."""

_Sentence = Callable[[EndpointRules], str]


def _rise(rules: EndpointRules) -> dict[str, str]:
    return {"mm": f"{rules.pd_min_increase_mm or 0:g}"}


def _progression(rules: EndpointRules) -> str:
    if not rules.pd_min_increase_mm:
        return _("The sum is at least 20 % above its smallest value (nadir).")
    text = _("The sum is at least 20 %% and %(mm)s mm above its smallest value (nadir).")
    return text % _rise(rules)


def _progression_of_some(rules: EndpointRules) -> str:
    if not rules.pd_min_increase_mm:
        return _("The targets that were read are together 20 % above the nadir already.")
    text = _("The targets that were read are together 20 %% and %(mm)s mm above the nadir already.")
    return text % _rise(rules)


RULES: dict[str, _Sentence] = {
    "CR-ALL-GONE": lambda _rules: _("Every target lesion is gone."),
    "CR-NODES": lambda _rules: _(
        "Every target lesion is gone and every target node is below 10 mm."
    ),
    "CR-NON-TARGET": lambda _rules: _("Every non-target lesion is gone."),
    "PR-30": lambda _rules: _("The sum is at least 30 % below baseline."),
    "PR-STICKY": lambda _rules: _(
        "The sum is no longer 30 % below baseline, but a partial response stays one until"
        " progression."
    ),
    "PR-NON-TARGET-LEFT": lambda _rules: _(
        "The targets are gone, but a non-target lesion is left: partial, not complete."
    ),
    "PR-NON-TARGET-NE": lambda _rules: _(
        "The targets are gone, but a non-target lesion was not assessed: partial, not complete."
    ),
    "SD": lambda _rules: _("Neither 30 % below baseline nor progression from the nadir."),
    "NON-CR/NON-PD": lambda _rules: _(
        "A non-target lesion is left, without unequivocal progression."
    ),
    "PD-20-5": _progression,
    "PD-20-5-PARTIAL": _progression_of_some,
    "PD-NADIR-0": lambda _rules: _("The sum was 0 mm, and a target is back."),
    "PD-AFTER-CR": lambda _rules: _("A lesion is back after a complete response."),
    "PD-NODE-AFTER-CR": lambda _rules: _(
        "A node is 10 mm or more again after a complete response."
    ),
    "PD-NON-TARGET": lambda _rules: _("Unequivocal progression of a non-target lesion."),
    "PD-NEW-LESION": lambda _rules: _("An unequivocal new lesion."),
    "NE-MISSING": lambda _rules: _("A target lesion has no value, so there is no sum."),
    "NE-NON-TARGET": lambda _rules: _("A non-target lesion was not assessed."),
    "NE-NO-DISEASE": lambda _rules: _("No lesion at baseline and no new one."),
    "IUPD-FIRST": lambda rules: (
        _("Progression by RECIST 1.1, unconfirmed: a scan after %(days)s days or more decides.")
        % {"days": rules.icpd_min_days}
    ),
    "IUPD-EARLY": lambda rules: (
        _("Still progression; a scan within %(days)s days of the first one confirms nothing.")
        % {"days": rules.icpd_min_days}
    ),
    "IUPD-OPEN": lambda _rules: _(
        "Still progression by RECIST 1.1, but without the further growth that would confirm it."
    ),
    "ICPD-TARGET": lambda _rules: _(
        "The sum rose by another 5 mm or more since the unconfirmed progression."
    ),
    "ICPD-NON-TARGET": lambda _rules: _(
        "A non-target lesion grew further since the unconfirmed progression."
    ),
    "ICPD-NEW": lambda _rules: _(
        "New lesions grew, or another one came, since the unconfirmed progression."
    ),
    "ICPD-OTHER": lambda _rules: _(
        "Progression in another category than at the unconfirmed progression."
    ),
    "ICPD-BEFORE": lambda _rules: _("Progression was confirmed on an earlier scan."),
    "NE-OPEN": lambda _rules: _(
        "Not readable, while an unconfirmed progression waits for its confirmation."
    ),
    "IPR-NEW-LEFT": lambda _rules: _("The first lesions are gone, but a new one is left."),
}


def rule_sentences(codes: str, rules: EndpointRules) -> list[str]:
    """A sentence for each of the codes, which are joined by "+"."""
    return [RULES[code](rules) for code in codes.split("+") if code]


def review_sentences(codes: str) -> list[str]:
    """Why a person should look, from the codes of `decisions.review_codes`."""
    texts = {
        "EQUIVOCAL-NEW-LESION": _(
            "An equivocal new lesion is no progression; if it proves to be one, progression is"
            " dated back to its first scan."
        ),
        "CR-QUESTIONED": _(
            "A lesion is back after a complete response without meeting the rule for progression:"
            " was the response complete?"
        ),
        "NADIR-0": _("The nadir is 0 mm and a target is back, below the smallest increase."),
    }
    return [texts[code] for code in codes.split("+") if code]
