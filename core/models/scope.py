"""Rows are reached only through `visible_to(user)`; this is where that word is defined."""

from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.db import models

from core.models.trial import Site

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from core.models.user import User

M = TypeVar("M", bound=models.Model)


class SiteScopedQuerySet(models.QuerySet[M]):
    """Rows that belong to a site; the model says by which path in `SITE_PATH`."""

    def visible_to(self, user: "User | AnonymousUser") -> Self:
        path: str = self.model.SITE_PATH  # type: ignore[attr-defined]
        return self.filter(**{f"{path}__in": Site.objects.visible_to(user)})

    def in_trial(self, trial: Any) -> Self:
        path: str = self.model.SITE_PATH  # type: ignore[attr-defined]
        return self.filter(**{f"{path}__trial": trial})


SiteScopedManager = models.Manager.from_queryset(SiteScopedQuerySet)
