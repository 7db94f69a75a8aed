"""Tubes of patients and what happened to them. Controls are of no patient and stand in no table."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Model, Q
from django.utils.translation import gettext_lazy as _

from microbiome.models import CustodyEvent, Specimen
from reports.queries.tables.column import Column, Type, as_yes_no, column_of
from reports.queries.tables.keys import patient_keys, visit_keys
from reports.queries.tables.table import Kind, Table

_UNIT = _("In g for stool, in µL for DNA, else in mL.")
_YES_NO = (("Y", _("yes")), ("N", _("no")))


def specimen_tables() -> Iterator[Table]:
    yield _specimens()
    yield _custody()


def _of(model: type[Model], *names: str) -> tuple[Column, ...]:
    return tuple(column_of(model._meta.get_field(name)) for name in names)  # type: ignore[arg-type]


def _barcode(name: str, label: Any, source: str, *, is_key: bool = False) -> Column:
    return Column(name, label, Type.TEXT, source, is_key=is_key)


def _specimens() -> Table:
    return Table(
        name="specimens",
        title=_("specimens, aliquots and derivatives"),
        kind=Kind.CORE,
        model=Specimen,
        where=Q(patient__isnull=False),
        columns=(
            *patient_keys("patient__"),
            *visit_keys("visit__"),
            _barcode("barcode", _("barcode"), "barcode", is_key=True),
            _barcode("made_from", _("barcode of the tube it was made from"), "parent__barcode"),
            *_of(Specimen, "material", "fixative"),
            column_of(Specimen._meta.get_field("amount"), note=_UNIT),
            *_of(Specimen, "collected_at", "registered_at"),
            Column("kit_lot", _("lot of the kit"), Type.TEXT, "kit__batch__lot"),
        ),
        order=("barcode",),
    )


def _custody() -> Table:
    return Table(
        name="custody",
        title=_("custody of specimens"),
        kind=Kind.CORE,
        model=CustodyEvent,
        patient="specimen__patient__",
        where=Q(specimen__patient__isnull=False),
        columns=(
            *patient_keys("specimen__patient__"),
            *visit_keys("specimen__visit__"),
            _barcode("barcode", _("barcode"), "specimen__barcode", is_key=True),
            Column("event", _("number of the event"), Type.INTEGER, "sequence", is_key=True),
            *_of(CustodyEvent, "kind", "at"),
            column_of(CustodyEvent._meta.get_field("taken"), note=_UNIT),
            *_of(CustodyEvent, "temperature_c", "reason", "place"),
            Column("laboratory", _("laboratory"), Type.TEXT, "laboratory__name"),
            Column("box", _("box"), Type.TEXT, "box__name"),
            *_of(CustodyEvent, "cell"),
            column_of(CustodyEvent._meta.get_field("left"), note=_UNIT),
            *(_flag(name) for name in ("is_frozen", "is_held")),
            *_of(CustodyEvent, "freeze_thaws"),
            Column("shipment", _("number of the shipment"), Type.INTEGER, "shipment_id"),
            Column("recorded_by", _("recorded by"), Type.TEXT, "recorded_by__full_name"),
        ),
        order=("specimen__barcode", "sequence"),
    )


def _flag(name: str) -> Column:
    field: Any = CustodyEvent._meta.get_field(name)
    return Column(name, field.verbose_name, Type.CODE, name, read=as_yes_no, choices=_YES_NO)
