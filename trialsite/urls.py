from django.contrib import admin
from django.contrib.auth import views as auth
from django.urls import include, path

from trialsite.navigation import trial_open

urlpatterns = [
    path("", include("enrollment.urls")),
    path("", include("reports.urls")),
    path("trials/<slug:slug>/open/", trial_open, name="trial-open"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("sign-in/", auth.LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("sign-out/", auth.LogoutView.as_view(), name="logout"),
    path("password/", auth.PasswordChangeView.as_view(), name="password_change"),
    path("password/done/", auth.PasswordChangeDoneView.as_view(), name="password_change_done"),
    path("admin/", admin.site.urls),
]
