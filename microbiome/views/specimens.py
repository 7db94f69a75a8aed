"""Specimens of a trial: the list, what was collected against the schedule, and one tube."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from core import audit
from core.downloads import csv_download
from core.http import Request
from core.models import User
from core.permissions import Permission, has_permission, require_permission, sites_where
from core.refusals import Refused
from core.scope import trial_or_404
from enrollment.models import Patient
from microbiome.actions.custody import hold, in_turn, record_events, release
from microbiome.actions.specimens import add_control, collect, derive, divide
from microbiome.actions.storage import put_into
from microbiome.calc.barcodes import as_scanned
from microbiome.calc.custody import Event, Kind, possible
from microbiome.forms import specimens as form_of
from microbiome.models import Box, CustodyEvent, Material, Specimen
from microbiome.queries.collection import schedule_of
from microbiome.queries.mixs import mixs_rows
from microbiome.queries.specimens import (
    Line,
    SpecimenFilters,
    counts_by_place,
    family_of,
    lines_of,
    stool_facts,
    timeline,
    times_of,
    tubes_of,
)
from microbiome.queries.storage import free_cells
from microbiome.views.pages import form_page
from microbiome.views.scope import (
    FORM_METHODS,
    handles_at,
    laboratories_of,
    tabs_of,
    tube_or_404,
    visit_or_404,
)

A_PAGE = 50
FIGURES = ("collected", "bench", "stored", "on-the-way", "missing")


@require_safe
def specimen_list(request: Request, slug: str) -> HttpResponse:
    """A whole barcode in the search leads to its tube."""
    trial = trial_or_404(request, slug)
    require_permission(request.user, Permission.SPECIMEN_VIEW, trial=trial)
    everything = tubes_of(trial, request.user)
    asked = request.GET.dict()
    filters = SpecimenFilters.read({name: str(asked[name]).replace("\0", "") for name in asked})
    if found := everything.filter(barcode=as_scanned(filters.q)).first():
        return redirect("microbiome:specimen-detail", found.pk)
    sees_patients = has_permission(request.user, Permission.PATIENT_VIEW, trial=trial)
    tubes = filters.take(everything, sees_patients=sees_patients).order_by(
        "-collected_at", "barcode"
    )
    page = Paginator(tubes.select_related("patient", "visit", "site"), A_PAGE).get_page(
        request.GET.get("page")
    )
    counts = counts_by_place(everything)
    context = {
        "trial": trial,
        "nav": "specimens",
        "filters": filters,
        "page": page,
        "lines": lines_of(page),
        "figures": [
            {
                "label": CustodyEvent.Places(name).label,
                "value": counts[name],
                "href": f"?place={name}",
            }
            for name in FIGURES
        ],
        "materials": Material.choices,
        "places": CustodyEvent.Places.choices,
        "sees_patients": sees_patients,
        "tabs": tabs_of(request, trial),
        "exports": has_permission(request.user, Permission.EXPORT, trial=trial),
    }
    return render(request, "microbiome/specimen_list.html", context)


@require_safe
def specimen_schedule(request: Request, slug: str) -> HttpResponse:
    """Stool samples, patients × visits."""
    trial = trial_or_404(request, slug)
    require_permission(request.user, Permission.SPECIMEN_VIEW, trial=trial)
    require_permission(request.user, Permission.PATIENT_VIEW, trial=trial)
    sites = sites_where(request.user, Permission.PATIENT_VIEW)
    seen = Patient.objects.visible_to(request.user).filter(trial=trial, site__in=sites)
    patients = seen.enrolled()
    page = Paginator(patients.order_by("number"), A_PAGE).get_page(request.GET.get("page"))
    context = {
        "trial": trial,
        "nav": "specimens",
        "page": page,
        "schedule": schedule_of(page, today=timezone.localdate()),
        "tabs": tabs_of(request, trial),
        "collects": has_permission(request.user, Permission.SPECIMEN_COLLECT, trial=trial),
    }
    return render(request, "microbiome/specimen_schedule.html", context)


@require_safe
def specimen_mixs(request: Request, slug: str) -> HttpResponse:
    """The sheet of the human-gut package, one line for each stool specimen."""
    trial = trial_or_404(request, slug)
    require_permission(request.user, Permission.EXPORT, trial=trial)
    sites = sites_where(request.user, Permission.EXPORT).filter(trial=trial)
    rows = mixs_rows(trial, sites)
    audit.record("export", by=request.user, target=trial, table="mixs", rows=len(rows) - 1)
    return csv_download(f"{trial.slug}-mixs-human-gut.csv", rows)


@require_http_methods(FORM_METHODS)
def visit_collect(request: Request, pk: int) -> HttpResponse:
    visit = visit_or_404(request, pk)
    require_permission(request.user, Permission.SPECIMEN_COLLECT, site=visit.patient.site)
    form = form_of.CollectForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            tube = collect(visit, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error("barcode", str(refusal))
        else:
            messages.success(request, _("%(barcode)s is registered.") % {"barcode": tube.barcode})
            return redirect("microbiome:specimen-detail", tube.pk)
    return form_page(
        request,
        visit.patient.trial,
        form,
        title=_("Collect a specimen"),
        verb=_("Register the specimen"),
        visit=visit,
        tubes=lines_of(Specimen.objects.filter(visit=visit, parent=None)),
    )


@require_http_methods(FORM_METHODS)
def control_add(request: Request, slug: str) -> HttpResponse:
    trial = trial_or_404(request, slug)
    require_permission(request.user, Permission.SPECIMEN_HANDLE, trial=trial)
    form = form_of.ControlForm(
        request.POST if request.method == "POST" else None,
        laboratories=laboratories_of(request, trial),
    )
    if request.method == "POST" and form.is_valid():
        try:
            tube = add_control(by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error("barcode", str(refusal))
        else:
            return redirect("microbiome:specimen-detail", tube.pk)
    hint = _("Extraction blanks, mock communities and the lots of capsules are of no patient.")
    title, verb = _("Register a control"), _("Register the control")
    return form_page(request, trial, form, title=title, verb=verb, hint=hint)


@require_safe
def specimen_detail(request: Request, pk: int) -> HttpResponse:
    tube = tube_or_404(request, pk)
    require_permission(request.user, Permission.SPECIMEN_VIEW, site=tube.site)
    return _tube_page(request, tube)


@dataclass(frozen=True)
class Act:
    """Something done with one tube: how its page reads, what is typed, what it calls."""

    title: str | Promise
    verb: str | Promise
    kind: Kind
    form: Callable[..., forms.Form]
    do: Callable[[Specimen, dict[str, Any], User], object]
    hint: str | Promise = ""


def _plain(kind: Kind) -> Callable[[Specimen, dict[str, Any], User], object]:
    def do(tube: Specimen, values: dict[str, Any], by: User) -> object:
        laboratory = values.get("laboratory")
        event = Event(
            kind,
            taken=values.get("taken"),
            temperature_c=values.get("temperature_c"),
            laboratory=laboratory.pk if laboratory else None,
        )
        reason = values.get("reason", "")
        return record_events([tube], event, by=by, at=values["at"], reason=reason)

    return do


def _store(tube: Specimen, values: dict[str, Any], by: User) -> object:
    box: Box = values["box"]
    first = values["cell"] or next(iter(free_cells(box)), "A1")
    return put_into(box, [tube], first=first, by=by, at=values["at"])


def _family(action: Callable[..., object]) -> Callable[[Specimen, dict[str, Any], User], object]:
    def do(tube: Specimen, values: dict[str, Any], by: User) -> object:
        return action(tube, by=by, at=values["at"], reason=values["reason"])

    return do


def _divide(tube: Specimen, values: dict[str, Any], by: User) -> object:
    return divide(tube, by=by, **values)


def _derive(tube: Specimen, values: dict[str, Any], by: User) -> object:
    return derive(tube, by=by, **values)


ACTS = {
    "receive": Act(
        gettext_lazy("Receive in the laboratory"),
        gettext_lazy("Receive"),
        Kind.RECEIVE,
        form_of.ReceiveForm,
        _plain(Kind.RECEIVE),
    ),
    "store": Act(
        gettext_lazy("Store"), gettext_lazy("Store"), Kind.STORE, form_of.StoreForm, _store
    ),
    "move": Act(
        gettext_lazy("Move to another cell"),
        gettext_lazy("Move"),
        Kind.MOVE,
        form_of.StoreForm,
        _store,
    ),
    "remove": Act(
        gettext_lazy("Take out of the freezer"),
        gettext_lazy("Take out"),
        Kind.REMOVE,
        form_of.AtMoment,
        _plain(Kind.REMOVE),
        gettext_lazy("It stays frozen until you record that it thawed."),
    ),
    "thaw": Act(
        gettext_lazy("Thaw"),
        gettext_lazy("Record the thaw"),
        Kind.THAW,
        form_of.AtMoment,
        _plain(Kind.THAW),
    ),
    "divide": Act(
        gettext_lazy("Divide into aliquots"),
        gettext_lazy("Divide"),
        Kind.ALIQUOT,
        form_of.AliquotForm,
        _divide,
        gettext_lazy("Each aliquot gets a barcode of its own; print the labels afterwards."),
    ),
    "derive": Act(
        gettext_lazy("Make a derivative"),
        gettext_lazy("Register the derivative"),
        Kind.DERIVE,
        form_of.DeriveForm,
        _derive,
        gettext_lazy("DNA, serum, plasma or cells made of a part of this tube."),
    ),
    "use": Act(
        gettext_lazy("Use for an assay"),
        gettext_lazy("Record the use"),
        Kind.USE,
        form_of.UseForm,
        _plain(Kind.USE),
    ),
    "hold": Act(
        gettext_lazy("Put on hold"),
        gettext_lazy("Put on hold"),
        Kind.HOLD,
        form_of.ReasonForm,
        _family(hold),
        gettext_lazy("Everything that came of this tube is held with it."),
    ),
    "release": Act(
        gettext_lazy("Release"),
        gettext_lazy("Release"),
        Kind.RELEASE,
        form_of.ReasonForm,
        _family(release),
        gettext_lazy("What was held with it is released with it, unless it is held by itself."),
    ),
    "remark": Act(
        gettext_lazy("Note a discrepancy"),
        gettext_lazy("Note"),
        Kind.REMARK,
        form_of.ReasonForm,
        _plain(Kind.REMARK),
        gettext_lazy("What was found, such as a cracked lid. Events are never changed."),
    ),
    "discard": Act(
        gettext_lazy("Discard"),
        gettext_lazy("Record that it was discarded"),
        Kind.DISCARD,
        form_of.ReasonForm,
        _plain(Kind.DISCARD),
        gettext_lazy("Nothing can happen to the tube afterwards."),
    ),
}
ANYWHERE = (Kind.HOLD, Kind.RELEASE, Kind.REMARK)
"""Said about a tube by its site, too, while it lies in another laboratory."""
MAIN_ACTS = ("receive", "store", "move", "remove", "thaw", "divide", "derive")
"""Shown as buttons; the others stand in a menu."""


@require_http_methods(FORM_METHODS)
def specimen_act(request: Request, pk: int, act: str) -> HttpResponse:
    tube = tube_or_404(request, pk)
    require_permission(request.user, Permission.SPECIMEN_HANDLE, site=tube.site)
    if act not in ACTS:
        raise Http404
    what, line = ACTS[act], lines_of([tube])[0]
    if what.kind not in ANYWHERE and not _works_where(line, request):
        raise PermissionDenied(_("You do not work in this laboratory."))
    form = what.form(
        request.POST if request.method == "POST" else None, **_choices(request, tube, what)
    )
    if request.method == "POST" and form.is_valid():
        try:
            in_turn(
                tube,
                partial(what.do, tube, form.cleaned_data, request.user),
                seen=request.POST.get("seen", ""),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Recorded in the custody of %(tube)s.") % {"tube": tube})
            return redirect("microbiome:specimen-detail", tube.pk)
    return form_page(
        request,
        tube.trial,
        form,
        title=what.title,
        verb=what.verb,
        hint=what.hint,
        tube=tube,
        line=line,
    )


def _works_where(line: Line, request: Request) -> bool:
    """Where the tube is; one that is in no laboratory is its site's."""
    laboratory = line.last.laboratory
    return laboratory is None or handles_at(request, laboratory)


