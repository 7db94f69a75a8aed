"""First step of every view: the row, as far as the person can see it, else 404."""

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from core.http import Request
from core.models import Site, Trial
from core.permissions import Permission, sites_where
from core.scope import enter
from dosing.models import Kit, StorageReading
from enrollment.models import Visit


def kit_or_404(request: Request, pk: int) -> Kit:
    kits = Kit.objects.visible_to(request.user).select_related("lot", "trial", "site")
    kit = get_object_or_404(kits, pk=pk)
    enter(request, kit.trial, kit.site)
    return kit


def course_or_404(request: Request, pk: int) -> Visit:
    visits = Visit.objects.visible_to(request.user)
    related = visits.select_related("patient__trial", "patient__site", "patient__version")
    visit = get_object_or_404(related.defer("patient__version__source"), pk=pk)
    enter(request, visit.patient.trial, visit.patient.site)
    return visit


def reading_or_404(request: Request, pk: int) -> StorageReading:
    readings = StorageReading.objects.visible_to(request.user).select_related("site__trial")
    reading = get_object_or_404(readings, pk=pk)
    enter(request, reading.site.trial, reading.site)
    return reading


def sites_of(request: Request, trial: Trial, permission: Permission) -> QuerySet[Site]:
    return sites_where(request.user, permission).filter(trial=trial).order_by("code")


def chosen_site(request: Request, sites: QuerySet[Site]) -> Site | None:
    """The site that the address asks for, else the first one."""
    code = request.GET.get("site", "")
    return next((site for site in sites if site.code == code), sites.first())
