"""Randomizing a patient, and the trial's lists for those who make them."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.http import Request
from core.models import Trial
from core.permissions import Permission, has_permission, require_permission
from core.refusals import Refused
from core.scope import enter, trial_or_404
from enrollment.actions import randomize_patient
from enrollment.actions.randomization_lists import (
    activate_list,
    extend_list,
    make_list,
    upload_list,
)
from enrollment.calc.definition import Text
from enrollment.calc.randomization_file import ListRefused, to_text, weigh
from enrollment.forms.randomization import PlacesForm, RandomizeForm, UploadForm
from enrollment.models import RandomizationList
from enrollment.queries.arms import places_of
from enrollment.queries.randomization import (
    Factor,
    active_list,
    allocation_of,
    factors_of,
    fills,
    lists_of,
    misplaced,
    settings_are_current,
    strata_labels,
    stratum_words,
    takers,
    told_by_forms,
)
from enrollment.queries.trials import current_version
from enrollment.views.scope import patient_or_404


@require_http_methods(["GET", "HEAD", "POST"])
def patient_randomize(request: Request, pk: int) -> HttpResponse:
    """Shows the strata and asks once more; the answer is a number, never an arm."""
    patient = patient_or_404(request, pk)
    require_permission(request.user, Permission.PATIENT_RANDOMIZE, site=patient.site)
    if allocation_of(patient) is not None:
        return redirect("enrollment:patient-detail", patient.pk)
    active = active_list(patient.trial)
    table = active.version.definition.randomization if active else None
    today = timezone.localdate()
    factors = factors_of(patient, table.strata if table else (), on=today)
    form = RandomizeForm(
        request.POST if request.method == "POST" else None,
        asked=[factor.stratum for factor in factors if factor.is_asked],
        initial={"confirmed": told_by_forms(factors)},
    )
    refusal = ""
    if form.is_bound and form.is_valid():
        try:
            allocated = randomize_patient(
                patient,
                by=request.user,
                on=today,
                asked=form.asked,
                confirmed=form.cleaned_data["confirmed"],
            )
        except Refused as refused:
            refusal = str(refused)
        else:
            text = _("Randomized. The randomization number is %(number)s.")
            messages.success(request, text % {"number": allocated.number})
            return redirect("enrollment:patient-detail", patient.pk)
    told = [factor for factor in factors if not factor.is_asked]
    context = {
        "trial": patient.trial,
        "nav": "patients",
        "patient": patient,
        "active": active,
        "facts": [(_in_language(f.stratum.label), _words(f)) for f in told],
        "is_ready": all(factor.level for factor in told),
        "form": form,
        "told_now": told_by_forms(factors),
        "refusal": refusal,
    }
    status = 422 if form.is_bound else 200
    return render(request, "enrollment/patient_randomize.html", context, status=status)


def _words(factor: Factor) -> str:
    """The level in words; what the form says where no level has it."""
    for level in factor.stratum.levels:
        if level.id == factor.level:
            return _in_language(level.label)
    if factor.value:
        return _("%(value)s: not foreseen by the strata") % {"value": factor.value}
    return _("no answer in a complete form yet")


def _in_language(text: Text) -> str:
    return text.in_language(get_language() or "en")


@require_safe
def randomization_detail(request: Request, slug: str) -> HttpResponse:
    """How full the strata are, and the lists, without arms."""
    trial = trial_or_404(request, slug)
    require_permission(request.user, Permission.PATIENT_VIEW, trial=trial)
    return _page(request, trial)


def _page(
    request: Request,
    trial: Trial,
    *,
    places_form: PlacesForm | None = None,
    upload_form: UploadForm | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    definition = current_version(trial).definition
    active = active_list(trial)
    used, language = active.version.definition if active else definition, get_language() or "en"
    labels = strata_labels(used, language)
    lines = fills(active) if active else []
    can_manage = has_permission(request.user, Permission.RANDOMIZATION_MANAGE, trial=trial)
    is_amended = active is not None and not settings_are_current(active)
    taken = sum(line.taken for line in lines)
    context = {
        "trial": trial,
        "nav": "randomization",
        "randomizes": definition.randomization is not None,
        "active": active,
        "is_amended": is_amended,
        "can_make": is_amended or not taken,
        "fills": [(labels[line.stratum], line) for line in lines],
        "taken": taken,
        "target": definition.trial.target_size,
        "misplaced": [
            (line, labels[line.randomized_as], stratum_words(used, line.now, language))
            for line in (misplaced(active, user=request.user) if active else [])
        ],
        "can_manage": can_manage,
        "lists": lists_of(trial) if can_manage else [],
        "places_form": places_form or PlacesForm(initial={"per_stratum": 40}),
        "upload_form": upload_form or UploadForm(),
        "refusal": refusal,
    }
    return render(request, "enrollment/randomization_detail.html", context, status=status)


@require_POST
def list_make(request: Request, slug: str) -> HttpResponse:
    trial = _managed_trial(request, slug)
    form = PlacesForm(request.POST)
    if not form.is_valid():
        return _page(request, trial, places_form=form, status=422)
    try:
        made = make_list(trial, by=request.user, per_stratum=form.cleaned_data["per_stratum"])
    except Refused as refused:
        return _page(request, trial, refusal=str(refused), status=422)
    return _waits(request, made)


@require_POST
@sensitive_variables("form")
def list_upload(request: Request, slug: str) -> HttpResponse:
    trial = _managed_trial(request, slug)
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, trial, upload_form=form, status=422)
    try:
        made = upload_list(trial, by=request.user, content=form.cleaned_data["file"])
    except ListRefused as refused:
        form.add_error("file", str(refused))
        return _page(request, trial, upload_form=form, status=422)
    except Refused as refused:
        return _page(request, trial, refusal=str(refused), status=422)
    return _waits(request, made)


def _waits(request: Request, made: RandomizationList) -> HttpResponse:
    text = _("List %(number)s is stored. Check it, then activate it.")
    messages.success(request, text % {"number": made.number})
    return redirect("enrollment:randomization-detail", made.trial.slug)


@require_POST
def list_extend(request: Request, pk: int) -> HttpResponse:
    made = _managed_list(request, pk)
    form = PlacesForm(request.POST)
    if not form.is_valid():
        return _page(request, made.trial, places_form=form, status=422)
    try:
        added = extend_list(made, by=request.user, per_stratum=form.cleaned_data["per_stratum"])
    except Refused as refused:
        return _page(request, made.trial, refusal=str(refused), status=422)
    messages.success(request, _("%(count)s places were added.") % {"count": added})
    return redirect("enrollment:randomization-detail", made.trial.slug)


@require_POST
def list_activate(request: Request, pk: int) -> HttpResponse:
    made = _managed_list(request, pk)
    try:
        activate_list(made, by=request.user)
    except Refused as refused:
        return _page(request, made.trial, refusal=str(refused), status=422)
    messages.success(request, _("The list is active: patients can be randomized."))
    return redirect("enrollment:randomization-detail", made.trial.slug)


@require_POST
@never_cache
@sensitive_variables("slots")
def list_read(request: Request, pk: int) -> HttpResponse:
    """The whole list with its balance; a POST, because reading it goes into the register."""
    made = _managed_list(request, pk)
    slots = places_of(made, by=request.user)
    definition = made.version.definition
    names = {arm.id: _in_language(arm.name) for arm in definition.arms}
    ratio = definition.randomization.ratio if definition.randomization else {}
    labels = strata_labels(definition, get_language() or "en")
    taken = takers(made)
    context = {
        "trial": made.trial,
        "nav": "randomization",
        "made": made,
        "arms": [names[arm] for arm in ratio],
        "balance": [
            (labels[line.stratum], line, [line.by_arm[arm] for arm in ratio])
            for line in weigh(slots, ratio)
        ],
        "lines": [
            (slot, names[slot.arm], taken.get((slot.stratum, slot.sequence))) for slot in slots
        ],
    }
    return render(request, "enrollment/randomization_list.html", context)


@require_POST
@never_cache
def list_csv(request: Request, pk: int) -> HttpResponse:
    """The file to seal for emergencies without the system; its SHA-256 is that of a made list."""
    made = _managed_list(request, pk)
    text = to_text(places_of(made, by=request.user))
    name = f"{made.trial.slug}-randomization-{made.number}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(text, content_type="text/csv; charset=utf-8", headers=headers)


def _managed_trial(request: Request, slug: str) -> Trial:
    trial = trial_or_404(request, slug)
    require_permission(request.user, Permission.RANDOMIZATION_MANAGE, trial=trial)
    return trial


def _managed_list(request: Request, pk: int) -> RandomizationList:
    lists = RandomizationList.objects.visible_to(request.user)
    made = get_object_or_404(lists.select_related("trial", "version"), pk=pk)
    enter(request, made.trial)
    require_permission(request.user, Permission.RANDOMIZATION_MANAGE, trial=made.trial)
    return made