def _choices(request: Request, tube: Specimen, act: Act) -> dict[str, Any]:
    """What the form of the act offers to choose from."""
    laboratories = laboratories_of(request, tube.trial)
    if act.form is form_of.ReceiveForm:
        return {"laboratories": laboratories}
    if act.form is form_of.StoreForm:
        last = CustodyEvent.objects.latest().get(specimen=tube)
        here = laboratories.filter(pk=last.laboratory_id or 0)
        return {"boxes": Box.objects.filter(laboratory__in=here)}
    return {}


def _tube_page(request: Request, tube: Specimen) -> HttpResponse:
    events = timeline(tube)
    line = lines_of([tube])[0]
    sees_patients = has_permission(request.user, Permission.PATIENT_VIEW, site=tube.site)
    offered = []
    if has_permission(request.user, Permission.SPECIMEN_HANDLE, site=tube.site):
        kinds = possible(line.last.state)
        if not _works_where(line, request):
            kinds = kinds.intersection(ANYWHERE)
        offered = [(name, act) for name, act in ACTS.items() if act.kind in kinds]
    context = {
        "trial": tube.trial,
        "nav": "specimens",
        "tube": tube,
        "line": line,
        "events": events,
        "times": times_of(tube, events, now=timezone.now()),
        "family": family_of(tube),
        "facts": stool_facts(tube) if sees_patients else None,
        "sees_patients": sees_patients,
        "main_acts": [each for each in offered if each[0] in MAIN_ACTS],
        "more_acts": [each for each in offered if each[0] not in MAIN_ACTS],
    }
    return render(request, "microbiome/specimen_detail.html", context)
