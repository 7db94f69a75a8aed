"""Capsules for one course of one patient: choose, read the label, hand out."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.http import Request
from core.permissions import Permission, require_permission
from core.refusals import Refused
from dosing.actions.dispensing import choose_kit, dispense_kit, kits_for
from dosing.forms.kits import ConfirmKitForm
from dosing.models.capsules import product_of
from dosing.policies import check_can_get_capsules, check_rest_is_released, last_dosing_day
from dosing.views.scope import course_or_404
from dosing.views.stock import FORM_METHODS
from enrollment.models import Visit


@require_POST
def course_choose(request: Request, pk: int) -> HttpResponse:
    visit = course_or_404(request, pk)
    require_permission(request.user, Permission.KIT_HANDLE, site=visit.patient.site)
    try:
        choose_kit(visit, by=request.user, on=timezone.localdate())
    except Refused as refusal:
        return _course_page(request, visit, refusal=str(refusal), status=422)
    return redirect("dosing:course-dispense", visit.pk)


@require_http_methods(FORM_METHODS)
def course_dispense(request: Request, pk: int) -> HttpResponse:
    """Shows where the course stands; stores what is handed out with the number on the label."""
    visit = course_or_404(request, pk)
    require_permission(request.user, Permission.KIT_HANDLE, site=visit.patient.site)
    if request.method != "POST":
        return _course_page(request, visit)
    form = ConfirmKitForm(request.POST)
    if form.is_valid():
        try:
            entry = dispense_kit(
                visit,
                number=form.cleaned_data["number"],
                by=request.user,
                on=form.cleaned_data["happened_on"],
            )
        except Refused as refusal:
            form.add_error("number", str(refusal))
        else:
            messages.success(
                request, _("%(count)s capsules handed out.") % {"count": entry.capsules}
            )
            return redirect("dosing:course-dispense", visit.pk)
    return _course_page(request, visit, form=form, status=422)


def _course_page(
    request: Request,
    visit: Visit,
    *,
    form: ConfirmKitForm | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    patient, today = visit.patient, timezone.localdate()
    entry = kits_for([visit]).get(visit.pk)
    product = product_of(patient)
    gate = ""
    try:
        check_can_get_capsules(patient, visit, on=today)
        if entry is not None and entry.status == "started":
            check_rest_is_released(patient, visit)
    except Refused as closed:
        gate = str(closed)
    is_rest = entry is not None and entry.status == "started"
    whole = product.capsules_per_course
    if is_rest and entry is not None:
        count = entry.on_hand
    else:
        count = product.capsules_per_day if product.day_one_gate else whole
    context = {
        "trial": patient.trial,
        "nav": "kits",
        "patient": patient,
        "visit": visit,
        "entry": entry,
        "kit": entry.kit if entry else None,
        "step": entry.status if entry else "choose",
        "gate": gate,
        "count": count,
        "is_rest": is_rest,
        "has_gate": product.day_one_gate,
        "last_day": last_dosing_day(patient, start=today),
        "form": form or ConfirmKitForm(),
        "refusal": refusal,
    }
    return render(request, "dosing/course_dispense.html", context, status=status)
