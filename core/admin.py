"""The administrator's pages: people and their roles. Clinical tables can only be looked at."""

from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from core import audit
from core.models import AuditEntry, Membership, Site, Trial, User

# What a person may do comes from memberships alone.
admin.site.unregister(Group)


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

    def user_change_password(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with audit.writing(by=cast(User, request.user), reason="administration"):
            return super().user_change_password(request, *args, **kwargs)


@admin.register(Membership)
class MembershipAdmin(AuditedAdmin):
    list_display = ("user", "trial", "site", "role", "granted_at", "revoked_at")
    list_filter = ("trial", "role")
    list_select_related = ("user", "trial", "site__trial")


@admin.register(Trial, Site)
class TrialAdmin(ReadOnlyAdmin):
    pass


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "actor_name", "action", "event", "table_name", "row_pk", "reason")
    list_filter = ("action", "table_name")
    show_full_result_count = False
