from django.conf import settings
from django.contrib import admin
from django.contrib.auth import views as auth
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.i18n import set_language

from core import health
from core.views import accounts, activation
from trialsite.navigation import trial_open
from trialsite.styleguide import styleguide

handler400 = "core.error_pages.bad_request"
handler404 = "core.error_pages.not_found"
handler500 = "core.error_pages.server_error"

urlpatterns = [
    path("", include("core.urls")),
    path("", include("enrollment.urls")),
    path("", include("outcomes.urls")),
    path("", include("dosing.urls")),
    path("", include("microbiome.urls")),
    path("", include("reports.urls")),
    path("api/v1/", include("reports.api.urls")),
    path("api/redcap/", include("reports.api.redcap.urls")),
    path("trials/<slug:slug>/open/", trial_open, name="trial-open"),
    path("i18n/setlang/", login_not_required(set_language), name="set_language"),
    path("sign-in/", accounts.SignIn.as_view(), name="account_login"),
    path("sign-out/", accounts.sign_out, name="account_logout"),
    path("confirm/", accounts.Reauthenticate.as_view(), name="account_reauthenticate"),
    path(
        "activate/<uidb64>/<token>/",
        activation.activate,
        name="account_activate",
    ),
    path("second-factor/", include("allauth.mfa.urls")),
    path("password/", accounts.PasswordChange.as_view(), name="password_change"),
    path("password/done/", auth.PasswordChangeDoneView.as_view(), name="password_change_done"),
    # In the place of the administration's own, which leaves no name in the audit.
    path("admin/password_change/", accounts.PasswordChange.as_view(), name="admin-password"),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
if not settings.PRODUCTION:
    urlpatterns.append(path("styleguide/", styleguide, name="styleguide"))
