"""What of the trail would tell a blinded reader the arm. The one place that says it.

A model says `REVEALS_ARM = True` when every row of it tells the arm, or names the columns that do
in `AUDIT_REVEALS`; a captured field says it in `reveals`.
"""

from functools import cache

from django.apps import apps
from django.db import models

from core.audit.triggers import audited_models
from core.fields import captured_fields
from core.models import Trial, User
from core.permissions import Permission, has_permission


def may_see_arm(user: User, trial: Trial) -> bool:
    return has_permission(user, Permission.ARM_VIEW, trial=trial)


@cache
def revealing_tables() -> frozenset[str]:
    """Tables of which a blinded reader sees no entry at all."""
    return frozenset(
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if getattr(model, "REVEALS_ARM", False)
    )


@cache
def independent_tables() -> frozenset[str]:
    """Tables of somebody outside the site, which nobody at the site sees (`IS_INDEPENDENT`)."""
    return frozenset(
        model._meta.db_table
        for model in audited_models()
        if getattr(model, "IS_INDEPENDENT", False)
    )


@cache
def revealing_columns(table: str) -> frozenset[str]:
    """Columns of the table whose values a blinded reader does not see."""
    found = {
        (name, column)
        for model in audited_models()
        if model._meta.db_table == table
        for name, column in _revealing(model)
    }
    return frozenset(word for pair in found for word in pair if word)


def _revealing(model: type[models.Model]) -> list[tuple[str, str | None]]:
    """Name and column of each."""
    said: tuple[str, ...] = getattr(model, "AUDIT_REVEALS", ())
    told = {item.name for item in captured_fields(model) if item.captured.reveals}
    return [
        (item.name, item.column)
        for item in model._meta.local_fields
        if item.name in told or item.name in said or item.column in said
    ]
