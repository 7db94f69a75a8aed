from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core.http import Request
from core.permissions import Permission, require_permission
from core.scope import trial_or_404
from enrollment.queries.trials import current_version
from enrollment.registry import get


@require_safe
def definition_detail(request: Request, slug: str) -> HttpResponse:
    """The trial's rules as loaded: criteria, schedule, products, endpoints."""
    trial = trial_or_404(request, slug)
    require_permission(request.user, Permission.DEFINITION_VIEW, trial=trial)
    version = current_version(trial)
    definition = version.definition
    context = {
        "trial": trial,
        "nav": "definition",
        "version": version,
        "versions": trial.versions.defer("source", "content"),
        "definition": definition,
        "visits": [
            # One line stands for all repeats: course n, week n.
            (visit, visit.label.filled(n="n", week="n"), [get(form).title for form in visit.forms])
            for visit in definition.visits
        ],
    }
    return render(request, "enrollment/definition_detail.html", context)
