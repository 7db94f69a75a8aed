"""The pages from which a person takes tables; the addresses of single ones are those of the API."""

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.http import Request
from core.models import Trial
from core.permissions import Permission, has_permission, require_permission
from core.scope import trial_or_404
from enrollment.models import TrialVersion
from enrollment.queries.arms import is_unblinded
from reports.actions.table_exports import fetch, request_export, scope_of
from reports.forms.exports import ExportForm
from reports.models import TableExport
from reports.queries.export_register import register_of
from reports.queries.exports import exports_of
from reports.queries.tables import Scope, Table, tables_seen_in
from reports.queries.tables.codebook import LANGUAGE, codebook


@require_safe
def export_list(request: Request, slug: str) -> HttpResponse:
    trial = _exporting_trial(request, slug)
    context = {
        "trial": trial,
        "nav": "exports",
        "exports": exports_of(trial, request.user),
        "site_address": f"{request.scheme}://{request.get_host()}",
    }
    return render(request, "reports/export_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def export_new(request: Request, slug: str) -> HttpResponse:
    """Choosing tables, data cut and format."""
    trial = _exporting_trial(request, slug)
    is_sent = request.method == "POST"
    form = ExportForm(
        request.POST if is_sent else None,
        trial=trial,
        tables=_tables(request, trial),
        may_unblind=not is_unblinded(trial)
        and has_permission(request.user, Permission.EXPORT_UNBLINDED, trial=trial),
    )
    if form.is_valid():
        export = request_export(
            trial,
            by=request.user,
            tables=form.table_names,
            form=form.cleaned_data["form"],
            snapshot=form.snapshot,
            reason=form.cleaned_data["reason"],
            is_unblinded=bool(form.cleaned_data.get("is_unblinded")),
        )
        return redirect("reports:export-detail", export.pk)
    context = {
        "trial": trial,
        "nav": "exports",
        "form": form,
        "is_blinded": not is_unblinded(trial),
        "exports": TableExport.objects.of(request.user)
        .filter(trial=trial)
        .kept_at(timezone.now())
        .defer("content"),
    }
    return render(request, "reports/export_new.html", context, status=422 if form.errors else 200)


@require_safe
def export_detail(request: Request, pk: int) -> HttpResponse:
    """How far it is; when it is done, the archive with its hash."""
    export = _own_or_404(request, pk)
    is_fragment = bool(request.headers.get("HX-Request"))
    name = "reports/_export_status.html" if is_fragment else "reports/export_detail.html"
    context = {
        "trial": export.trial,
        "nav": "exports",
        "export": export,
        "is_dead": export.is_dead(timezone.now()),
    }
    return render(request, name, context)


@require_POST
def export_file(request: Request, pk: int) -> HttpResponse:
    """By POST, because it is noted in the trail: nothing may fetch it ahead."""
    export = get_object_or_404(_own(request).filter(state=TableExport.State.DONE), pk=pk)
    require_permission(request.user, scope_of(export).right, trial=export.trial)
    return HttpResponse(
        fetch(export, by=request.user),
        content_type="application/zip",
        headers={
            "Content-Disposition": f'attachment; filename="{export.file_name}"',
            "X-Content-SHA256": export.sha256,
        },
    )


@require_safe
def export_register(request: Request, slug: str) -> HttpResponse:
    trial = _exporting_trial(request, slug)
    context = {"trial": trial, "nav": "exports", "lines": register_of(trial, request.user)}
    return render(request, "reports/export_register.html", context)


@require_safe
def codebook_detail(request: Request, slug: str, name: str) -> HttpResponse:
    """What the columns of one table mean. In English, as the file."""
    trial = _exporting_trial(request, slug)
    tables = {table.name: table for table in tables_seen_in(trial)}
    if name not in tables:
        raise Http404
    version = TrialVersion.objects.filter(trial=trial).order_by("-number").first()
    with translation.override(LANGUAGE):
        entries = list(
            codebook([tables[name]], version.definition if version is not None else None)
        )
        titles = [(each.name, str(each.title)) for each in tables.values()]
    context = {
        "trial": trial,
        "nav": "exports",
        "table": tables[name],
        "entries": entries,
        "titles": titles,
    }
    return render(request, "reports/codebook_detail.html", context)


def _exporting_trial(request: Request, slug: str) -> Trial:
    trial = trial_or_404(request, slug)
    require_permission(request.user, Permission.EXPORT, trial=trial)
    return trial


def _tables(request: Request, trial: Trial) -> list[Table]:
    scope = Scope(request.user, trial)
    return [table for table in tables_seen_in(trial) if scope.covers(table)]


def _own(request: Request) -> QuerySet[TableExport]:
    """The person's own that are kept, of trials that the person still sees."""
    own = TableExport.objects.of(request.user).kept_at(timezone.now())
    return own.filter(trial__in=Trial.objects.visible_to(request.user)).select_related("trial")


def _own_or_404(request: Request, pk: int) -> TableExport:
    export = get_object_or_404(_own(request).defer("content"), pk=pk)
    trial_or_404(request, export.trial.slug)  # for the page's frame and its time zone
    require_permission(request.user, scope_of(export).right, trial=export.trial)
    return export
