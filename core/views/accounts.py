"""Signing in and out and the password: allauth's and Django's pages with our audit and 422."""

from typing import Any, cast

from allauth.account.views import LoginView, LogoutView, ReauthenticateView
from allauth.usersessions.models import UserSession
from django.contrib.auth import views
from django.contrib.auth.decorators import login_not_required
from django.forms import Form
from django.http import HttpResponse
from django.views.decorators.http import require_POST

from core import audit
from core.forms.passwords import OwnPasswordForm
from core.models import User


class SignIn(LoginView):
    def form_invalid(self, form: Form) -> HttpResponse:
        response: HttpResponse = super().form_invalid(form)
        response.status_code = 422
        return response


# Somebody between password and second factor has not signed in, and may turn back.
sign_out = login_not_required(require_POST(LogoutView.as_view()))


class Reauthenticate(ReauthenticateView):
    def form_invalid(self, form: Form) -> HttpResponse:
        response: HttpResponse = super().form_invalid(form)
        response.status_code = 422
        return response


class PasswordChange(views.PasswordChangeView):
    form_class = OwnPasswordForm

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"request": self.request}

    def form_valid(self, form: Any) -> HttpResponse:
        user = cast(User, self.request.user)
        before = self.request.session.session_key
        with audit.writing(by=user):
            response = super().form_valid(form)
        # The session goes on under another key; all others of the person end with the password.
        UserSession.objects.filter(session_key=before).delete()
        UserSession.objects.create_from_request(self.request)
        return response

    def form_invalid(self, form: Any) -> HttpResponse:
        response = super().form_invalid(form)
        response.status_code = 422
        return response
