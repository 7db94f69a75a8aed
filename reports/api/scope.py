"""From a request to what it may read: trial, right, filters, table."""

import re

from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.request import Request

from core.api.errors import BadParameter, UnknownTable
from core.api.views import trial_or_404
from core.models import ApiToken, Site, Trial, User
from core.permissions import Permission, require_permission
from enrollment.calc.numbering import is_valid
from reports.queries.tables import Scope, Table, all_tables, find_table
from reports.queries.tables.scope import names_of_patients

FILTERS = frozenset({"site", "patient"})
_SCREENING_NUMBER = re.compile(r"S-[A-Z][0-9]{2}-[0-9]{3,5}")


def exporting_trial(request: Request, slug: str) -> Trial:
    """
    Raises:
        Http404: the call does not reach the trial.
        PermissionDenied: it does, without the right to export.
    """
    trial = trial_or_404(request, slug)
    require_permission(request.user, Permission.EXPORT, trial=trial)
    return trial


def table_or_404(request: Request, trial: Trial, name: str) -> Table:
    """
    Raises:
        UnknownTable: there is no table of this name.
        PermissionDenied: the token was made for other tables.
    """
    table = find_table(name)
    if table is None:
        raise UnknownTable(name, [known.name for known in all_tables()])
    if not token_reads(request, table):
        raise PermissionDenied(f"This token does not read the table {name}.", "token_scope")
    return table.seen_in(trial)


def token_reads(request: Request, table: Table) -> bool:
    """A call by a session, without a token, reads what the person reads."""
    return not isinstance(request.auth, ApiToken) or request.auth.reads(table.name)


def scope_of(request: Request, trial: Trial, table: Table) -> Scope:
    """The scope that the filters ask for; each filter may be given several times.

    Raises:
        BadParameter: a value that cannot be one, or a filter that the table has no column for.
        NotFound: a site or patient that the person cannot export, whether it exists or not.
    """
    user: User = request.user  # type: ignore[assignment]  # IsAuthenticated has seen to it
    sites = frozenset(request.query_params.getlist("site"))
    patients = frozenset(request.query_params.getlist("patient"))
    for name, values in (("site", sites), ("patient", patients)):
        if values and name not in table.column_names:
            raise BadParameter(name, f"The table {table.name} has no column “{name}”.")
    _check_sites(Scope(user, trial), sites)
    return Scope(user, trial, sites, _both_numbers(Scope(user, trial, patients=patients)))


def _check_sites(scope: Scope, sites: frozenset[str]) -> None:
    known = set(Site.objects.filter(trial=scope.trial).values_list("code", flat=True))
    exportable = set(scope.exportable_sites.values_list("code", flat=True))
    for code in sorted(sites):
        if code not in known:
            raise BadParameter("site", f"The trial has no site “{code}”.")
        if code not in exportable:
            raise NotFound(f"There is no site “{code}” that you can export.")


def _both_numbers(scope: Scope) -> frozenset[str]:
    """Patient and screening numbers of the patients asked for."""
    for number in sorted(scope.patients):
        if not is_valid(number) and not _SCREENING_NUMBER.fullmatch(number):
            raise BadParameter("patient", f"“{number}” is no patient number or screening number.")
    if not scope.patients:
        return scope.patients
    found = names_of_patients(scope)
    for number in sorted(scope.patients):
        if number not in found:
            raise NotFound(f"There is no patient “{number}” that you can export.")
    return frozenset(found)
