"""First step of every view: the row, as far as the person can see it, else 404."""

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from core.http import Request
from core.models import Site, Trial
from core.permissions import Permission, covers_trial, has_permission, sites_where
from core.scope import enter
from enrollment.models import Visit
from microbiome.models import Box, KitBatch, Laboratory, Shipment, Specimen

FORM_METHODS = ["GET", "HEAD", "POST"]


def tube_or_404(request: Request, pk: int) -> Specimen:
    related = ("trial", "site", "patient", "visit", "kit__batch", "registered_by", "parent")
    tubes = Specimen.objects.visible_to(request.user).select_related(*related)
    tube = get_object_or_404(tubes, pk=pk)
    enter(request, tube.trial, tube.site)
    return tube


def batch_or_404(request: Request, pk: int) -> KitBatch:
    batches = KitBatch.objects.visible_to(request.user).select_related("trial", "site")
    batch = get_object_or_404(batches, pk=pk)
    enter(request, batch.trial, batch.site)
    return batch


def box_or_404(request: Request, pk: int) -> Box:
    boxes = Box.objects.visible_to(request.user)
    box = get_object_or_404(boxes.select_related("laboratory__trial", "laboratory__site"), pk=pk)
    enter(request, box.laboratory.trial, box.laboratory.site)
    return box


def shipment_or_404(request: Request, pk: int) -> Shipment:
    related = ("trial", "sender__site", "receiver__site", "sent_by", "received_by")
    shipments = Shipment.objects.visible_to(request.user).select_related(*related)
    shipment = get_object_or_404(shipments, pk=pk)
    enter(request, shipment.trial, shipment.receiver.site)
    return shipment


def visit_or_404(request: Request, pk: int) -> Visit:
    visits = Visit.objects.visible_to(request.user)
    visit = get_object_or_404(visits.select_related("patient__trial", "patient__site"), pk=pk)
    enter(request, visit.patient.trial, visit.patient.site)
    return visit


def handles_at(request: Request, laboratory: Laboratory) -> bool:
    """A central laboratory is handled by those who may at every site."""
    if laboratory.site is not None:
        return has_permission(request.user, Permission.SPECIMEN_HANDLE, site=laboratory.site)
    return covers_trial(request.user, Permission.SPECIMEN_HANDLE, trial=laboratory.trial)


def laboratories_of(request: Request, trial: Trial) -> "QuerySet[Laboratory]":
    """Those that the person works in."""
    found = Laboratory.objects.visible_to(request.user).filter(trial=trial).select_related("site")
    return found.filter(pk__in=[each.pk for each in found if handles_at(request, each)])


def sites_of(request: Request, trial: Trial) -> "QuerySet[Site]":
    found = sites_where(request.user, Permission.SPECIMEN_HANDLE)
    return found.filter(trial=trial).order_by("code")


def tabs_of(request: Request, trial: Trial) -> dict[str, bool]:
    """Which pages about specimens the person may open beside the list."""
    return {
        "schedule": has_permission(request.user, Permission.PATIENT_VIEW, trial=trial),
        "kits": has_permission(request.user, Permission.SPECIMEN_HANDLE, trial=trial),
    }
