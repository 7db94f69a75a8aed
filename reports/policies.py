"""What an export may hold. `check_x` raises the sentence a person reads."""

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from reports.queries.tables import Scope, Table


def can_export(table: Table, scope: Scope) -> bool:
    """A table that counts all patients of the trial is for those who may export all sites."""
    return table.has_patients or scope.covers_all_sites()


def check_can_export(table: Table, scope: Scope) -> None:
    if not can_export(table, scope):
        raise PermissionDenied(
            _("This table counts the patients of all sites, and you may export only some of them.")
        )
