"""The review of the audit trail: how much of what a reviewer looks for, by whom, and where."""

from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core import audit
from core.downloads import csv_download
from core.http import Request
from core.models import Trial
from core.permissions import Permission, require_permission
from core.scope import trial_or_404
from reports.charts.review import hours_figure
from reports.queries import trail
from reports.queries.review import FINDINGS, Review, review_of

PERIODS = (7, 30, 90, 365)
USUAL = 90


@require_safe
def review_detail(request: Request, slug: str) -> HttpResponse:
    trial = _reviewed(request, slug)
    days, review = _review(request, trial)
    first_day = (timezone.localdate() - timedelta(days=days)).isoformat()
    address = {name: urlencode({"finding": name, "first_day": first_day}) for name in FINDINGS}
    context = {
        "trial": trial,
        "nav": "audit",
        "can_review": True,
        "days": days,
        "periods": PERIODS,
        "changes": review.changes,
        "findings": [
            {
                "finding": finding,
                "count": review.counts[name],
                "query": address[name],
                "people": [
                    (tally, urlencode({"person": tally.actor_id or trail.SYSTEM}))
                    for tally in review.by_person[name]
                ],
            }
            for name, finding in FINDINGS.items()
        ],
        "figure": hours_figure(review.by_hour) if review.changes else None,
        "figure_summary": _("Entries and changes by the hour of the day, by the site's clock."),
    }
    return render(request, "reports/review_detail.html", context)


@require_safe
def review_csv(request: Request, slug: str) -> HttpResponse:
    """The counts, a line for each finding and person; zero where there is none."""
    trial = _reviewed(request, slug)
    days, review = _review(request, trial)
    rows: list[list[object]] = []
    for name in FINDINGS:
        rows += [
            [trial.slug, days, name, tally.actor_id, tally.actor_name, tally.count]
            for tally in review.by_person[name]
        ] or [[trial.slug, days, name, "", "", 0]]
    audit.record(
        "export", by=request.user, target=trial, table="audit_review", rows=len(rows), days=days
    )
    columns = ["trial", "days", "finding", "person", "name", "entries"]
    return csv_download(f"{trial.slug}-audit_review.csv", [columns, *rows])


def _reviewed(request: Request, slug: str) -> Trial:
    trial = trial_or_404(request, slug)
    require_permission(request.user, Permission.AUDIT_REVIEW, trial=trial)
    return trial


def _review(request: Request, trial: Trial) -> tuple[int, Review]:
    asked = request.GET.get("days", "")
    days = int(asked) if asked in map(str, PERIODS) else USUAL
    since = timezone.localdate() - timedelta(days=days)
    entries = trail.narrowed(
        trail.trail_of_trial(trial, request.user), trail.Wanted(first_day=since), trial=trial
    )
    return days, review_of(entries, trial, zone=trail.zone_of(trial))
