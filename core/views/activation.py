"""The page behind the link of an activation letter."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import views
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.urls import reverse_lazy
from django.utils.translation import gettext as _

from core import audit
from core.models import User


class Activate(views.PasswordResetConfirmView):
    """Django's page: it keeps the token out of the address before anything else is loaded."""

    template_name = "core/activation.html"
    success_url = reverse_lazy("account_login")
    reset_url_token = "choose"  # noqa: S105 - a part of the address

    def get_user(self, uidb64: str) -> User | None:
        user = super().get_user(uidb64)
        return user if isinstance(user, User) and user.is_active else None

    def form_valid(self, form: Any) -> HttpResponse:
        with audit.writing(by=self.user, reason="chosen by the link of a letter"):
            response = super().form_valid(form)
        messages.success(self.request, _("The password is set. Sign in with it."))
        return response

    def form_invalid(self, form: Any) -> HttpResponse:
        response = super().form_invalid(form)
        response.status_code = 422
        return response


activate = login_not_required(Activate.as_view())
