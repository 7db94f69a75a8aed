"""Labels, freezers and their boxes, shipments."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from core.http import Request
from core.permissions import Permission, require_permission
from core.refusals import Refused
from core.scope import trial_or_404
from microbiome.actions.specimens import find, make_kits
from microbiome.actions.storage import (
    add_box,
    add_laboratory,
    put_into,
    receive,
    send,
)
from microbiome.actions.storage import tubes_of as tubes_in
from microbiome.charts.labels import label_symbol
from microbiome.forms.specimens import KitForm
from microbiome.forms.storage import (
    BoxForm,
    LaboratoryForm,
    PutForm,
    ReceiptForm,
    SendForm,
)
from microbiome.models import KitBatch, Laboratory, Material, Specimen
from microbiome.models.specimens import CONTROLS
from microbiome.queries.specimens import family_of, lines_of, tubes_of
from microbiome.queries.storage import box_map, boxes_of, free_cells, shipments_of
from microbiome.views.pages import form_page
from microbiome.views.scope import (
    FORM_METHODS,
    batch_or_404,
    box_or_404,
    handles_at,
    laboratories_of,
    shipment_or_404,
    sites_of,
    tabs_of,
    tube_or_404,
)

LATEST_BATCHES = 20


@require_http_methods(FORM_METHODS)
def kit_list(request: Request, slug: str) -> HttpResponse:
    """Batches of labeled kits, and the form that makes one."""
    trial = trial_or_404(request, slug)
    require_permission(request.user, Permission.SPECIMEN_HANDLE, trial=trial)
    form = KitForm(
        request.POST if request.method == "POST" else None, sites=sites_of(request, trial)
    )
    if request.method == "POST" and form.is_valid():
        batch = make_kits(by=request.user, **form.cleaned_data)
        return redirect("microbiome:kit-labels", batch.pk)
    batches = KitBatch.objects.visible_to(request.user).filter(trial=trial)
    context = {
        "trial": trial,
        "nav": "specimens",
        "form": form,
        "tabs": tabs_of(request, trial),
        "batches": [
            (batch, batch.kit_count, batch.used_count)
            for batch in batches.select_related("site").annotate(
                kit_count=Count("kits"), used_count=Count("kits__specimen")
            )[:LATEST_BATCHES]
        ],
    }
    return render(
        request, "microbiome/kit_list.html", context, status=422 if form.is_bound else 200
    )


@require_safe
def kit_labels(request: Request, pk: int) -> HttpResponse:
    """The sheet of labels for the kits of a batch that are still empty."""
    batch = batch_or_404(request, pk)
    require_permission(request.user, Permission.SPECIMEN_HANDLE, site=batch.site)
    kits = batch.kits.filter(specimen__isnull=True)
    lines = [f"{batch.get_material_display()} · {batch.lot}", batch.expires_on.isoformat()]
    labels = [(kit.barcode, label_symbol(kit.barcode), lines) for kit in kits]
    back = reverse("microbiome:kit-list", args=[batch.trial.slug])
    context = {"trial": batch.trial, "nav": "specimens", "labels": labels, "back": back}
    return render(request, "microbiome/label_sheet.html", context)


@require_safe
def specimen_labels(request: Request, pk: int) -> HttpResponse:
    """Labels for a tube and what came of it."""
    tube = tube_or_404(request, pk)
    require_permission(request.user, Permission.SPECIMEN_HANDLE, site=tube.site)
    family = [branch.line.tube for branch in family_of(tube)]
    labels = [
        (
            each.barcode,
            label_symbol(each.barcode),
            [each.get_material_display(), f"{each.amount.normalize():f} {each.unit}"],
        )
        for each in family
    ]
    back = reverse("microbiome:specimen-detail", args=[tube.pk])
    context = {"trial": tube.trial, "nav": "specimens", "labels": labels, "back": back}
    return render(request, "microbiome/label_sheet.html", context)


@require_safe
def box_list(request: Request, slug: str) -> HttpResponse:
    trial = trial_or_404(request, slug)
    require_permission(request.user, Permission.SPECIMEN_VIEW, trial=trial)
    context = {
        "trial": trial,
        "nav": "specimens",
        "laboratories": boxes_of(trial, request.user),
        "tabs": tabs_of(request, trial),
    }
    return render(request, "microbiome/box_list.html", context)


@require_http_methods(FORM_METHODS)
def laboratory_add(request: Request, slug: str) -> HttpResponse:
    trial = trial_or_404(request, slug)
    require_permission(request.user, Permission.SPECIMEN_HANDLE, trial=trial)
    form = LaboratoryForm(
        request.POST if request.method == "POST" else None, sites=sites_of(request, trial)
    )
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        laboratory = Laboratory(trial=trial, site=values["site"])
        if not handles_at(request, laboratory):
            form.add_error("site", _("Choose one of your sites: you do not work at all of them."))
        else:
            try:
                add_laboratory(trial, by=request.user, **values)
            except Refused as refusal:
                form.add_error("name", str(refusal))
            else:
                return redirect("microbiome:box-list", slug)
    title, verb = _("Add a laboratory"), _("Add the laboratory")
    return form_page(request, trial, form, title=title, verb=verb)


@require_http_methods(FORM_METHODS)
def box_add(request: Request, slug: str) -> HttpResponse:
    trial = trial_or_404(request, slug)
    require_permission(request.user, Permission.SPECIMEN_HANDLE, trial=trial)
    form = BoxForm(
        request.POST if request.method == "POST" else None,
        laboratories=laboratories_of(request, trial),
    )
    if request.method == "POST" and form.is_valid():
        try:
            box = add_box(by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error("name", str(refusal))
        else:
            return redirect("microbiome:box-detail", box.pk)
    return form_page(request, trial, form, title=_("Add a box"), verb=_("Add the box"))


@require_http_methods(FORM_METHODS)
def box_detail(request: Request, pk: int) -> HttpResponse:
    """The map; whoever works there scans tubes into it."""
    box = box_or_404(request, pk)
    trial = box.laboratory.trial
    require_permission(request.user, Permission.SPECIMEN_VIEW, trial=trial)
    handles = handles_at(request, box.laboratory)
    if request.method == "POST" and not handles:
        raise PermissionDenied(_("You do not work in this laboratory."))
    free = free_cells(box)
    first = request.GET.get("cell", "")
    form = PutForm(
        request.POST if request.method == "POST" else None,
        initial={"first": first if first in free else next(iter(free), "")},
    )
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            tubes = find(values["barcodes"], among=tubes_of(trial, request.user))
            put_into(box, tubes, first=values["first"], by=request.user, at=values["at"])
        except Refused as refusal:
            form.add_error("barcodes", str(refusal))
        else:
            stored = ngettext("%(count)s tube stored.", "%(count)s tubes stored.", len(tubes))
            messages.success(request, stored % {"count": len(tubes)})
            return redirect("microbiome:box-detail", box.pk)
    context = {
        "trial": trial,
        "nav": "specimens",
        "box": box,
        "rows": box_map(box, request.user),
        "columns": range(1, box.columns + 1),
        "taken": box.size - len(free),
        "size": box.size,
        "chosen": form["first"].value(),
        "materials": [each for each in Material.choices if each[0] not in CONTROLS],
        "form": form if handles else None,
    }
    return render(
        request, "microbiome/box_detail.html", context, status=422 if form.is_bound else 200
    )


@require_safe
def shipment_list(request: Request, slug: str) -> HttpResponse:
    trial = trial_or_404(request, slug)
    require_permission(request.user, Permission.SPECIMEN_VIEW, trial=trial)
    context = {
        "trial": trial,
        "nav": "specimens",
        "shipments": shipments_of(trial, request.user),
        "tabs": tabs_of(request, trial),
    }
    return render(request, "microbiome/shipment_list.html", context)


@require_http_methods(FORM_METHODS)
def shipment_new(request: Request, slug: str) -> HttpResponse:
    trial = trial_or_404(request, slug)
    require_permission(request.user, Permission.SPECIMEN_HANDLE, trial=trial)
    form = SendForm(
        request.POST if request.method == "POST" else None,
        senders=laboratories_of(request, trial),
        receivers=Laboratory.objects.visible_to(request.user).filter(trial=trial),
        initial={"barcodes": request.GET.get("tube", "")[:12]},
    )
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        barcodes = values.pop("barcodes")
        try:
            tubes = find(barcodes, among=tubes_of(trial, request.user))
            shipment = send(tubes=tubes, by=request.user, **values)
        except Refused as refusal:
            form.add_error("barcodes", str(refusal))
        else:
            return redirect("microbiome:shipment-detail", shipment.pk)
    hint = _("Somebody else receives them and compares what arrived with what was sent.")
    return form_page(request, trial, form, title=_("Send tubes"), verb=_("Send"), hint=hint)


@require_http_methods(FORM_METHODS)
def shipment_detail(request: Request, pk: int) -> HttpResponse:
    """Both sides; the receiver scans what arrived."""
    shipment = shipment_or_404(request, pk)
    require_permission(request.user, Permission.SPECIMEN_VIEW, trial=shipment.trial)
    receives = (
        shipment.received_at is None
        and handles_at(request, shipment.receiver)
        and shipment.sent_by_id != request.user.pk
    )
    if request.method == "POST" and not receives:
        raise PermissionDenied(_("You cannot receive this shipment."))
    tubes = tubes_in(shipment)
    form = ReceiptForm(
        request.POST if request.method == "POST" else None,
        barcodes=[tube.barcode for tube in tubes],
    )
    if request.method == "POST" and form.is_valid():
        try:
            receive(shipment, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error("scanned", str(refusal))
        else:
            messages.success(request, _("The shipment is closed."))
            return redirect("microbiome:shipment-detail", shipment.pk)
    seen = Specimen.objects.visible_to(request.user).filter(pk__in=[tube.pk for tube in tubes])
    missing = set(shipment.events.filter(kind="miss").values_list("specimen_id", flat=True))
    context = {
        "trial": shipment.trial,
        "nav": "specimens",
        "shipment": shipment,
        "lines": [
            (line, line.tube.pk in missing)
            for line in lines_of(seen.order_by("barcode").select_related("patient", "visit"))
        ],
        "tube_count": len(tubes),
        "missing_count": len(missing),
        "form": form if receives else None,
        "waits": shipment.received_at is None,
    }
    return render(
        request, "microbiome/shipment_detail.html", context, status=422 if form.is_bound else 200
    )
