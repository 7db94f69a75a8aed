"""What was received against what is there, as a page and as CSV."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from core import audit
from core.downloads import csv_download
from core.http import Request
from core.permissions import Permission, require_permission
from core.scope import trial_or_404
from dosing.queries.reconciliation import CSV_COLUMNS, reconciliation
from dosing.views.scope import sites_of


@require_safe
def reconciliation_detail(request: Request, slug: str) -> HttpResponse:
    trial = trial_or_404(request, slug)
    require_permission(request.user, Permission.KIT_VIEW, trial=trial)
    lots, courses = reconciliation(sites_of(request, trial, Permission.KIT_VIEW))
    context = {
        "trial": trial,
        "nav": "kits",
        "lots": lots,
        "courses": [course for course in courses if course.differs],
        "open_courses": sum(course.entered is None for course in courses),
        "course_count": len(courses),
        "today": timezone.localdate(),
    }
    return render(request, "dosing/reconciliation_detail.html", context)


@require_safe
def reconciliation_csv(request: Request, slug: str) -> HttpResponse:
    trial = trial_or_404(request, slug)
    require_permission(request.user, Permission.KIT_VIEW, trial=trial)
    lots, _courses = reconciliation(sites_of(request, trial, Permission.KIT_VIEW))
    audit.record("export", by=request.user, target=trial, table="reconciliation", rows=len(lots))
    rows = [CSV_COLUMNS, *(line.cells() for line in lots)]
    return csv_download(f"{trial.slug}-reconciliation.csv", rows)
