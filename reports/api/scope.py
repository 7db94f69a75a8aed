"""From a request to what it may read: trial, right, filters, table."""

import re
from dataclasses import replace

from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.request import Request

from core.api.errors import BadParameter, UnknownTable
from core.api.views import trial_or_404
from core.models import ApiToken, AuditEntry, Site, Trial, User
from core.permissions import require_permission
from enrollment.calc.numbering import is_valid
from outcomes.models import Snapshot
from reports.queries.cuts import find_cut
from reports.queries.tables import Scope, Table, find_table, tables_of
from reports.queries.tables.scope import keys_of_visits, names_of_patients

FILTERS = frozenset({"site", "patient", "visit"})
_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)
_SCREENING_NUMBER = re.compile(r"S-[A-Z][0-9]{2}-[0-9]{3,5}")


def exporting_trial(request: Request, slug: str) -> Trial:
    """
    Raises:
        Http404: the call does not reach the trial.
        PermissionDenied: it does, without the right to export.
    """
    trial = trial_or_404(request, slug)
    require_permission(request.user, everything(request, trial).right, trial=trial)
    return trial


def everything(request: Request, trial: Trial) -> Scope:
    """What the call may export at most. Arms only by a token that was made for them."""
    user: User = request.user  # type: ignore[assignment]  # IsAuthenticated has seen to it
    token = request.auth if isinstance(request.auth, ApiToken) else None
    reason = token.reason if token is not None and token.is_unblinded else ""
    return Scope(user, trial, unblinded_for=reason)


def table_or_404(request: Request, trial: Trial, name: str) -> Table:
    """
    Raises:
        UnknownTable: there is no table of this name.
        PermissionDenied: the token was made for other tables.
    """
    table = find_table(name, trial)
    if table is None:
        raise UnknownTable(name, [known.name for known in tables_of(trial)])
    if not token_reads(request, table):
        raise PermissionDenied(f"This token does not read the table {name}.", "token_scope")
    return everything(request, trial).seen(table)


def token_reads(request: Request, table: Table) -> bool:
    """A call by a session, without a token, reads what the person reads."""
    return not isinstance(request.auth, ApiToken) or request.auth.reads(table.name)


def scope_of(request: Request, trial: Trial, table: Table) -> Scope:
    """The scope that the filters ask for, of one table.

    Raises:
        BadParameter: as `filters_of`, or a filter that the table has no column for.
        NotFound: as `filters_of`.
    """
    asked = filters_of(request, trial)
    if misfit := misfit_of(table, asked):
        raise BadParameter(*misfit)
    return asked


def filters_of(request: Request, trial: Trial) -> Scope:
    """The scope that the filters ask for; each filter may be given several times.

    Raises:
        BadParameter: a value that cannot be one.
        NotFound: a site or patient that the person cannot export, whether it exists or not.
    """
    sites, patients, visits = (
        frozenset(request.query_params.getlist(name)) for name in ("site", "patient", "visit")
    )
    whole = everything(request, trial)
    _check_sites(whole, sites)
    _check_visits(whole, visits)
    numbers = _both_numbers(replace(whole, patients=patients))
    return replace(whole, sites=sites, patients=numbers, visits=visits)


def since_of(request: Request) -> int | None:
    """The audit number after which changes are asked for.

    Raises:
        BadParameter: no number, or one that the trail has not reached: that of another database,
            or of this one before an older backup was restored.
    """
    text = request.query_params.get("since")
    if text is None:
        return None
    if "cut" in request.query_params:
        raise BadParameter(
            "since", "A data cut does not change. Ask without since, or without cut."
        )
    if not _NUMBER.fullmatch(text):
        raise BadParameter("since", "Give a number of the audit trail, such as 0.")
    if text.strip("0") and not AuditEntry.objects.filter(pk__gte=int(text)).exists():
        raise BadParameter("since", "The audit trail has not reached this number. Take all rows.")
    return int(text)


def misfit_of(table: Table, asked: Scope) -> tuple[str, str] | None:
    """The filter that the table has no column for, and a sentence about it."""
    for name, values in (("site", asked.sites), ("patient", asked.patients)):
        if values and name not in table.column_names:
            return name, f"The table {table.name} has no column “{name}”."
    if asked.visits and not table.visit:
        return "visit", f"The rows of the table {table.name} belong to no visit."
    return None


def _check_visits(scope: Scope, visits: frozenset[str]) -> None:
    if visits and (unknown := sorted(visits - keys_of_visits(scope, visits))):
        raise BadParameter("visit", f"The trial has no visit “{unknown[0]}”.")


def cut_of(request: Request, trial: Trial) -> Snapshot | None:
    """The data cut that `cut` names by its number; none where it is not given.

    Raises:
        BadParameter: it is no number, or there is no such cut whose files are kept.
    """
    asked = request.query_params.get("cut")
    if asked is None:
        return None
    # More digits than these are no number of the database.
    cut = find_cut(trial, int(asked)) if re.fullmatch("[0-9]{1,15}", asked) else None
    if cut is None:
        raise BadParameter("cut", f"The trial has no data cut “{asked}” whose files are kept.")
    return cut


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
