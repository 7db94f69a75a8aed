"""The entry page: one view for every form of every app."""

from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.fields import CapturedField, MissingCode
from core.http import Request
from core.permissions import Permission, has_permission, require_permission
from enrollment.actions.typed import forget_typed
from enrollment.computed import computed_of
from enrollment.forms.entry import Entry
from enrollment.forms.layout import rows_shown, section_lines, with_notes
from enrollment.forms.notes import notes_of
from enrollment.models import FormRecord, Patient, Visit
from enrollment.queries.computed import computed_values
from enrollment.queries.patients import FormLine, previous_values, visit_forms
from enrollment.queries.progress import form_states
from enrollment.queries.review import record_review
from enrollment.queries.typed import typed_into
from enrollment.queries.work import work_list
from enrollment.registry import FormSpec, Kind
from enrollment.values import text_of
from enrollment.views.links import field_flags
from enrollment.views.live import live_answer, reopened
from enrollment.views.scope import asked_or_404, patient_or_404, spec_or_404, visit_or_404
from oversight.models import RecordState

FORM_METHODS = ["GET", "HEAD", "POST"]


@require_http_methods(FORM_METHODS)
def visit_form(request: Request, pk: int, slug: str) -> HttpResponse:
    visit = visit_or_404(request, pk)
    require_permission(request.user, Permission.PATIENT_VIEW, site=visit.patient.site)
    spec = asked_or_404(slug, Kind.VISIT, visit.patient)
    if slug not in visit.forms:
        raise Http404
    if not visit.is_open:
        messages.info(request, _("Enter the visit date first; then the forms open."))
        return redirect("enrollment:visit-detail", visit.pk)
    return _entry_page(
        request,
        spec,
        _record_at(visit, spec),
        visit=visit,
        forms=visit_forms(visit),
        back=reverse("enrollment:visit-detail", args=[visit.pk]),
    )


@require_POST
def form_addition(request: Request, pk: int, slug: str) -> HttpResponse:
    """What the form shows below its rows, from values that nobody has saved yet."""
    visit = visit_or_404(request, pk)
    require_permission(request.user, Permission.RECORD_EDIT, site=visit.patient.site)
    spec = asked_or_404(slug, Kind.VISIT, visit.patient)
    if spec.addition is None or slug not in visit.forms or not visit.is_open:
        raise Http404
    entry = Entry(spec, _record_at(visit, spec), data=request.POST)
    entry.is_valid()
    addition = spec.addition(entry)
    return render(request, addition.template, {"shown": addition.shown})


@require_POST
def visit_form_computed(request: Request, pk: int, slug: str) -> HttpResponse:
    """What follows from the values as typed so far; nothing is stored."""
    visit = visit_or_404(request, pk)
    require_permission(request.user, Permission.RECORD_EDIT, site=visit.patient.site)
    spec = asked_or_404(slug, Kind.VISIT, visit.patient)
    if slug not in visit.forms or not computed_of(slug):
        raise Http404
    entry = Entry(spec, _record_at(visit, spec), data=request.POST)
    entry.form.is_valid()
    context = {"computed": computed_values(spec, visit.pk, entry.answers())}
    return render(request, "enrollment/_computed_values.html", context)


@require_POST
def form_notes(request: Request, pk: int, slug: str) -> HttpResponse:
    """The notes on values that nobody has saved yet; nothing is stored."""
    visit = visit_or_404(request, pk)
    require_permission(request.user, Permission.RECORD_EDIT, site=visit.patient.site)
    spec = asked_or_404(slug, Kind.VISIT, visit.patient)
    if spec.notes is None or slug not in visit.forms or not visit.is_open:
        raise Http404
    entry = Entry(spec, _record_at(visit, spec), data=request.POST)
    entry.is_valid()
    notes = notes_of(entry)
    lines = [(entry.form[field.name], notes.get(field.name, ())) for field in spec.fields]
    return render(request, "enrollment/_form_notes.html", {"lines": lines})


def _record_at(visit: Visit, spec: FormSpec) -> FormRecord:
    """The form of the visit, or a new one."""
    record: Any = spec.model._default_manager.filter(visit=visit).first()  # type: ignore[misc]
    if record is None:
        return spec.model(patient=visit.patient, visit=visit)  # type: ignore[misc]
    record.patient, record.visit = visit.patient, visit
    return cast(FormRecord, record)


@require_http_methods(FORM_METHODS)
def patient_form(request: Request, pk: int, slug: str) -> HttpResponse:
    patient = patient_or_404(request, pk)
    require_permission(request.user, Permission.PATIENT_VIEW, site=patient.site)
    spec = asked_or_404(slug, Kind.PATIENT, patient)
    if patient.enrolled_on is None:
        raise Http404  # nothing can end before it began
    record = spec.model._default_manager.filter(patient=patient).first()
    return _entry_page(
        request, spec, record or spec.model(patient=patient), back=_patient_url(patient)
    )


@require_safe
def log_list(request: Request, pk: int, slug: str) -> HttpResponse:
    patient = patient_or_404(request, pk)
    require_permission(request.user, Permission.PATIENT_VIEW, site=patient.site)
    spec = spec_or_404(slug, Kind.LOG, patient)
    context = {
        "trial": patient.trial,
        "nav": "patients",
        "patient": patient,
        "spec": spec,
        "lines": [
            {
                "record": record,
                "values": [_value(record, field) for field in spec.log_columns],
            }
            for record in spec.model._default_manager.filter(patient=patient).order_by("row_number")
        ],
        "can_edit": has_permission(request.user, Permission.RECORD_EDIT, site=patient.site)
        and spec.asked_of(patient) is not None,
    }
    return render(request, "enrollment/log_list.html", context)


