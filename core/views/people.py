"""People of a trial: the list, an invitation, one person's access, roles and training."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core.actions import people as actions
from core.actions.training import record_training
from core.forms.people import GrantForm, InviteForm, TrainingForm
from core.http import Request
from core.models import TrainingRecord, Trial, User
from core.permissions import Permission, require_permission
from core.policies.people import check_manages_account
from core.queries.notices import unnamed_kinds
from core.queries.people import people_of
from core.refusals import Refused
from core.scope import trial_or_404
from core.tasks import send_activation_letter

ask = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def person_list(request: Request, slug: str) -> HttpResponse:
    trial = administered(request, slug)
    people = people_of(trial, now=timezone.now(), today=timezone.localdate())
    context = {"people": people, "unnamed": unnamed_kinds(trial)}
    return render(request, "core/person_list.html", context)


@require_safe
def person_detail(request: Request, slug: str, pk: int) -> HttpResponse:
    trial, person = person_or_404(request, slug, pk)
    found = people_of(trial, now=timezone.now(), today=timezone.localdate(), user=person)
    context = {
        "person": person,
        "line": found[0] if found else None,
        "revoked": person.memberships.filter(trial=trial, revoked_at__isnull=False).select_related(
            "site__trial"
        ),
        "training": TrainingRecord.objects.filter(user=person, trial=trial).select_related(
            "recorded_by"
        ),
        "beyond": _beyond(person, by=request.user),
    }
    return render(request, "core/person_detail.html", context)


@ask
def person_invite(request: Request, slug: str) -> HttpResponse:
    trial = administered(request, slug)

    def act(data: dict[str, Any]) -> HttpResponse:
        user = actions.invite_person(by=request.user, trial=trial, **data)
        send_letter(request, user)
        messages.success(request, _("The account is made, and the letter with the link is sent."))
        return redirect("core:person-detail", trial.slug, user.pk)

    form = InviteForm(posted(request), trial=trial)
    return answered(request, "core/person_invite.html", form, act)


@ask
def role_grant(request: Request, slug: str) -> HttpResponse:
    """A role for somebody who has an account already."""
    trial = administered(request, slug)

    def act(data: dict[str, Any]) -> HttpResponse:
        user = data["user"]
        actions.assign_role(user, data["role"], by=request.user, trial=trial, site=data["site"])
        messages.success(request, _("The role is granted."))
        return redirect("core:person-detail", trial.slug, user.pk)

    form = GrantForm(posted(request), trial=trial, initial={"username": request.GET.get("user")})
    return answered(request, "core/role_grant.html", form, act)


@ask
def training_record(request: Request, slug: str, pk: int) -> HttpResponse:
    trial, person = person_or_404(request, slug, pk)

    def act(data: dict[str, Any]) -> HttpResponse:
        today = timezone.localdate()
        record_training(person, by=request.user, trial=trial, today=today, **data)
        messages.success(request, _("The training is recorded."))
        return redirect("core:person-detail", trial.slug, person.pk)

    form = TrainingForm(posted(request), initial={"role": request.GET.get("role")})
    return answered(request, "core/training_record.html", form, act, person=person)


def administered(request: Request, slug: str) -> Trial:
    trial = trial_or_404(request, slug)
    require_permission(request.user, Permission.MEMBER_MANAGE, trial=trial)
    return trial


def person_or_404(request: Request, slug: str, pk: int) -> tuple[Trial, User]:
    """Somebody who has, or had, a role in the trial; nobody else exists for its administrator."""
    trial = administered(request, slug)
    known = User.objects.filter(memberships__trial=trial).distinct()
    return trial, get_object_or_404(known, pk=pk)


def _beyond(person: User, *, by: User) -> str:
    try:
        check_manages_account(person, by=by)
    except Refused as refusal:
        return str(refusal)
    return ""


def send_letter(request: Request, user: User) -> None:
    base = settings.SITE_URL or f"{request.scheme}://{request.get_host()}"
    send_activation_letter.delay_on_commit(user.pk, base)


def posted(request: Request) -> Any:
    return request.POST if request.method == "POST" else None


def answered(
    request: Request,
    template: str,
    form: Form,
    act: Callable[[dict[str, Any]], HttpResponse],
    **context: Any,
) -> HttpResponse:
    """Acts on a valid form; a refusal is shown above it."""
    if form.is_valid():
        try:
            return act(form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        except ValidationError as error:
            form.add_error(None, error.messages)
    status = 422 if form.is_bound else 200
    return render(request, template, context | {"form": form}, status=status)
