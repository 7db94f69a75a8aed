"""What the data-quality checks found, in words, with the query that was raised about it."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, QuerySet
from django.utils.text import capfirst

from core.models import Trial, User
from enrollment import registry
from enrollment.models import KeptValue, Patient, QualityFinding, QualityRun, Visit
from enrollment.quality import Check, Finding, all_checks, get_check
from enrollment.queries.query_list import field_label
from oversight.models import Query


@dataclass(frozen=True)
class Wanted:
    """What a person asked for; empty means no matter."""

    check: str = ""
    severity: str = ""
    site: str = ""
    form: str = ""


@dataclass(frozen=True)
class FindingLine:
    finding: QualityFinding
    check: Check
    sentence: str
    patient: str
    visit: str
    form: str
    field: str
    query: Query | None
    """The query about this place that is not closed, where there is one."""
    kept: str = ""
    """Why the person who filled the form kept these values; empty where nobody said."""


def findings_of(trial: Trial, user: User, wanted: Wanted) -> QuerySet[QualityFinding]:
    """Those of the last run that the person can see; errors first."""
    codes = {check.code for check in all_checks()}
    if wanted.severity:
        codes = {check.code for check in all_checks() if check.severity == wanted.severity}
    if wanted.check:
        codes &= {wanted.check}
    found = QualityFinding.objects.visible_to(user).in_trial(trial).filter(check_code__in=codes)
    if wanted.site:
        found = found.filter(site__code=wanted.site)
    if wanted.form:
        found = found.filter(form=wanted.form)
    return found.order_by("check_code", "site__code", "patient_id", "pk").select_related("site")


def finding_lines(findings: Iterable[QualityFinding]) -> list[FindingLine]:
    """In words; four queries, whatever the number of lines."""
    findings = list(findings)
    patients = Patient.objects.in_bulk({item.patient_id for item in findings})
    visits = Visit.objects.in_bulk({item.visit_id for item in findings if item.visit_id})
    asked = {
        (query.form, query.record_id, query.row_number, query.field): query
        for query in Query.objects.not_closed().filter(
            patient_id__in=patients, record_id__in={item.record_id for item in findings}
        )
    }
    kept = {
        (known.form, known.record_id, known.row_number, known.field, known.check_code): known
        for known in KeptValue.objects.filter(
            patient_id__in=patients, record_id__in={item.record_id for item in findings}
        )
    }
    return [
        FindingLine(
            finding=item,
            check=(check := get_check(item.check_code)),
            sentence=check.sentence(item.details),
            patient=str(patients[item.patient_id]),
            visit=visits[item.visit_id].label if item.visit_id in visits else "",
            form=capfirst(str(registry.get(item.form).title)) if item.form else "",
            field=field_label(item.place),
            query=asked.get(_spot(item)),
            kept=_reason_of(kept.get((*_spot(item), item.check_code)), item),
        )
        for item in findings
    ]


def _spot(item: QualityFinding) -> tuple[str, int, int | None, str]:
    return item.form, item.record_id, item.row_number, item.field


def _reason_of(known: KeptValue | None, item: QualityFinding) -> str:
    is_about_it = known is not None and known.digest == Finding(item.place, item.details).digest
    return known.reason if known is not None and is_about_it else ""


def counts_by_check(trial: Trial, user: User) -> list[tuple[Check, int]]:
    """Every check with its number of findings, those without any included."""
    rows = QualityFinding.objects.visible_to(user).in_trial(trial).order_by()
    counted = dict(rows.values_list("check_code").annotate(n=Count("pk")))
    return [(check, counted.get(check.code, 0)) for check in all_checks()]


def latest_run(trial: Trial) -> QualityRun | None:
    return QualityRun.objects.filter(trial=trial).order_by("-pk").first()


def last_complete_run(trial: Trial) -> QualityRun | None:
    done = QualityRun.objects.filter(trial=trial, state=QualityRun.State.DONE)
    return done.order_by("-pk").first()
