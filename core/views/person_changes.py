"""What an administrator does to an account or a role, each with a reason."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from core.actions import people as actions
from core.actions.lock_outs import lift_lock_out
from core.forms.people import ReasonForm
from core.http import Request
from core.models import Membership, Trial, User
from core.policies.people import check_manages_account
from core.views.people import administered, answered, ask, person_or_404, posted, send_letter


@dataclass(frozen=True)
class Question:
    """What is asked before it is done."""

    title: str
    text: str
    verb: str


@ask
def role_revoke(request: Request, slug: str, pk: int) -> HttpResponse:
    trial = administered(request, slug)
    held = get_object_or_404(Membership.objects.held().filter(trial=trial), pk=pk)

    def act(data: dict[str, Any]) -> str:
        actions.revoke_role(held, by=request.user, now=timezone.now(), **data)
        return _("The role is revoked.")

    question = Question(
        _("Revoke the role %(role)s?") % {"role": held.get_role_display()},
        _("The person loses what the role allows at once. The record of it stays."),
        _("Revoke the role"),
    )
    return _confirm(request, trial, held.user, question, act)


@ask
def person_deactivate(request: Request, slug: str, pk: int) -> HttpResponse:
    trial, person = person_or_404(request, slug, pk)

    def act(data: dict[str, Any]) -> str:
        actions.deactivate_person(person, by=request.user, now=timezone.now(), **data)
        return _("The account is deactivated. Its sessions and tokens have ended.")

    question = Question(
        _("Deactivate the account?"),
        _("Sessions and API tokens end at once. What the person entered and signed stays."),
        _("Deactivate"),
    )
    return _confirm(request, trial, person, question, act)


@ask
def person_reactivate(request: Request, slug: str, pk: int) -> HttpResponse:
    trial, person = person_or_404(request, slug, pk)

    def act(data: dict[str, Any]) -> str:
        actions.reactivate_person(person, by=request.user, **data)
        return _("The account is active again.")

    question = Question(
        _("Activate the account again?"),
        _("The person has the roles from before. API tokens stay revoked."),
        _("Activate"),
    )
    return _confirm(request, trial, person, question, act)


@ask
def person_unlock(request: Request, slug: str, pk: int) -> HttpResponse:
    trial, person = person_or_404(request, slug, pk)

    def act(data: dict[str, Any]) -> str:
        check_manages_account(person, by=request.user)
        lift_lock_out(person, by=request.user, now=timezone.now(), **data)
        return _("The account is unlocked.")

    question = Question(
        _("Unlock the account?"),
        _("Make sure, by telephone for example, that it was the person who mistyped."),
        _("Unlock"),
    )
    return _confirm(request, trial, person, question, act)


@ask
def person_reset_factor(request: Request, slug: str, pk: int) -> HttpResponse:
    trial, person = person_or_404(request, slug, pk)

    def act(data: dict[str, Any]) -> str:
        actions.reset_second_factor(person, by=request.user, **data)
        return _("The second factor is removed. The person sets up another one.")

    question = Question(
        _("Remove the second factor?"),
        _("For a lost phone or key. Make sure that you speak to the owner of the account."),
        _("Remove"),
    )
    return _confirm(request, trial, person, question, act)


@ask
def person_letter(request: Request, slug: str, pk: int) -> HttpResponse:
    trial, person = person_or_404(request, slug, pk)

    def act(data: dict[str, Any]) -> str:
        actions.note_letter(person, by=request.user, **data)
        send_letter(request, person)
        return _("The letter with the link is sent.")

    question = Question(
        _("Send a link to choose a password?"),
        _("To %(email)s. The link works once and for a few days.") % {"email": person.email},
        _("Send the letter"),
    )
    return _confirm(request, trial, person, question, act)


def _confirm(
    request: Request,
    trial: Trial,
    person: User,
    question: Question,
    act: Callable[[dict[str, Any]], str],
) -> HttpResponse:
    """Asks for the reason, acts, and goes back to the person."""

    def done(data: dict[str, Any]) -> HttpResponse:
        messages.success(request, act(data))
        return redirect("core:person-detail", trial.slug, person.pk)

    form = ReasonForm(posted(request))
    context = {"person": person, "question": question}
    return answered(request, "core/person_confirm.html", form, done, **context)
