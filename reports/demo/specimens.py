"""Stool tubes of the demo: collected as the forms say, divided, stored, sent to one laboratory.

Every event goes through the one writer of custody, many tubes at a time.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random

from core import audit
from core.models import Site, Trial, User
from enrollment.models import Visit
from microbiome.actions.custody import record_events
from microbiome.actions.specimens import add_control, begin, derive, divide, make_kits
from microbiome.actions.storage import add_box, add_laboratory, put_into, receive, send
from microbiome.calc.custody import Event, Kind
from microbiome.models import Box, CollectionKit, KitBatch, Laboratory, Specimen, StoolSample
from oversight.models import RecordState
from reports.demo.history.chance import seeded

FORGOTTEN = 0.25
"""Share of the latest samples that nobody registered: they stand on the work list."""
RECENT = timedelta(days=21)
DIVIDED = 8
"""So many of a site's tubes were divided and sent, in two shipments."""
CELLS = 9 * 9


def collect_population(trial: Trial, people: Mapping[str, User], *, now: datetime) -> None:
    """Does nothing where the trial has tubes already."""
    if Specimen.objects.filter(trial=trial).exists():
        return
    by = people["coordinator"]
    with audit.writing(by=by, reason="demo"):
        central = add_laboratory(trial, name="Microbiome core laboratory", site=None, by=by)
        core_box = _box(central, "Core 1", by=by)
        for site in Site.objects.filter(trial=trial).order_by("code"):
            rng = seeded(trial.slug, site.code, "specimens")
            laboratory = add_laboratory(trial, name=f"Laboratory {site.code}", site=site, by=by)
            tubes = _collect(site, rng, by=by, now=now)
            stored = _store(laboratory, tubes, rng, by=by, now=now)
            _divide_and_send(stored, laboratory, central, core_box, people, now=now)
        _add_controls(central, core_box, people, now=now)


def _box(laboratory: Laboratory, name: str, *, by: User) -> Box:
    return add_box(
        laboratory,
        by=by,
        freezer="-80 A",
        temperature_c=Decimal(-80),
        shelf="2",
        rack="4",
        name=name,
        rows=9,
        columns=9,
    )


def _collect(site: Site, rng: Random, *, by: User, now: datetime) -> list[Specimen]:
    """One tube for each form that says that a sample was collected."""
    forms = (
        StoolSample.objects.filter(patient__site=site, is_collected="Y")
        .exclude(state=RecordState.DRAFT)
        .select_related("visit", "patient")
        .order_by("collected_on", "pk")
    )
    chosen = []
    for form in forms:
        if form.collected_on is None:
            continue
        at = _morning(form.collected_on, rng)
        is_recent = now - at < RECENT
        if at < now and not (is_recent and rng.random() < FORGOTTEN):
            chosen.append((form.visit, at))
    if not chosen:
        return []
    batch = _kits(site, len(chosen) + 15, by=by, today=now.date())
    kits = list(batch.kits.select_related("batch"))
    return begin(
        [_tube(kit, visit, at, rng, by) for kit, (visit, at) in zip(kits, chosen, strict=False)],
        by=by,
    )


def _kits(site: Site, count: int, *, by: User, today: date) -> KitBatch:
    return make_kits(
        site,
        material="stool",
        lot=f"ST{site.code}-24",
        expires_on=today + timedelta(days=400),
        count=count,
        by=by,
    )


def _tube(kit: CollectionKit, visit: Visit, at: datetime, rng: Random, by: User) -> Specimen:
    return Specimen(
        trial=visit.patient.trial,
        site=visit.patient.site,
        patient=visit.patient,
        visit=visit,
        kit=kit,
        barcode=kit.barcode,
        material="stool",
        amount=Decimal(rng.randint(20, 60)) / 10,
        collected_at=at,
        registered_by=by,
    )


def _morning(day: date, rng: Random) -> datetime:
    """Some time in the morning in China."""
    return datetime.combine(day, time(22, 30), tzinfo=UTC) + timedelta(
        days=-1, minutes=rng.randint(0, 150)
    )


