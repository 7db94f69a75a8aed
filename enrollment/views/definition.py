from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from core.permissions import Permission, require_permission
from enrollment.views.scope import current_version, trial_or_404


@require_safe
def definition_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """The trial's rules as loaded: criteria, schedule, products, endpoints."""
    trial = trial_or_404(request, slug)
    require_permission(request.user, Permission.DEFINITION_VIEW, trial=trial)
    version = current_version(trial)
    context = {
        "trial": trial,
        "version": version,
        "versions": trial.versions.defer("source", "content"),
        "definition": version.definition,
        "language": get_language(),
    }
    return render(request, "enrollment/definition_detail.html", context)
