"""Django's pages for signing in and for the password, with the audit and 422 of the others."""

from typing import cast

from django.contrib.auth import views
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.http import HttpResponse

from core import audit
from core.models import User


class SignIn(views.LoginView):
    redirect_authenticated_user = True

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        response = super().form_invalid(form)
        response.status_code = 422
        return response


class PasswordChange(views.PasswordChangeView):
    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        with audit.writing(by=cast(User, self.request.user)):
            return super().form_valid(form)

    def form_invalid(self, form: PasswordChangeForm) -> HttpResponse:
        response = super().form_invalid(form)
        response.status_code = 422
        return response