@require_http_methods(FORM_METHODS)
def log_form(request: Request, pk: int, slug: str, record_pk: int | None = None) -> HttpResponse:
    """A new row of a log, or the one with the given id."""
    patient = patient_or_404(request, pk)
    require_permission(request.user, Permission.PATIENT_VIEW, site=patient.site)
    spec = asked_or_404(slug, Kind.LOG, patient)
    record: FormRecord = (
        spec.model(patient=patient)
        if record_pk is None
        else get_object_or_404(spec.model._default_manager.filter(patient=patient), pk=record_pk)
    )
    if record_pk is None and spec.prefill is not None and request.method != "POST":
        spec.prefill(record, request.GET)
    back = reverse("enrollment:log-list", args=[patient.pk, slug])
    if spec.home is not None and record_pk is not None:
        back = spec.home(record)
    return _entry_page(request, spec, record, back=back)


def _value(record: FormRecord, field: CapturedField) -> str:
    """What a log's table shows of a field: the value, or why it is missing."""
    if code := record.missing.get(field.name):
        return str(MissingCode(code).label)
    return text_of(field, record.reads_as(field.name))


def _entry_page(
    request: Request,
    spec: FormSpec,
    record: FormRecord,
    *,
    back: str,
    visit: Visit | None = None,
    forms: list[FormLine] | None = None,
) -> HttpResponse:
    """Shows the form, or saves it: 422 with messages when wrong, 409 when somebody else saved."""
    patient = record.patient
    can_edit = has_permission(request.user, Permission.RECORD_EDIT, site=patient.site)
    status, conflict, typed = 200, None, None
    if can_edit and request.POST.get("save") == "check":
        return live_answer(request, Entry(spec, record, data=request.POST))
    review = record_review(request.user, spec, record) if record.pk is not None else None
    is_open = not (review is not None and review.is_closed) and not record.closed_because
    if request.method == "POST":
        require_permission(request.user, Permission.RECORD_EDIT, site=patient.site)
        pressed = request.POST.get("save")
        if pressed == "forget":
            forget_typed(request.path, by=request.user)
            return redirect(request.path)
        entry = Entry(spec, record, data=request.POST, complete=pressed != "draft")
        status, conflict = entry.try_save(by=request.user)
        if status == 200:
            forget_typed(request.path, by=request.user)
            messages.success(request, _("Saved."))
            return redirect(_next_page(request, spec, visit, forms, back))
    else:
        typed = typed_into(request.path, request.user) if can_edit and is_open else None
        entry, conflict = reopened(spec, record, typed)
    stored = conflict.stored if conflict else entry.stored()
    flags = field_flags(spec, record)
    context: dict[str, Any] = {
        "trial": patient.trial,
        "patient": patient,
        "review": review,
        "shown_state": review.state if review else record.state,
        "visit": visit,
        "form_flag": flags(None, "") if flags else None,
        "form_lines": forms or [],
        "spec": spec,
        "record": record,
        "entry": entry,
        "conflict": conflict,
        "can_edit": can_edit and is_open,
        "typed": typed if entry.form.is_bound else None,
        "wrong_forms": entry.forms_with_errors if status != 200 else [],
        "is_live": can_edit and is_open,
        "back": back,
        "has_next": any(
            line.spec is not spec and line.state in ("", RecordState.DRAFT) for line in forms or []
        ),
        "nav": "patients",
        "sections": section_lines(
            entry,
            previous=previous_values(record),
            stored=stored,
            flags=flags,
        ),
        "rows": rows_shown(entry, is_conflict=stored is not None, flags=flags),
        "addition": spec.addition(entry) if spec.addition is not None else None,
        "addition_url": reverse("enrollment:form-addition", args=[visit.pk, spec.slug])
        if visit
        else "",
        "computed": computed_values(spec, visit.pk if visit else None, entry.answers()),
    }
    if spec.notes is not None:
        context["has_live_notes"] = visit is not None and context["can_edit"]
        context["sections"] = with_notes(context["sections"], notes_of(entry))
    return render(request, "enrollment/form_entry.html", context, status=status)


def _next_page(
    request: Request,
    spec: FormSpec,
    visit: Visit | None,
    forms: list[FormLine] | None,
    back: str,
) -> str:
    """Where the pressed button leads: this form, the next open form of the visit, or back."""
    pressed = request.POST.get("save", "next")
    if pressed == "draft":
        return request.path if spec.kind is not Kind.LOG else back
    if visit is not None and pressed == "patient":
        return _next_patient(request, visit)
    if visit is not None and pressed == "next":
        begun = form_states("visit", [visit.pk]).get(visit.pk, {})
        for line in forms or []:
            if begun.get(line.spec.slug, "draft") == "draft":
                return reverse("enrollment:visit-form", args=[visit.pk, line.spec.slug])
    return back


def _next_patient(request: Request, visit: Visit) -> str:
    """The most urgent visit of another patient of the trial; home when nothing waits."""
    waiting = work_list(request.user, today=timezone.localdate())
    for item in waiting:
        patient = item.visit.patient
        if patient.pk != visit.patient_id and patient.trial_id == visit.patient.trial_id:
            return reverse("enrollment:visit-detail", args=[item.visit.pk])
    messages.info(request, _("Nothing waits for you at other patients."))
    return reverse("enrollment:home")


def _patient_url(patient: Patient) -> str:
    return reverse("enrollment:patient-detail", args=[patient.pk])
