"""Capsules taken and due of all patients, for whoever may see the patients."""

from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core.http import Request
from core.permissions import Permission, require_permission
from core.scope import trial_or_404
from dosing.models import CapsuleCourse
from dosing.queries.compliance import compliance_table
from dosing.views.scope import sites_of
from enrollment.models import Patient

PATIENTS_A_PAGE = 100


@require_safe
def compliance_list(request: Request, slug: str) -> HttpResponse:
    """Patients who have begun a course."""
    trial = trial_or_404(request, slug)
    require_permission(request.user, Permission.PATIENT_VIEW, trial=trial)
    sites = sites_of(request, trial, Permission.PATIENT_VIEW)
    chosen = request.GET.get("site", "")
    begun = Exists(CapsuleCourse.objects.filter(patient=OuterRef("pk")))
    patients = Patient.objects.visible_to(request.user).filter(begun, trial=trial)
    if site := next((site for site in sites if site.code == chosen), None):
        patients = patients.filter(site=site)
    pages = Paginator(patients.select_related("site").order_by("number"), PATIENTS_A_PAGE)
    page = pages.get_page(request.GET.get("page"))
    context = {
        "trial": trial,
        "nav": "patients",
        "sites": sites,
        "site": site,
        "page": page,
        "table": compliance_table(list(page)),
        "query": f"site={site.code}&" if site else "",
    }
    return render(request, "dosing/compliance_list.html", context)
