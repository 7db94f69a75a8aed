"""Which rows an export may hold: the person's right, and what was asked for."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet

from core.models import Membership, Site, Trial, User
from core.permissions import Permission, roles_with
from enrollment.models import Patient
from reports.queries.tables.table import Table


@dataclass(frozen=True)
class Scope:
    """One person in one trial. Empty `sites` and `patients` ask for everything allowed.

    It lives as long as a request: what it knows of sites is asked for once.
    """

    user: User
    trial: Trial
    sites: frozenset[str] = frozenset()
    patients: frozenset[str] = frozenset()

    @property
    def exportable_sites(self) -> QuerySet[Site]:
        """Sites at which a membership grants the export: being able to see one is not enough."""
        held = Membership.objects.current_for(self.user).filter(
            trial=self.trial, role__in=roles_with(Permission.EXPORT)
        )
        return Site.objects.visible_to(self.user).filter(
            Q(pk__in=held.filter(site__isnull=False).values("site_id"))
            | Q(trial_id__in=held.filter(site__isnull=True).values("trial_id")),
            trial=self.trial,
        )

    @property
    def allowed_sites(self) -> QuerySet[Site]:
        """Of those sites the ones that were asked for."""
        sites = self.exportable_sites
        return sites.filter(code__in=self.sites) if self.sites else sites

    @cached_property
    def allowed_codes(self) -> frozenset[str]:
        return frozenset(self.allowed_sites.values_list("code", flat=True))

    def covers(self, table: Table) -> bool:
        """A table that counts all patients of the trial is for those who may export all sites."""
        return table.has_patients or self.covers_all_sites

    @cached_property
    def covers_all_sites(self) -> bool:
        missing = Site.objects.filter(trial=self.trial).exclude(pk__in=self.exportable_sites)
        return not missing.exists()

    def rows_of(self, table: Table) -> "QuerySet[Any]":
        """The rows of a table that has a model, in their fixed order."""
        if table.model is None:
            raise ValueError(f"{table.name} is no table of rows")
        way = table.patient
        rows = table.model.objects.visible_to(self.user)  # type: ignore[attr-defined]
        rows = rows.filter(table.where, **{f"{way}site__in": self.allowed_sites})
        if self.patients:
            rows = rows.filter(named(self.patients, way=way))
        order = (f"{way}site__code", f"{way}screening_number", *table.order, "pk")
        return rows.order_by(*order)


def named(patients: Collection[str], *, way: str = "") -> Q:
    """Patients by patient number or screening number."""
    return Q(**{f"{way}number__in": patients}) | Q(**{f"{way}screening_number__in": patients})


def names_of_patients(scope: Scope) -> set[str]:
    """Both numbers of each patient asked for, as far as the person may export them."""
    found = Patient.objects.visible_to(scope.user).filter(
        named(scope.patients), site__in=scope.exportable_sites
    )
    names = found.values_list("number", "screening_number")
    return {name for pair in names for name in pair if name is not None}
