"""Feature tables and what is computed of them; of a blinded trial for unblinded roles only."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import audit
from core.downloads import csv_download
from core.http import Request
from core.models import Trial
from core.permissions import Permission, has_permission, require_permission
from core.refusals import Refused
from core.scope import enter, trial_or_404
from microbiome.actions.analyses import cancel, request_analysis
from microbiome.actions.tables import Match, confirm, match, upload
from microbiome.charts.results import alpha_figure, ordination_figure
from microbiome.forms.results import AnalysisForm, ConfirmForm, UploadForm
from microbiome.models import Analysis, ImportedTable, Specimen
from microbiome.policies import check_results
from microbiome.queries.results import csv_lines, points_of, tables_of
from microbiome.views.scope import FORM_METHODS

CONTENT_TYPE = "application/octet-stream"


def _require(request: Request, trial: Trial, permission: Permission) -> None:
    require_permission(request.user, permission, trial=trial)
    check_results(request.user, trial)


@require_http_methods(FORM_METHODS)
def table_list(request: Request, slug: str) -> HttpResponse:
    trial = trial_or_404(request, slug)
    _require(request, trial, Permission.MICROBIOME_VIEW)
    runs = has_permission(request.user, Permission.MICROBIOME_RUN, trial=trial)
    if request.method == "POST":
        _require(request, trial, Permission.MICROBIOME_RUN)
    is_sent = request.method == "POST"
    form = UploadForm(*((request.POST, request.FILES) if is_sent else ()))
    if is_sent and form.is_valid():
        sent = form.cleaned_data["file"]
        try:
            table = upload(
                trial,
                name=form.cleaned_data["name"],
                file_name=sent.name,
                content=sent.read(),
                samples_are_rows=form.cleaned_data["rows"] == "samples",
                by=request.user,
            )
        except Refused as refusal:
            form.add_error("file", str(refusal))
        else:
            return redirect("microbiome:table-detail", table.pk)
    context = {
        "trial": trial,
        "nav": "microbiome",
        "tables": tables_of(trial),
        "analyses": Analysis.objects.filter(table__trial=trial).select_related(
            "table", "requested_by"
        )[:20],
        "form": form if runs else None,
    }
    return render(
        request, "microbiome/table_list.html", context, status=422 if form.is_bound else 200
    )


@require_http_methods(FORM_METHODS)
def table_detail(request: Request, pk: int) -> HttpResponse:
    """A preview to confirm, or a table to analyze."""
    table = _table_or_404(request, pk)
    if request.method == "POST":
        _require(request, table.trial, Permission.MICROBIOME_RUN)
    if table.confirmed_at is None:
        return _preview(request, table)
    form = AnalysisForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        analysis = request_analysis(table, by=request.user, **form.cleaned_data)
        return redirect("microbiome:analysis-detail", analysis.pk)
    context = _about(request, table) | {
        "form": form,
        "analyses": table.analyses.select_related("requested_by"),
        "title": _("Analyze"),
    }
    return render(
        request, "microbiome/table_detail.html", context, status=422 if form.is_bound else 200
    )


def _preview(request: Request, table: ImportedTable) -> HttpResponse:
    form = ConfirmForm(request.POST if request.method == "POST" else None)
    found = Match({}, list(table.names), [])
    try:
        names = form.cleaned_data["names"] if form.is_valid() else {}
        found = match(table, names)
        if form.is_bound and form.is_valid():
            confirm(table, names, by=request.user)
            messages.success(request, _("The table is imported."))
            return redirect("microbiome:table-detail", table.pk)
    except Refused as refusal:
        form.add_error("names", str(refusal))
    tubes = Specimen.objects.filter(pk__in=[tube.pk for tube in found.tubes.values()])
    seen = set(tubes.visible_to(request.user).values_list("pk", flat=True))
    context = _about(request, table) | {
        "form": form,
        "found": found,
        # Of another site's tube no more than what the file and its label say.
        "matched": [(name, tube, tube.pk in seen) for name, tube in found.tubes.items()],
        "is_preview": True,
    }
    return render(
        request, "microbiome/table_detail.html", context, status=422 if form.is_bound else 200
    )


def _about(request: Request, table: ImportedTable) -> dict[str, Any]:
    runs = has_permission(request.user, Permission.MICROBIOME_RUN, trial=table.trial)
    return {"trial": table.trial, "nav": "microbiome", "table": table, "runs": runs}


@require_POST
def table_file(request: Request, pk: int) -> HttpResponse:
    """The file as it came. By POST, because it is noted in the trail."""
    table = _table_or_404(request, pk)
    audit.record(
        "export", by=request.user, target=table.trial, table="feature-table", file=table.pk
    )
    name = table.file_name.replace('"', "")
    return HttpResponse(
        bytes(table.content),
        content_type=CONTENT_TYPE,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "X-Content-SHA256": table.sha256,
        },
    )


@require_http_methods(FORM_METHODS)
def analysis_detail(request: Request, pk: int) -> HttpResponse:
    """How far it is, then its figures; a POST cancels it."""
    analysis = _analysis_or_404(request, pk)
    trial = analysis.table.trial
    if request.method == "POST":
        _require(request, trial, Permission.MICROBIOME_RUN)
        cancel(analysis, by=request.user)
        return redirect("microbiome:analysis-detail", analysis.pk)
    context = {
        "trial": trial,
        "nav": "microbiome",
        "analysis": analysis,
        "table": analysis.table,
        "is_dead": analysis.is_dead(timezone.now()),
        "runs": has_permission(request.user, Permission.MICROBIOME_RUN, trial=trial),
    }
    if request.headers.get("HX-Request") and analysis.is_active:
        return render(request, "microbiome/_analysis_status.html", context)
    if analysis.state == Analysis.State.DONE:
        context |= _figures(request, analysis)
    response = render(request, "microbiome/analysis_detail.html", context)
    if request.headers.get("HX-Request"):
        response["HX-Refresh"] = "true"
    return response


def _figures(request: Request, analysis: Analysis) -> dict[str, Any]:
    points, result = points_of(analysis, request.user), analysis.result
    return {
        "points": points,
        "result": result,
        "tests": result["tests"],
        "left_out": [(name, _reason(reason)) for name, reason in result["dropped"]],
        "shannon": alpha_figure(points, "shannon", _("Shannon (nats)")),
        "observed": alpha_figure(points, "observed", _("Observed features")),
        "ordination": ordination_figure(points, result["shares"]),
        "source": f"{analysis.table.trial.short_title} · {analysis.table.name} · {analysis.pk}",
    }


def _reason(code: str) -> str:
    return {
        "withdrawn": _("the patient withdrew the consent"),
        "few-reads": _("too few reads"),
        "empty": _("no reads"),
    }[code]


@require_safe
def analysis_csv(request: Request, pk: int, which: str) -> HttpResponse:
    analysis = _analysis_or_404(request, pk)
    if analysis.state != Analysis.State.DONE or which not in ("alpha", "pcoa"):
        raise Http404
    trial = analysis.table.trial
    points = points_of(analysis, request.user)
    audit.record("export", by=request.user, target=trial, table=which, analysis=analysis.pk)
    rows = csv_lines(analysis, points, which, request.user)
    return csv_download(f"{trial.slug}-{which}-{analysis.pk}.csv", rows, is_faithful=True)


def _table_or_404(request: Request, pk: int) -> ImportedTable:
    tables = ImportedTable.objects.visible_to(request.user).select_related("trial", "uploaded_by")
    table = get_object_or_404(tables, pk=pk)
    enter(request, table.trial)
    _require(request, table.trial, Permission.MICROBIOME_VIEW)
    return table


def _analysis_or_404(request: Request, pk: int) -> Analysis:
    related = ("table__trial", "requested_by")
    analyses = Analysis.objects.visible_to(request.user).select_related(*related)
    analysis = get_object_or_404(analyses.defer("table__content", "table__cells"), pk=pk)
    enter(request, analysis.table.trial)
    _require(request, analysis.table.trial, Permission.MICROBIOME_VIEW)
    return analysis
