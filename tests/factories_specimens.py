"""Kits, tubes, laboratories and boxes, made by the same actions that the pages call."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from core.models import Site
from microbiome.actions.custody import record_events
from microbiome.actions.specimens import collect, make_kits
from microbiome.actions.storage import add_box, add_laboratory
from microbiome.actions.tables import upload
from microbiome.calc.custody import Event, Kind
from tests.factories import make_enrolled_patient, make_member, open_visit

EXPIRES_ON = date(2099, 1, 1)


def make_tube_kits(trial, *, material="stool", count=3, site="01", by=None, expires_on=EXPIRES_ON):
    """Barcodes of new kits."""
    batch = make_kits(
        Site.objects.get(trial=trial, code=site),
        material=material,
        lot="K1",
        expires_on=expires_on,
        count=count,
        by=by or make_member(trial, "coordinator"),
    )
    return [kit.barcode for kit in batch.kits.all()]


def make_laboratory(trial, name="Laboratory 01", *, site="01", by=None):
    """Central where `site` is none."""
    place = Site.objects.get(trial=trial, code=site) if site else None
    return add_laboratory(trial, name=name, site=place, by=by or make_member(trial, "coordinator"))


def make_box(laboratory, name="Box 1", *, temperature_c=-80, rows=9, columns=9, by=None):
    return add_box(
        laboratory,
        by=by or make_member(laboratory.trial, "coordinator"),
        freezer="-80 A",
        temperature_c=Decimal(temperature_c),
        name=name,
        rows=rows,
        columns=columns,
    )


def morning_of(visit):
    """06:00 UTC on the day of the visit: the same day in Shanghai."""
    return datetime.combine(visit.actual_date, datetime.min.time(), UTC) + timedelta(hours=6)


def make_tube(trial, *, amount=5, by=None, visit=None, laboratory=None):
    """A stool specimen of a visit; with a laboratory it is on its bench an hour later."""
    by = by or make_member(trial, "coordinator")
    visit = visit or open_visit(make_enrolled_patient(trial, by=by), key="C1D1", by=by)
    at = morning_of(visit)
    barcode = make_tube_kits(trial, count=1, site=visit.patient.site.code, by=by)[0]
    tube = collect(visit, barcode, amount=Decimal(amount), at=at, by=by)
    if laboratory is not None:
        event = Event(Kind.RECEIVE, temperature_c=Decimal(4), laboratory=laboratory.pk)
        record_events([tube], event, by=by, at=at + timedelta(hours=1))
    return tube


def make_feature_table(trial, samples=("A", "B", "C", "D"), *, by=None, counts=None):
    """A preview: a matrix of these samples with four features."""
    counts = counts or [[9, 1, 0, 2 + place] for place in range(len(samples))]
    rows = [",".join(map(str, [name, *row])) for name, row in zip(samples, counts, strict=True)]
    return upload(
        trial,
        name="16S",
        file_name="counts.csv",
        content="\n".join(["sample,f1,f2,f3,f4", *rows]).encode(),
        samples_are_rows=True,
        by=by or make_member(trial, "data-manager"),
    )
