"""Taking stray personal data out of the trail, in two pages for two persons."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from core.http import Request
from core.models import AuditEntry, AuditRedaction, Site, Trial
from core.permissions import Permission, has_permission, require_permission
from core.reauthentication import check_fresh
from core.refusals import Refused
from core.scope import trial_or_404
from reports.actions.redactions import check_second_person, confirm_redaction, propose_redaction
from reports.forms.redactions import RedactionConfirmation, RedactionForm
from reports.queries import trail
from reports.queries.redactions import is_readable, redactable_fields
from reports.queries.trail_lines import trail_lines
from reports.queries.trail_names import with_names


@require_http_methods(["GET", "HEAD", "POST"])
def redaction_propose(request: Request, slug: str, entry_pk: int) -> HttpResponse:
    trial = trial_or_404(request, slug)
    entry, fields = _entry(request, trial, entry_pk)
    form = RedactionForm(request.POST if request.method == "POST" else None, fields=fields)
    if form.is_valid():
        wanted = form.cleaned_data
        try:
            propose_redaction(
                entry,
                wanted["field"],
                trial=trial,
                by=request.user,
                reason=wanted["reason"],
                now=timezone.now(),
            )
        except Refused as refused:
            form.add_error("field", str(refused))
        else:
            messages.success(request, _("Proposed. Somebody else must confirm it."))
            return _back(request, trial)
    return _page(request, "reports/redaction_propose.html", trial, entry, form=form)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters("password")
def redaction_confirm(request: Request, slug: str, pk: int) -> HttpResponse:
    trial = trial_or_404(request, slug)
    redaction = get_object_or_404(AuditRedaction, pk=pk, trial=trial, confirmed_at=None)
    entry, fields = _entry(request, trial, redaction.entry_id)
    if redaction.field not in fields:
        raise Http404
    form = RedactionConfirmation(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            check_second_person(redaction, by=request.user)
            check_fresh(request.user, form.cleaned_data["password"], request=request)
            confirm_redaction(redaction, by=request.user, now=timezone.now())
        except Refused as refused:
            form.add_error("password", str(refused))
        else:
            messages.success(request, _("The values are out of the trail. It says so itself."))
            return _back(request, trial)
    return _page(
        request,
        "reports/redaction_confirm.html",
        trial,
        entry,
        form=form,
        redaction=redaction,
        label=fields[redaction.field],
    )


def _entry(request: Request, trial: Trial, pk: int) -> tuple[AuditEntry, dict[str, str]]:
    """The entry, and what of it may go.

    404 for an entry of another trial or of a site that the person does not see, 403 for a person
    who may not redact it or does not read it in the trail.
    """
    entry = get_object_or_404(AuditEntry, pk=pk)
    if entry.trial_id not in (None, trial.pk):
        raise Http404
    site = None
    if entry.site_id is not None:
        site = get_object_or_404(Site.objects.visible_to(request.user), pk=entry.site_id)
    require_permission(request.user, Permission.AUDIT_REDACT, trial=trial, site=site)
    if not is_readable(trial, request.user, entry):
        raise PermissionDenied(_("You can redact only what you read in the audit trail."))
    fields = redactable_fields(entry, shows_arm=trail.shows_arm(request.user, trial))
    if not fields:
        raise Http404
    return entry, fields


def _page(
    request: Request, template: str, trial: Trial, entry: AuditEntry, *, form: Any, **more: Any
) -> HttpResponse:
    shows_arm = trail.shows_arm(request.user, trial)
    lines = trail_lines([entry], shows_arm=shows_arm, zone=trail.zone_of(trial))
    context = {
        "trial": trial,
        "nav": "audit",
        "lines": with_names(lines),
        "form": form,
        "back": _trail_of(request, trial),
    }
    status = 422 if form.is_bound else 200
    return render(request, template, context | more, status=status)


def _trail_of(request: Request, trial: Trial) -> str:
    """An administrator reads the part about people only."""
    reads_all = has_permission(request.user, Permission.AUDIT_REVIEW, trial=trial)
    return "reports:audit-trail" if reads_all else "reports:security-trail"


def _back(request: Request, trial: Trial) -> HttpResponseRedirect:
    return redirect(_trail_of(request, trial), trial.slug)