def _store(
    laboratory: Laboratory, tubes: Sequence[Specimen], rng: Random, *, by: User, now: datetime
) -> list[Specimen]:
    """In the freezer within some hours; the newest are still on the way to it."""
    delay = {tube.pk: timedelta(minutes=rng.randint(25, 200)) for tube in tubes}
    old = [tube for tube in tubes if now - tube.collected_at > timedelta(days=1)]
    record_events(
        old,
        Event(Kind.RECEIVE, temperature_c=Decimal(4), laboratory=laboratory.pk),
        by=by,
        at=lambda tube: tube.collected_at + delay[tube.pk],
    )
    for number, first in enumerate(range(0, len(old), CELLS), start=1):
        part = old[first : first + CELLS]
        put_into(
            _box(laboratory, f"Stool {number}", by=by),
            part,
            first="A1",
            by=by,
            at=lambda tube: tube.collected_at + 2 * delay[tube.pk],
        )
    return old


def _divide_and_send(
    stored: Sequence[Specimen],
    laboratory: Laboratory,
    central: Laboratory,
    box: Box,
    people: Mapping[str, User],
    *,
    now: datetime,
) -> None:
    """Half of them arrived, but for one tube of the first site; the other half is on its way."""
    by = people["coordinator"]
    chosen = [tube for tube in stored if now - tube.collected_at > RECENT][:DIVIDED]
    if not chosen:
        return
    out = now - timedelta(days=12)
    record_events(chosen, Event(Kind.REMOVE), by=by, at=out)
    record_events(chosen, Event(Kind.THAW), by=by, at=out + timedelta(minutes=30))
    parts = [
        divide(tube, parts=2, amount=Decimal("0.4"), by=by, at=out + timedelta(hours=1))
        for tube in chosen
    ]
    back = [*chosen, *(part[1] for part in parts)]
    put_into(
        _box(laboratory, "Aliquots", by=by), back, first="A1", by=by, at=out + timedelta(hours=2)
    )
    going = [part[0] for part in parts]
    half = len(going) // 2
    for tubes, at in (
        (going[:half], now - timedelta(days=10)),
        (going[half:], now - timedelta(days=1)),
    ):
        if not tubes:
            continue
        shipment = send(
            laboratory,
            central,
            tubes,
            carrier=f"Cold Road {1000 + tubes[0].pk}",
            packed_c=Decimal(-78),
            by=by,
            at=at,
        )
        if at > now - timedelta(days=5):
            continue
        gone = [tubes[-1].barcode] if laboratory.site and laboratory.site.code == "01" else []
        here = [tube for tube in tubes if tube.barcode not in gone]
        receive(
            shipment,
            scanned=[tube.barcode for tube in here],
            missing=gone,
            arrival_c=Decimal(-71),
            differences="One tube was not in the parcel" if gone else "",
            by=people["laboratory"],
            at=at + timedelta(hours=30),
        )
        put_into(
            box,
            here,
            first=_first_free(box),
            by=people["laboratory"],
            at=at + timedelta(hours=31),
        )


def _first_free(box: Box) -> str:
    taken = set(box.taken_cells.values_list("name", flat=True))
    return next((name for name in box.cells if name not in taken), "")


def _add_controls(
    central: Laboratory, box: Box, people: Mapping[str, User], *, now: datetime
) -> None:
    """A blank and a mock community, and the DNA of the first tubes that arrived."""
    by, at = people["laboratory"], now - timedelta(days=7)
    site = Site.objects.filter(trial=central.trial).order_by("code")[0]
    controls = []
    for material, what in (("blank", "Extraction blank, kit lot Q-118"), ("mock", "Mock, lot M-7")):
        batch = make_kits(
            site,
            material=material,
            lot="C-24",
            expires_on=now.date() + timedelta(days=400),
            count=2,
            by=by,
        )
        barcode = batch.kits.all()[0].barcode
        controls.append(
            add_control(barcode, central, amount=Decimal("0.5"), at=at, by=by, reason=what)
        )
    put_into(box, controls, first=_first_free(box), by=by, at=at)
    for cell in box.taken_cells.filter(specimen__material="stool").select_related("specimen")[:4]:
        record_events([cell.specimen], Event(Kind.REMOVE), by=by, at=at)
        record_events([cell.specimen], Event(Kind.THAW), by=by, at=at)
        dna = derive(
            cell.specimen,
            material="dna",
            taken=Decimal("0.2"),
            amount=Decimal(60),
            by=by,
            at=at,
            reason="Bead beating, extraction kit lot Q-118",
        )
        put_into(
            box, [cell.specimen, *dna], first=_first_free(box), by=by, at=at + timedelta(hours=2)
        )
