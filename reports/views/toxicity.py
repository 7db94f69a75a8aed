"""The board of dose-limiting toxicities: cohorts, patients, judgements, and the decision log."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core import audit
from core.downloads import csv_download
from core.http import Request
from core.models import Trial
from core.permissions import (
    Permission,
    covers_trial,
    has_permission,
    require_permission,
    sites_where,
)
from core.refusals import Refused
from core.scope import trial_or_404
from enrollment.calc.definition import DoseLimitingToxicity
from enrollment.models import TrialVersion
from enrollment.queries.trials import current_version
from outcomes.actions.toxicity import (
    can_be_judged,
    decide_cohort,
    event_fingerprint,
    fingerprint,
    judge_toxicity,
)
from outcomes.models import AdverseEvent, CohortDecision, ToxicityJudgement
from outcomes.queries.toxicity import toxicity_board
from outcomes.queries.toxicity_settings import allowed_in_words, rule_in_words
from reports.forms.toxicity import DecisionForm, JudgementForm
from reports.queries.patient_rows import seen_patients
from reports.queries.toxicity_board import Reader, board_page
from reports.queries.toxicity_files import FILES
from reports.queries.toxicity_words import VERDICTS
from reports.views.dashboard_frame import enter, open_frame

ask = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def toxicity_board_detail(request: Request, slug: str) -> HttpResponse:
    frame = open_frame(request, slug)
    rule = _rule(frame.definition.dose_limiting_toxicity)
    board = toxicity_board(frame.trial, rule, today=timezone.localdate())
    decisions = _decisions(frame.trial)
    page = board_page(board, decisions, _reader(request, frame.trial, frame.language))
    return frame.page(
        "reports/toxicity_board.html",
        board=page,
        rule=rule,
        rule_lines=list(rule_in_words(rule, language=frame.language)),
        today=board.today,
        decisions=[(each, _name(rule, each.cohort, frame.language)) for each in decisions],
    )


@require_safe
def toxicity_csv(request: Request, slug: str, name: str) -> HttpResponse:
    """The patients as the board has them now, or the decision log."""
    trial = enter(request, slug)
    rule = _rule(current_version(trial).definition.dose_limiting_toxicity)
    if name not in FILES:
        raise Http404
    board = toxicity_board(trial, rule, today=timezone.localdate())
    rows = FILES[name](board, _decisions(trial), seen_patients(request.user, trial))
    audit.record("export", by=request.user, target=trial, table=f"toxicity-{name}", rows=len(rows))
    return csv_download(f"{trial.slug}-toxicity-{name}-{board.today}.csv", rows)


@ask
def toxicity_judge(request: Request, slug: str, pk: int) -> HttpResponse:
    """An investigator confirms or overrules what the rule proposes about one event."""
    trial = trial_or_404(request, slug)
    events: Any = AdverseEvent.objects.visible_to(request.user).in_trial(trial)
    event = get_object_or_404(events.select_related("patient__site", "patient__trial"), pk=pk)
    require_permission(request.user, Permission.TOXICITY_DECIDE, site=event.patient.site)
    rule = _rule(current_version(trial).definition.dose_limiting_toxicity)
    now, today = timezone.now(), timezone.localdate()
    seen = event_fingerprint(event)
    form = JudgementForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            judge_toxicity(event, rule, by=request.user, now=now, today=today, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
            event.refresh_from_db()
            seen = event_fingerprint(event)
        else:
            messages.success(request, _("The judgement is stored, with its reason."))
            return redirect("reports:toxicity-board", trial.slug)
    context = {
        "trial": trial,
        "nav": "dashboard",
        "event": event,
        "term": event.term_other or event.reads_as("term"),
        "history": ToxicityJudgement.objects.filter(event=event)
        .select_related("judged_by")
        .order_by("-pk"),
        "can_be_judged": can_be_judged(event, rule, today=today),
        "rule_lines": list(rule_in_words(rule, language=get_language() or "en")),
        "seen": seen,
        "form": form,
    }
    return render(request, "reports/toxicity_judge.html", context, status=_status(form))


@ask
def cohort_decide(request: Request, slug: str, cohort: str) -> HttpResponse:
    """Adds a decision to the log, with the counts that it rests on."""
    trial = trial_or_404(request, slug)
    require_permission(request.user, Permission.TOXICITY_DECIDE, trial=trial)
    if not covers_trial(request.user, Permission.TOXICITY_DECIDE, trial=trial):
        raise PermissionDenied(_("Only an investigator of all sites decides about a cohort."))
    version = current_version(trial)
    rule = _rule(version.definition.dose_limiting_toxicity)
    now, today = timezone.now(), timezone.localdate()
    filled = toxicity_board(trial, rule, today=today).cohort(cohort)
    if filled is None:
        raise Http404
    form = DecisionForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and _decided(request, version, rule, cohort, form, now=now, today=today):
        messages.success(request, _("The decision is in the log, with the counts it rests on."))
        return redirect("reports:toxicity-board", trial.slug)
    context = {
        "trial": trial,
        "nav": "dashboard",
        "name": _name(rule, cohort, get_language() or "en"),
        "cohort": filled,
        "allowed": allowed_in_words(filled.size, filled.allowed),
        "verdict": VERDICTS[filled.verdict],
        "seen": fingerprint(filled),
        "form": form,
    }
    return render(request, "reports/cohort_decide.html", context, status=_status(form))


def _decided(
    request: Request,
    version: TrialVersion,
    rule: DoseLimitingToxicity,
    cohort: str,
    form: DecisionForm,
    **when: Any,
) -> bool:
    try:
        decide_cohort(version, rule, cohort, by=request.user, **form.cleaned_data, **when)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    return True


def _rule(rule: DoseLimitingToxicity | None) -> DoseLimitingToxicity:
    if rule is None:
        raise Http404
    return rule


def _reader(request: Request, trial: Trial, language: str) -> Reader:
    user = request.user
    judged = sites_where(user, Permission.TOXICITY_DECIDE).filter(trial=trial)
    return Reader(
        trial.slug,
        language,
        seen=seen_patients(user, trial),
        opens=has_permission(user, Permission.PATIENT_VIEW, trial=trial),
        judges_at=set(judged.values_list("pk", flat=True)),
        decides=covers_trial(user, Permission.TOXICITY_DECIDE, trial=trial),
    )


def _decisions(trial: Trial) -> list[CohortDecision]:
    """Newest first."""
    rows = CohortDecision.objects.filter(trial=trial)
    return list(rows.select_related("decided_by").order_by("-pk"))


def _name(rule: DoseLimitingToxicity, cohort: str, language: str) -> str:
    """In words; the id of a cohort that an amendment took away."""
    names = (each.name.in_language(language) for each in rule.cohorts if each.id == cohort)
    return next(names, cohort)


def _status(form: JudgementForm | DecisionForm) -> int:
    return 422 if form.is_bound else 200
