"""The page from which a person takes tables; the addresses are those of the API."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core.http import Request
from core.permissions import Permission, require_permission
from core.scope import trial_or_404
from reports.queries.exports import exports_of


@require_safe
def export_list(request: Request, slug: str) -> HttpResponse:
    trial = trial_or_404(request, slug)
    require_permission(request.user, Permission.EXPORT, trial=trial)
    context = {
        "trial": trial,
        "nav": "exports",
        "exports": exports_of(trial, request.user),
        "site_address": f"{request.scheme}://{request.get_host()}",
    }
    return render(request, "reports/export_list.html", context)
