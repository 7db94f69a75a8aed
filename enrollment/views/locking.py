"""Freezing, locking and lifting, for a form, a patient, a site or the whole trial."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core.http import Request
from core.models import Site, Trial
from core.permissions import Permission, covers_trial, has_permission, require_permission
from core.refusals import Refused
from core.scope import enter, trial_or_404
from enrollment.actions.locking import close, lift
from enrollment.forms.locking import LockForm
from enrollment.models import Patient
from enrollment.queries.locking import Target, locks_by_site, obstacles, state_counts
from enrollment.queries.records import RecordLine, placed, record_lines
from enrollment.views.scope import patient_or_404
from oversight.models import Lock

RIGHT = {Lock.Kind.FREEZE: Permission.RECORD_FREEZE, Lock.Kind.LOCK: Permission.RECORD_LOCK}
MOST_OBSTACLES = 100
METHODS = ["GET", "HEAD", "POST"]


@require_safe
def lock_list(request: Request, slug: str) -> HttpResponse:
    """How far each site is, what is frozen or locked now, and what was."""
    trial = trial_or_404(request, slug)
    require_permission(request.user, Permission.RECORD_FREEZE, trial=trial)
    sites = Site.objects.visible_to(request.user).filter(trial=trial)
    locks = Lock.objects.visible_to(request.user).filter(trial=trial)
    related = locks.select_related("by", "lifted_by", "site")
    lines = _described(list(related[:500]))
    context = {
        "trial": trial,
        "nav": "verification",
        "sites": locks_by_site(trial, sites),
        "whole_trial": [line for line in lines if line["lock"].scope == Lock.Scope.TRIAL],
        "open": [line for line in lines if line["lock"].lifted_at is None],
        "lifted": [line for line in lines if line["lock"].lifted_at is not None],
        "kinds": _kinds(request, trial=trial),
        "is_whole_trial": covers_trial(request.user, Permission.RECORD_FREEZE, trial=trial),
    }
    return render(request, "enrollment/lock_list.html", context)


@require_http_methods(METHODS)
def trial_lock(request: Request, slug: str) -> HttpResponse:
    """The whole trial, or with `?site=` one site of it."""
    trial = trial_or_404(request, slug)
    kind = _kind(request)
    code = request.GET.get("site", "")
    if code:
        visible = Site.objects.visible_to(request.user).filter(trial=trial)
        site = get_object_or_404(visible, code=code.replace("\0", ""))
        require_permission(request.user, RIGHT[kind], site=site)
        target = Target(trial, site)
    else:
        require_permission(request.user, RIGHT[kind], trial=trial)
        if not covers_trial(request.user, RIGHT[kind], trial=trial):
            raise PermissionDenied(_("Only somebody of all sites can do this to a whole trial."))
        target = Target(trial)
    back = reverse("enrollment:lock-list", args=[trial.slug])
    return _closing_page(request, target, kind, back)


@require_http_methods(METHODS)
def patient_lock(request: Request, pk: int) -> HttpResponse:
    """All of a patient, or with `?record=` one form."""
    patient = patient_or_404(request, pk)
    kind = _kind(request)
    require_permission(request.user, RIGHT[kind], site=patient.site)
    target = Target(patient.trial, patient.site, patient)
    back = reverse("enrollment:patient-detail", args=[patient.pk])
    if named := request.GET.get("record", ""):
        line = _line_named(named, record_lines(patients=[patient.pk]))
        [record] = placed([line])
        target = Target(patient.trial, patient.site, patient, record)
        back = record.url
    return _closing_page(request, target, kind, back)


@require_http_methods(METHODS)
def lock_lift(request: Request, pk: int) -> HttpResponse:
    visible = Lock.objects.visible_to(request.user).select_related("trial", "site", "by")
    lock = get_object_or_404(visible, pk=pk)
    right = RIGHT[Lock.Kind(lock.kind)]
    enter(request, lock.trial, lock.site)
    require_permission(request.user, right, trial=lock.trial, site=lock.site)
    if lock.site is None and not covers_trial(request.user, right, trial=lock.trial):
        raise PermissionDenied(_("Only somebody of all sites can do this to a whole trial."))
    target = _target_of(lock)
    form = LockForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        try:
            lift(lock, target, by=request.user, reason=reason, at=timezone.now())
        except Refused as refusal:
            form.add_error("reason", str(refusal))
        else:
            messages.success(request, _("Lifted. What it covered can be changed again."))
            return redirect("enrollment:lock-list", lock.trial.slug)
    context = {
        "trial": lock.trial,
        "nav": "verification",
        "lock": lock,
        "target": target,
        "form": form,
        "counts": state_counts(target.lines()),
        "back": reverse("enrollment:lock-list", args=[lock.trial.slug]),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "enrollment/lock_lift.html", context, status=status)


def _closing_page(request: Request, target: Target, kind: Lock.Kind, back: str) -> HttpResponse:
    form = LockForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        try:
            close(target, kind, by=request.user, reason=reason, at=timezone.now())
        except Refused as refusal:
            form.add_error("reason", str(refusal))
        else:
            done = _("Locked.") if kind == Lock.Kind.LOCK else _("Frozen.")
            messages.success(request, done)
            return redirect(back)
    in_the_way = obstacles(target) if kind == Lock.Kind.LOCK else []
    context = {
        "trial": target.trial,
        "nav": "verification",
        "target": target,
        "is_lock": kind == Lock.Kind.LOCK,
        "form": form,
        "counts": state_counts(target.lines()),
        "obstacles": in_the_way[:MOST_OBSTACLES],
        "more": max(0, len(in_the_way) - MOST_OBSTACLES),
        "in_the_way": len(in_the_way),
        "back": back,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "enrollment/lock_new.html", context, status=status)


def _kind(request: Request) -> Lock.Kind:
    try:
        return Lock.Kind(request.GET.get("kind", Lock.Kind.FREEZE))
    except ValueError:
        raise Http404 from None


def _kinds(request: Request, *, trial: Trial) -> list[str]:
    return [
        kind for kind, right in RIGHT.items() if has_permission(request.user, right, trial=trial)
    ]


def _line_named(text: str, lines: list[RecordLine]) -> RecordLine:
    for line in lines:
        if text == f"{line.form}:{line.pk}":
            return line
    raise Http404


def _target_of(lock: Lock) -> Target:
    patient = None
    if lock.patient_id is not None:
        related = Patient.objects.select_related("trial", "site", "version")
        patient = related.defer("version__source").filter(pk=lock.patient_id).first()
    record = None
    if patient is not None and lock.record_id is not None:
        found = record_lines(patients=[patient.pk])
        mine = [line for line in found if line.key == (lock.form, lock.record_id)]
        record = placed(mine)[0] if mine else None
    return Target(lock.trial, lock.site, patient, record)


def _described(locks: list[Lock]) -> list[dict[str, Any]]:
    """The locks with the words for what they cover: a fixed number of queries."""
    patients = Patient.objects.in_bulk({lock.patient_id for lock in locks if lock.patient_id})
    of_forms = [lock for lock in locks if lock.record_id is not None]
    lines = record_lines(patients=sorted({lock.patient_id or 0 for lock in of_forms}))
    wanted = {(lock.form, lock.record_id) for lock in of_forms}
    records = {item.line.key: item for item in placed(x for x in lines if x.key in wanted)}
    return [
        {
            "lock": lock,
            "patient": patients.get(lock.patient_id) if lock.patient_id else None,
            "record": records.get((lock.form, lock.record_id or 0)),
        }
        for lock in locks
    ]
