"""Forms on paper: filled, and blank."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from core.http import Request
from core.permissions import Permission, require_permission
from enrollment.forms.entry import Entry
from enrollment.forms.layout import rows_shown, section_lines
from enrollment.models import Visit
from enrollment.queries.printing import printed_form
from enrollment.queries.records import line_of, placed
from enrollment.registry import FormSpec, get, specs_at
from enrollment.views.scope import patient_or_404, visit_or_404


@require_safe
def record_print(request: Request, pk: int, slug: str, record_pk: int) -> HttpResponse:
    """The form as it goes on paper, with its signatures and a summary of its audit trail."""
    patient = patient_or_404(request, pk)
    require_permission(request.user, Permission.PATIENT_VIEW, site=patient.site)
    try:
        spec = get(slug)
    except KeyError:
        raise Http404 from None
    record = get_object_or_404(spec.model._default_manager.filter(patient=patient), pk=record_pk)
    [item] = placed([line_of(spec, record)])
    context = {
        "trial": patient.trial,
        "nav": "patients",
        "patient": patient,
        "item": item,
        "record": record,
        "printed": printed_form(spec, record),
        "now": timezone.now(),
    }
    return render(request, "enrollment/record_print.html", context)


@require_safe
def visit_blank(request: Request, pk: int) -> HttpResponse:
    """The forms of the visit without answers, to be filled by pen."""
    visit = visit_or_404(request, pk)
    require_permission(request.user, Permission.PATIENT_VIEW, site=visit.patient.site)
    context = {
        "trial": visit.patient.trial,
        "nav": "patients",
        "patient": visit.patient,
        "visit": visit,
        "forms": [_blank(spec, visit) for spec in specs_at(visit)],
        "now": timezone.now(),
    }
    return render(request, "enrollment/visit_blank.html", context)


def _blank(spec: FormSpec, visit: Visit) -> dict[str, Any]:
    entry = Entry(spec, spec.model(patient=visit.patient, visit=visit))  # type: ignore[misc]
    return {
        "title": spec.title,
        "sections": section_lines(entry, previous={}, stored=None),
        "rows": rows_shown(entry, is_conflict=False, flags=None),
    }
