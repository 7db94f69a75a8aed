"""What a coordinator and a laboratory do with tubes in the browser, without the browser."""

import csv
import io
import re
from datetime import timedelta
from decimal import Decimal

import numpy
import pytest
import zxingcpp
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.models import AuditEntry
from microbiome.actions.storage import send
from microbiome.calc.barcodes import issue
from microbiome.charts.labels import label_symbol
from microbiome.models import Box, CollectionKit, Laboratory, Shipment, Specimen
from microbiome.queries.mixs import COLUMNS
from tests.factories import make_enrolled_patient, make_member, make_trial, open_visit
from tests.factories_specimens import make_laboratory, make_tube, morning_of

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def trial():
    return make_trial()


def signed_in(trial, role, **values):
    client = Client()
    client.user = make_member(trial, role, **values)
    client.force_login(client.user)
    return client


def typed(moment):
    return moment.strftime("%Y-%m-%d %H:%MZ")


def post(client, route, *arguments, **values):
    answer = client.post(reverse(f"microbiome:{route}", args=arguments), values)
    assert answer.status_code == 302, answer.context and answer.context["form"].errors
    return answer


def test_the_way_of_a_kit_into_a_box(trial):
    """Labels, collection, reception, box, search, aliquots: each by its page."""
    client = signed_in(trial, "coordinator")
    visit = open_visit(make_enrolled_patient(trial, by=client.user), key="C1D1", by=client.user)
    at = morning_of(visit)
    site = visit.patient.site
    batch = {"material": "stool", "lot": "L1", "expires_on": "2099-01-01", "count": 2}
    sheet = client.get(post(client, "kit-list", "small", site=site.pk, **batch).url)
    kit = CollectionKit.objects.first()
    assert sheet.content.decode().count("<svg viewBox=") == 2
    assert kit.barcode in sheet.content.decode()

    taken = {"barcode": kit.barcode, "amount": "5", "fixative": "none"}
    post(client, "visit-collect", visit.pk, at=typed(at), **taken)
    tube = Specimen.objects.get()
    post(client, "laboratory-add", "small", name="Ward", site=site.pk)
    laboratory = Laboratory.objects.get()
    box = {"freezer": "F1", "temperature_c": "-80", "name": "B1", "rows": 2, "columns": 3}
    post(client, "box-add", "small", laboratory=laboratory.pk, **box)
    later = [typed(at + timedelta(hours=hour)) for hour in range(1, 9)]
    post(client, "specimen-act", tube.pk, "receive", laboratory=laboratory.pk, at=later[0])
    box = Box.objects.get()
    post(client, "box-detail", box.pk, barcodes=tube.barcode, first="b3", at=later[1])
    page = client.get(reverse("microbiome:box-detail", args=[box.pk])).content.decode()
    assert f"B3: stool {tube.barcode}" in page

    found = client.get(reverse("microbiome:specimen-list", args=["small"]), {"q": tube.barcode})
    assert found.url == reverse("microbiome:specimen-detail", args=[tube.pk])
    post(client, "specimen-act", tube.pk, "remove", at=later[2])
    post(client, "specimen-act", tube.pk, "thaw", at=later[3])
    post(client, "specimen-act", tube.pk, "divide", parts="2", amount="0.5", at=later[4])
    post(client, "specimen-act", tube.pk, "store", box=box.pk, cell="", at=later[5])
    page = client.get(found.url).content.decode()
    for said in ("Divided into aliquots", "− 1 g", "2 h 0 min", "of 5 g", "B1 · A1", "Ward"):
        assert said in page
    wrong = client.post(
        reverse("microbiome:specimen-act", args=[tube.pk, "thaw"]), {"at": later[6]}
    )
    assert wrong.status_code == 422
    assert client.get(reverse("microbiome:specimen-act", args=[tube.pk, "boil"])).status_code == 404


def test_two_sides_of_a_shipment(trial):
    sender = signed_in(trial, "coordinator")
    receiver = signed_in(trial, "laboratory")
    here = make_laboratory(trial, by=sender.user)
    core = make_laboratory(trial, "Core", site=None, by=sender.user)
    tubes = [make_tube(trial, by=sender.user, laboratory=here) for _number in range(2)]
    at = timezone.now() - timedelta(hours=3)
    parcel = {"carrier": "Cold Road 7", "packed_c": "-78", "at": typed(at)}
    scanned = "\n".join(tube.barcode for tube in tubes)
    post(
        sender,
        "shipment-new",
        "small",
        sender=here.pk,
        receiver=core.pk,
        barcodes=scanned,
        **parcel,
    )
    shipment = Shipment.objects.get()
    where = reverse("microbiome:shipment-detail", args=[shipment.pk])
    assert sender.get(where).context["form"] is None
    assert sender.post(where).status_code == 403

    receipt = {"arrival_c": "-70", "at": typed(timezone.now() - timedelta(hours=1))}
    half = receiver.post(where, receipt | {"scanned": tubes[0].barcode})
    assert half.status_code == 422
    assert tubes[1].barcode in str(half.context["form"].errors)
    post(
        receiver,
        "shipment-detail",
        shipment.pk,
        scanned=tubes[0].barcode,
        missing=[tubes[1].barcode],
        differences="not in the parcel",
        **receipt,
    )
    page = sender.get(where).content.decode()
    assert "received, incomplete" in page
    assert "not in the parcel" in page


