"""Data-quality checks about how scans were read."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any, cast

from django.utils.translation import gettext_lazy as _

from core.fields.captured import YesNo
from core.lazy import load
from enrollment.quality import Check, Finding, Scope, Severity, register_check
from enrollment.quality.scope import values
from outcomes.calc.snapshot.settings import criteria_of, endpoint_rules
from outcomes.models import Lesion, LesionMeasurement, TumorAssessment
from outcomes.words import CRITERIA

if TYPE_CHECKING:
    from outcomes.calc.ledger import Ledger

FORM = "tumor-assessment"


def _ledgers(scope: Scope) -> "dict[int, Ledger]":
    # Through NumPy, which only a run of the checks needs.
    found = load("outcomes.queries.ledger").build_ledgers(
        Lesion.objects.filter(patient__in=scope.selected),
        scope.records(TumorAssessment),
        scope.rows(LesionMeasurement),
    )
    return cast("dict[int, Ledger]", found)


def find_other_responses(scope: Scope) -> Iterator[Finding]:
    """Responses without a reason that are not those of the leading criteria."""
    records = (
        scope.records(TumorAssessment)
        .filter(is_baseline=YesNo.NO, response_reason="")
        .exclude(investigator_response="")
    )
    chosen = list(values(records, "pk", "patient_id", "visit_id", "investigator_response"))
    ledgers = _ledgers(scope) if chosen else {}
    proposed = {patient: _proposed(scope, patient, ledgers) for _pk, patient, *_rest in chosen}
    for record, patient, visit, response in chosen:
        lead, by_visit = proposed[patient]
        rule = by_visit.get(visit)
        if rule is not None and rule != response:
            place = scope.place(
                FORM, record, patient, visit_id=visit, field="investigator_response"
            )
            yield Finding(place, {"chosen": response, "rule": rule, "criteria": lead})


def _proposed(
    scope: Scope, patient: int, ledgers: "dict[int, Ledger]"
) -> tuple[str, dict[int, str]]:
    """Name of the leading criteria, and by visit what they say in the words of RECIST."""
    definition = scope.patients[patient].version.definition
    lead = criteria_of(definition)[0]
    if patient not in ledgers:
        return CRITERIA[lead], {}
    rules = endpoint_rules(definition)
    judged = load("outcomes.calc.ledger").judge(ledgers[patient], lead, rules)
    return CRITERIA[lead], {item.scan.key: item.proposal.overall for item in judged}


def find_targets_without_baseline(scope: Scope) -> Iterator[Finding]:
    for patient, ledger in sorted(_ledgers(scope).items()):
        for lesion in ledger.without_baseline() if ledger.followed else ():
            place = scope.place("lesions", lesion.key, patient, field="kind")
            yield Finding(place, {"number": str(lesion.number)})


def find_scans_before_baseline(scope: Scope) -> Iterator[Finding]:
    baseline: dict[int, date] = {}
    for _record, patient, _visit, day in _dated(scope, YesNo.YES):
        baseline[patient] = max(day, baseline.get(patient, day))
    for record, patient, visit, day in _dated(scope, YesNo.NO):
        if patient in baseline and day < baseline[patient]:
            place = scope.place(FORM, record, patient, visit_id=visit, field="scanned_on")
            yield Finding(place, {"day": str(day), "baseline": str(baseline[patient])})


def find_scans_of_one_day(scope: Scope) -> Iterator[Finding]:
    """All but the first scan of a day."""
    seen: dict[int, set[date]] = defaultdict(set)
    for record, patient, visit, day in _dated(scope, YesNo.NO):
        if day in seen[patient]:
            place = scope.place(FORM, record, patient, visit_id=visit, field="scanned_on")
            yield Finding(place, {"day": str(day)})
        seen[patient].add(day)


def _dated(scope: Scope, is_baseline: str) -> Iterator[tuple[int, int, int, date]]:
    """Record, patient, visit and day."""
    records: Any = scope.records(TumorAssessment)
    records = records.filter(is_baseline=is_baseline, scanned_on__isnull=False)
    yield from values(records, "pk", "patient_id", "visit_id", "scanned_on")


for check in (
    Check(
        "DQ-050",
        _("Overall response differs from the rule's"),
        _(
            "The overall response is %(chosen)s; by %(criteria)s the measurements are %(rule)s."
            " Correct one of the two, or say on the form why the response differs."
        ),
        _("ONCOLOGY.md 1.3 to 1.6; a reader may see more than the measurements, but says what."),
        Severity.ERROR,
        find_other_responses,
        is_automatic=True,
    ),
    Check(
        "DQ-051",
        _("Target lesion without a baseline diameter"),
        _(
            "Lesion %(number)s is a target, but no baseline scan measures it. Measure it there, or"
            " enter it as a new or a non-target lesion."
        ),
        _("Without it there is no sum at baseline: the patient's responses are left out."),
        Severity.ERROR,
        find_targets_without_baseline,
        is_automatic=True,
    ),
    Check(
        "DQ-052",
        _("Scan before the baseline scan"),
        _(
            "The scan of %(day)s is older than the baseline scan of %(baseline)s. Correct one of"
            " the two dates, or say that it is the baseline."
        ),
        _("Change is counted from baseline, so no scan that follows it can be older."),
        Severity.ERROR,
        find_scans_before_baseline,
        is_automatic=True,
    ),
    Check(
        "DQ-053",
        _("Two scans on one date"),
        _("Another scan of this patient is of %(day)s, too. Is the date right?"),
        _("Allowed; where one response is needed the worse one counts, “not evaluable” last."),
        Severity.WARNING,
        find_scans_of_one_day,
        asked_at=("tumor-assessment",),
    ),
):
    register_check(check)
