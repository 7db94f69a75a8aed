"""Which rows an export may hold: the person's right, and what was asked for."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet

from core.models import Membership, Site, Trial, User
from core.permissions import Permission, roles_with
from enrollment.calc.schedule import planned_keys
from enrollment.models import Patient, TrialVersion, Visit
from reports.queries.tables.table import Table


@dataclass(frozen=True)
class Scope:
    """One person in one trial. Empty `sites`, `patients` and `visits` ask for everything allowed.

    It lives as long as a request: what it knows of sites is asked for once.
    """

    user: User
    trial: Trial
    sites: frozenset[str] = frozenset()
    patients: frozenset[str] = frozenset()
    visits: frozenset[str] = frozenset()
    unblinded_for: str = ""
    """Why the arms of a blinded trial are asked for; empty: they are not."""

    def seen(self, table: Table) -> Table:
        """The table with the columns and rows that this scope may hold."""
        return table if self.unblinded_for else table.seen_in(self.trial)

    @property
    def right(self) -> Permission:
        return Permission.EXPORT_UNBLINDED if self.unblinded_for else Permission.EXPORT

    @property
    def is_narrowed(self) -> bool:
        return bool(self.sites or self.patients or self.visits)

    @property
    def exportable_sites(self) -> QuerySet[Site]:
        """Sites at which a membership grants the export: being able to see one is not enough."""
        held = Membership.objects.current_for(self.user).filter(
            trial=self.trial, role__in=roles_with(self.right)
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
    def _allowed(self) -> dict[int, str]:
        return dict(self.allowed_sites.values_list("pk", "code"))

    @property
    def allowed_ids(self) -> list[int]:
        """Of the sites; asked for once, where a subquery would be written anew for each table."""
        return sorted(self._allowed)

    @property
    def allowed_codes(self) -> frozenset[str]:
        return frozenset(self._allowed.values())

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
        if table.about is not None:
            return self._rows_about(table, table.about)
        way = table.patient
        rows = table.model.objects.visible_to(self.user)  # type: ignore[attr-defined]
        rows = rows.filter(table.where, **{f"{way}site__in": self.allowed_ids})
        if self.patients:
            rows = rows.filter(named(self.patients, way=way))
        if self.visits:
            rows = rows.filter(**{f"{table.visit}__in": self.visits})
        return rows.order_by(*_order(table))

    def _rows_about(self, table: Table, about: str) -> "QuerySet[Any]":
        """Of a table that names its patient by id: in the order in which the rows came to be.

        Allowed sites are visible ones, so this is no way around `visible_to`.
        """
        rows = table.model._default_manager.filter(  # type: ignore[union-attr]
            table.where, **{f"{about}site_id__in": self.allowed_ids}
        )
        if self.patients:
            patients = Patient.objects.filter(named(self.patients), trial=self.trial)
            rows = rows.filter(**{f"{about}patient_id__in": patients.values("pk")})
        if self.visits:
            visits = Visit.objects.filter(key__in=self.visits, patient__trial=self.trial)
            rows = rows.filter(**{f"{about}visit_id__in": visits.values("pk")})
        return rows.order_by(*table.order, "pk")


def all_rows_of(table: Table, trial: Trial) -> "QuerySet[Any]":
    """Every row of the trial, whoever may see it, in the same order: for the night's cut."""
    if table.model is None:
        raise ValueError(f"{table.name} is no table of rows")
    sites = Site.objects.filter(trial=trial)
    rows = table.model._default_manager.filter(table.where)
    if table.about is not None:
        rows = rows.filter(**{f"{table.about}site_id__in": sites.values("pk")})
        return rows.order_by(*table.order, "pk")
    return rows.filter(**{f"{table.patient}site__in": sites}).order_by(*_order(table))


def _order(table: Table) -> tuple[str, ...]:
    way = table.patient
    return (f"{way}site__code", f"{way}screening_number", *table.order, "pk")


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


def keys_of_visits(scope: Scope, keys: Collection[str]) -> set[str]:
    """Which of these a visit has: in any version of the definition, or of a patient (unplanned)."""
    versions = TrialVersion.objects.filter(trial=scope.trial)
    planned = {key for each in versions for key in planned_keys(each.definition)}
    # PostgreSQL refuses a NUL in a text, so what cannot be a key is not asked for.
    unplanned = {key for key in set(keys) - planned if key.isprintable()}
    visits = Visit.objects.visible_to(scope.user).filter(key__in=unplanned)
    return planned | set(visits.in_trial(scope.trial).values_list("key", flat=True))