def test_the_laboratory_reads_no_patient(trial):
    coordinator = signed_in(trial, "coordinator")
    laboratory = make_laboratory(trial, by=coordinator.user)
    tube = make_tube(trial, by=coordinator.user, laboratory=laboratory)
    pages = [
        reverse("microbiome:specimen-list", args=["small"]),
        reverse("microbiome:specimen-detail", args=[tube.pk]),
        reverse("microbiome:specimen-labels", args=[tube.pk]),
    ]
    number = tube.patient.number
    told = [number in coordinator.get(page).content.decode() for page in pages]
    client = signed_in(trial, "laboratory")
    read = [number in client.get(page).content.decode() for page in pages]
    assert told == [True, True, False]
    assert read == [False, False, False]
    hits = client.get(pages[0], {"q": number}).context["lines"]
    assert hits == []


def test_a_site_does_not_see_tubes_of_another(trial):
    by = make_member(trial, "coordinator")
    core = make_laboratory(trial, "Core", site=None, by=by)
    here = make_laboratory(trial, by=by)
    tube = make_tube(trial, by=by, laboratory=here)
    send(here, core, [tube], carrier="x", packed_c=Decimal(4), by=by, at=timezone.now())
    client = signed_in(trial, "coordinator", site="02")
    assert client.get(reverse("microbiome:specimen-list", args=["small"])).context["lines"] == []
    assert (
        client.get(reverse("microbiome:shipment-list", args=["small"])).context["shipments"] == []
    )
    # A central laboratory is everybody's to send to and nobody's of one site to change.
    refused = client.post(
        reverse("microbiome:laboratory-add", args=["small"]), {"name": "Mine", "site": ""}
    )
    assert refused.status_code == 422


def test_in_the_central_laboratory_a_site_only_says_what_it_knows(trial):
    by = make_member(trial, "laboratory")
    core = make_laboratory(trial, "Core", site=None, by=by)
    tube = make_tube(trial, laboratory=core)
    here = signed_in(trial, "coordinator", site="01")
    page = here.get(reverse("microbiome:specimen-detail", args=[tube.pk]))
    offered = [name for part in ("main_acts", "more_acts") for name, _act in page.context[part]]
    assert offered == ["hold", "remark"]
    values = {"at": typed(timezone.now()), "reason": "label torn"}
    where = reverse("microbiome:specimen-act", args=[tube.pk, "discard"])
    assert here.post(where, values).status_code == 403
    post(here, "specimen-act", tube.pk, "hold", **values)
    post(here, "specimen-act", tube.pk, "release", **values)
    client = Client()
    client.force_login(by)
    assert client.post(where, values).status_code == 302


def test_mixs_sheet_has_a_line_for_each_specimen_and_its_export_is_noted(trial):
    tube = make_tube(trial)
    client = signed_in(trial, "data-manager")
    answer = client.get(reverse("microbiome:specimen-mixs", args=["small"]))
    [row] = csv.DictReader(io.StringIO(answer.content.decode()))
    assert list(row) == list(COLUMNS)
    assert row["samp_name"] == tube.barcode
    assert row["host_subject_id"] == tube.patient.number
    assert row["host_age"] == "65 years"
    assert row["perturbation"] == "restricted access"
    assert AuditEntry.objects.filter(event="export", changes__table="mixs").count() == 1


def test_the_work_list_leads_to_the_missing_sample(trial, monkeypatch):
    by = make_member(trial, "coordinator")
    make_tube(trial, by=by)
    visit = open_visit(make_enrolled_patient(trial, by=by), key="C1D1", by=by)
    type(visit).objects.filter(pk=visit.pk).update(forms=["stool-sample"])
    day = visit.actual_date + timedelta(days=2)
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *args: day)
    client = Client()
    client.force_login(by)
    page = client.get(reverse("enrollment:home")).content.decode()
    assert reverse("microbiome:visit-collect", args=[visit.pk]) in page


@pytest.mark.parametrize("sequence", [1, 417, 999_999])
def test_a_scanner_reads_the_symbol_of_the_label(sequence):
    barcode = issue("A", sequence)
    size, path = label_symbol(barcode)
    assert size == 14
    assert [each.text for each in zxingcpp.read_barcodes(drawn(size, path))] == [barcode]


def drawn(size, path, scale=4, quiet=4):
    """The symbol as a printer fills it: the path is made of rectangles."""
    image = numpy.full(((size + 2 * quiet) * scale,) * 2, 255, numpy.uint8)
    rectangles = re.findall(r"M(\d+) (\d+)h(\d+)v(\d+)h-\d+Z", path)
    assert len(rectangles) == path.count("M")
    for x, y, wide, high in (map(int, each) for each in rectangles):
        rows = slice((y + quiet) * scale, (y + quiet + high) * scale)
        image[rows, (x + quiet) * scale : (x + quiet + wide) * scale] = 0
    return image


def test_a_page_that_is_sent_twice_divides_once(trial):
    client = signed_in(trial, "coordinator")
    tube = make_tube(trial, by=client.user, laboratory=make_laboratory(trial, by=client.user))
    address = reverse("microbiome:specimen-act", args=[tube.pk, "divide"])
    [seen] = re.findall(r'name="seen" value="(\d+)"', client.get(address).content.decode())
    sent = {"parts": 2, "amount": 1, "at": typed(tube.collected_at + HOUR), "seen": seen}
    assert client.post(address, sent).status_code == 302
    again = client.post(address, sent)
    assert again.status_code == 422
    assert "Look again" in again.content.decode()
    assert Specimen.objects.filter(parent=tube).count() == 2
