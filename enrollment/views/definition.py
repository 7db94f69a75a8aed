from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core.http import Request
from core.permissions import Permission, require_permission
from core.scope import trial_or_404
from enrollment.definition_hooks import panels_of
from enrollment.queries.trials import current_version
from enrollment.registry import get
from oversight.calc.diagram import diagram
from oversight.words import event_words, state_words, transitions_in_words


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
        "panels": panels_of(definition),
    }
    return render(request, "enrollment/definition_detail.html", context)


@require_safe
def life_cycle(request: Request, slug: str) -> HttpResponse:
    """The life of a record, drawn from the table by which records move."""
    trial = trial_or_404(request, slug)
    require_permission(request.user, Permission.DEFINITION_VIEW, trial=trial)
    context = {
        "trial": trial,
        "nav": "definition",
        "diagram": diagram(state_words(), event_words()),
        "transitions": transitions_in_words(),
        "plan": current_version(trial).definition.verification,
        "not_needed": [
            get(form).title for form in current_version(trial).definition.signatures.not_needed
        ],
    }
    return render(request, "enrollment/life_cycle.html", context)
