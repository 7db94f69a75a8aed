"""The import of a hospital's laboratory file: its columns, a look at it, and the import."""

from base64 import b64encode
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from core.http import Request
from core.models import Site, Trial
from core.permissions import Permission, require_permission, sites_where
from core.scope import trial_or_404
from outcomes.calc.lab_file import LineProblem
from outcomes.forms import LabConfirmForm, LabFileForm, LabMappingForm
from outcomes.laboratory_import import Report, import_file, keep_mapping, problem_text, tests
from outcomes.models import LaboratoryMapping


@require_http_methods(["GET", "HEAD", "POST"])
def laboratory_import(request: Request, slug: str) -> HttpResponse:
    """`do` says which form was sent: the mapping, the file to look at, or the file to import."""
    trial = trial_or_404(request, slug)
    require_permission(request.user, Permission.RECORD_EDIT, trial=trial)
    if request.method != "POST":
        return _page(request, trial)
    act = {"mapping": _keep, "import": _import}.get(request.POST.get("do", ""), _look)
    return act(request, trial)


def _keep(request: Request, trial: Trial) -> HttpResponse:
    form = LabMappingForm(request.POST, sites=_sites(request, trial))
    if form.is_valid():
        site = form.cleaned_data["site"]
        try:
            keep_mapping(site, form.cleaned_data["lines"], by=request.user)
        except LineProblem as problem:
            form.add_error("lines", problem_text(problem))
        else:
            messages.success(request, _("The columns are stored."))
            return _back(site)
    return _page(request, trial, mapping_form=form)


def _look(request: Request, trial: Trial) -> HttpResponse:
    form = LabFileForm(request.POST, request.FILES, sites=_sites(request, trial))
    if form.is_valid():
        site, (name, content) = form.cleaned_data["site"], form.cleaned_data["file"]
        report = _report(request, form, site, content, name=name)
        if report is not None:
            return _page(request, trial, site=site, report=report, sent=_sent(name, content))
    return _page(request, trial, file_form=form)


def _import(request: Request, trial: Trial) -> HttpResponse:
    form = LabConfirmForm(request.POST, sites=_sites(request, trial))
    if form.is_valid():
        site, values = form.cleaned_data["site"], form.cleaned_data
        name, content = values["name"], values["content"]
        report = _report(request, form, site, content, name=name, seen=values["seen"])
        if report is not None and not report.stored:
            # Something is refused, or was changed since the person looked.
            sent = _sent(name, content)
            return _page(request, trial, site=site, report=report, sent=sent, status=422)
        if report is not None:
            text = ngettext(
                "%(count)s form is filled.", "%(count)s forms are filled.", report.stored
            )
            messages.success(request, text % {"count": report.stored})
            return _back(site)
    return _page(request, trial, file_form=form)


def _report(
    request: Request,
    form: Form,
    site: Site,
    content: bytes,
    *,
    name: str,
    seen: str | None = None,
) -> Report | None:
    """None with a message at the form, where the file cannot be read."""
    at = "file" if "file" in form.fields else None
    try:
        return import_file(site, content, name=name, by=request.user, seen=seen)
    except LineProblem as problem:
        form.add_error(at, problem_text(problem))
    except LaboratoryMapping.DoesNotExist:
        form.add_error(at, _("Say first what the columns of this site's file mean."))
    return None


def _sent(name: str, content: bytes) -> dict[str, str]:
    """The file, to be sent back by the page."""
    return {"name": name, "content": b64encode(content).decode()}


def _sites(request: Request, trial: Trial) -> QuerySet[Site]:
    return sites_where(request.user, Permission.RECORD_EDIT).filter(trial=trial).order_by("code")


def _back(site: Site) -> HttpResponse:
    address = reverse("outcomes:laboratory-import", args=[site.trial.slug])
    return redirect(f"{address}?site={site.code}")


def _page(
    request: Request,
    trial: Trial,
    *,
    site: Site | None = None,
    mapping_form: LabMappingForm | None = None,
    file_form: Form | None = None,
    report: Report | None = None,
    sent: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    sites = _sites(request, trial)
    bound = mapping_form or file_form
    if site is None:
        wanted = bound.data.get("site", "") if bound is not None else request.GET.get("site", "")
        chosen = (each for each in sites if wanted in (str(each.pk), each.code))
        site = next(chosen, sites.first())
    mapping = LaboratoryMapping.objects.filter(site=site).first()
    first = {"site": site, "lines": mapping.lines if mapping else ""}
    context: dict[str, Any] = {
        "trial": trial,
        "nav": "laboratory",
        "sites": sites,
        "site": site,
        "mapping": mapping,
        "tests": tests(),
        "mapping_form": mapping_form or LabMappingForm(sites=sites, initial=first),
        "file_form": file_form
        if isinstance(file_form, LabFileForm)
        else LabFileForm(sites=sites, initial=first),
        "refused_form": bound,
        "report": report,
        "sent": sent,
    }
    status = 422 if bound is not None else status
    return render(request, "outcomes/laboratory_import.html", context, status=status)
