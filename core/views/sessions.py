"""A person's open sessions: see them, end one, end all others."""

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from core.http import Request
from core.sessions import end_sessions, open_sessions


@require_safe
def session_list(request: Request) -> HttpResponse:
    current = request.session.session_key
    sessions = open_sessions(request.user)
    return render(request, "core/session_list.html", {"sessions": sessions, "current_key": current})


@require_POST
def session_extend(request: Request) -> HttpResponse:
    """The person stays: asking is use enough."""
    return HttpResponse(status=204)


@require_POST
def session_end(request: Request, pk: int) -> HttpResponse:
    session = get_object_or_404(UserSession, pk=pk, user=request.user)
    end_sessions([session], by=request.user, reason="ended by the person")
    if session.session_key == request.session.session_key:
        return redirect_to_login("/")
    messages.success(request, _("The session is ended. That browser asks for the password."))
    return redirect("core:session-list")


@require_POST
def session_end_others(request: Request) -> HttpResponse:
    own = request.session.session_key
    others = [item for item in open_sessions(request.user) if item.session_key != own]
    ended = end_sessions(others, by=request.user, reason="ended by the person")
    messages.success(
        request, ngettext("%d session is ended.", "%d sessions are ended.", ended) % ended
    )
    return redirect("core:session-list")
