"""The administrator's pages: people and their roles. Clinical tables can only be looked at."""

from typing import Any, cast

from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from core import audit
from core.models import AuditEntry, Membership, Site, Trial, User
from core.policies.people import check_blinding, check_not_own
from core.refusals import Refused

# The administration has no sign-in of its own: it would ask for the password alone.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
# What a person may do comes from memberships alone. Second factors and sessions have pages of
# their own, where a change is somebody's: here an operator could add a passkey to any account.
for _model in (Group, Authenticator, EmailAddress, UserSession):
    admin.site.unregister(_model)


class AuditedAdmin(admin.ModelAdmin):
    """What is changed here is the signed-in administrator's doing."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with audit.writing(by=cast(User, request.user), reason="administration"):
            return super().changeform_view(request, *args, **kwargs)

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Accounts are deactivated and memberships revoked; nothing is removed."""
        return False


class ReadOnlyAdmin(AuditedAdmin):
    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


_RANKS = ("is_staff", "is_superuser")


@admin.register(User)
class PersonAdmin(AuditedAdmin, UserAdmin):
    list_display = ("username", "full_name", "email", "is_active", "is_demo")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": ("full_name", "email", "language")}),
        (_("Access"), {"fields": ("is_active", "is_staff", "is_superuser")}),
    )
    add_fieldsets = (
        (None, {"fields": ("username", "full_name", "email", "password1", "password2")}),
    )

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """An account of those who run the system is changed by a superuser only."""
        runs_it = isinstance(obj, User) and (obj.is_superuser or obj.is_staff)
        if runs_it and not cast(User, request.user).is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def get_readonly_fields(
        self, request: HttpRequest, obj: models.Model | None = None
    ) -> tuple[str, ...]:
        fields = tuple(super().get_readonly_fields(request, obj))
        return fields if cast(User, request.user).is_superuser else (*fields, *_RANKS)

    def user_change_password(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with audit.writing(by=cast(User, request.user), reason="administration"):
            return super().user_change_password(request, *args, **kwargs)


class MembershipForm(forms.ModelForm):
    """Grants a role by the rules of the trial's own pages, or ends one."""

    by: User

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        user, trial = data.get("user"), data.get("trial")
        try:
            if self.instance.pk is not None:
                check_not_own(self.instance.user, by=self.by)
            elif user and trial and "role" in data:
                check_not_own(user, by=self.by)
                check_blinding(user, data["role"], trial=trial)
        except Refused as refusal:
            self.add_error(None, str(refusal))
        return data


@admin.register(Membership)
class MembershipAdmin(AuditedAdmin):
    form = MembershipForm
    fields = ("user", "trial", "site", "role", "revoked_at")
    list_display = ("user", "trial", "site", "role", "granted_at", "revoked_at")
    list_filter = ("trial", "role")
    list_select_related = ("user", "trial", "site__trial")

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, *args, **kwargs)
        form.by = request.user
        return form

    def get_readonly_fields(
        self, request: HttpRequest, obj: models.Model | None = None
    ) -> tuple[str, ...]:
        """Who held which role stays as it was; a role that ended is granted anew."""
        if not isinstance(obj, Membership):
            return ()
        granted = ("user", "trial", "site", "role")
        return granted if obj.revoked_at is None else (*granted, "revoked_at")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            obj.granted_by = request.user
        super().save_model(request, obj, form, change)


@admin.register(Trial, Site)
class TrialAdmin(ReadOnlyAdmin):
    pass


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """Who did what when, without values and reasons: those are on the trail pages of the trial,
    for people with a role in it and without what would tell the arm.
    """

    list_display = ("at", "actor_name", "action", "event", "table_name", "row_pk")
    list_filter = ("action", "table_name")
    fields = (*list_display, "actor_role", "source", "trail")
    show_full_result_count = False

    @admin.display(description=_("values and reason"))
    def trail(self, entry: AuditEntry) -> str:
        trial = Trial.objects.filter(pk=entry.trial_id or 0).first()
        if trial is None:
            return "–"
        address = reverse("reports:audit-trail", args=[trial.slug])
        return format_html('<a href="{}">{}</a>', address, _("trail of the trial"))

    def get_readonly_fields(self, *args: Any) -> tuple[str, ...]:
        return self.fields
