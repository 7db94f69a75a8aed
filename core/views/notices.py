"""The named people of a trial: who gets which notice."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from core.actions.notices import name_recipient, remove_recipient
from core.forms.people import ReasonForm, RecipientForm
from core.http import Request
from core.queries.notices import recipients_of, unnamed_kinds
from core.views.people import administered, answered, ask, posted


@ask
def recipient_list(request: Request, slug: str) -> HttpResponse:
    """Who is named for each kind of notice, and a form that names another person."""
    trial = administered(request, slug)

    def act(data: dict[str, Any]) -> HttpResponse:
        name_recipient(data["user"], data["kind"], by=request.user, trial=trial)
        messages.success(request, _("The person gets these notices from now on."))
        return redirect("core:recipient-list", trial.slug)

    form = RecipientForm(posted(request), trial=trial, initial={"kind": request.GET.get("kind")})
    context = {"kinds": recipients_of(trial), "unnamed": unnamed_kinds(trial)}
    return answered(request, "core/recipient_list.html", form, act, **context)


@ask
def recipient_remove(request: Request, slug: str, pk: int) -> HttpResponse:
    trial = administered(request, slug)
    named = trial.notice_recipients.select_related("trial", "user")
    recipient = get_object_or_404(named, pk=pk)

    def act(data: dict[str, Any]) -> HttpResponse:
        remove_recipient(recipient, by=request.user, **data)
        messages.success(request, _("The person no longer gets these notices."))
        return redirect("core:recipient-list", trial.slug)

    form = ReasonForm(posted(request))
    return answered(request, "core/recipient_remove.html", form, act, recipient=recipient)
