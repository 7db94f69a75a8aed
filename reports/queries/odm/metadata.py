"""Study, events, forms, groups, items and code lists, from the codebook."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from core.models import Trial
from reports.queries.odm.parts import (
    EVERY_PATIENT,
    Part,
    event_oid,
    form_oid,
    group_oid,
    item_oid,
)
from reports.queries.odm.xml import element, in_english, opening, text
from reports.queries.tables import Type
from reports.queries.tables.codebook import Entry, with_missing_codes
from reports.queries.tables.schema import sas_name_of, schema_version

_DATA_TYPES = {
    Type.INTEGER: "integer",
    Type.DECIMAL: "float",
    Type.DATE: "date",
    Type.PARTIAL_DATE: "partialDate",
    Type.TIME: "datetime",
}


@dataclass(frozen=True)
class Event:
    """A visit that the plan or a patient has."""

    key: str
    label: str
    is_planned: bool


def study_oid(trial: Trial) -> str:
    return f"ST.{trial.slug}"


def metadata_oid() -> str:
    return f"MDV.{schema_version()}"


def study(
    trial: Trial, parts: list[Part], events: list[Event], entries: list[Entry]
) -> Iterator[str]:
    """`entries`: the lines of the codebook for the tables of the parts."""
    names = {(part.table.name, item.name) for part in parts for item in part.items}
    known = with_missing_codes(entries)
    items = [entry for entry in known if (entry.table, entry.name) in names]
    yield opening("Study", OID=study_oid(trial))
    yield element(
        "GlobalVariables",
        element("StudyName", text(trial.title_en)),
        element("StudyDescription", text(trial.title_en)),
        element("ProtocolName", text(trial.slug)),
    )
    yield from _units(items)
    yield opening("MetaDataVersion", OID=metadata_oid(), Name=f"Schema {schema_version()}")
    yield from _events(parts, events)
    yield from _forms(parts)
    for entry in items:
        yield _item(entry)
    for entry in items:
        if entry.codes and not _is_list(entry):
            yield _code_list(entry)
    yield "</MetaDataVersion></Study>"


def _units(items: list[Entry]) -> Iterator[str]:
    if units := sorted({entry.unit for entry in items if entry.unit}):
        made = (
            element("MeasurementUnit", in_english("Symbol", unit), OID=f"MU.{unit}", Name=unit)
            for unit in units
        )
        yield element("BasicDefinitions", *made)


def _events(parts: list[Part], events: list[Event]) -> Iterator[str]:
    oids = [EVERY_PATIENT, *(event_oid(event.key) for event in events)]
    yield element("Protocol", *_references("StudyEvent", oids))
    of_patient = [form_oid(part.form) for part in parts if not part.table.visit]
    yield element(
        "StudyEventDef",
        *_references("Form", of_patient),
        OID=EVERY_PATIENT,
        Name="What belongs to no visit",
        Repeating="No",
        Type="Common",
    )
    of_visits = [form_oid(part.form) for part in parts if part.table.visit]
    for event in events:
        yield element(
            "StudyEventDef",
            *_references("Form", of_visits),
            OID=event_oid(event.key),
            Name=event.label,
            Repeating="No",
            Type="Scheduled" if event.is_planned else "Unscheduled",
        )


def _forms(parts: list[Part]) -> Iterator[str]:
    forms: dict[str, list[Part]] = {}
    for part in parts:
        forms.setdefault(part.form, []).append(part)
    for name, groups in forms.items():
        yield element(
            "FormDef",
            *_references("ItemGroup", [group_oid(part.table.name) for part in groups]),
            OID=form_oid(name),
            Name=str(groups[0].table.title),
            Repeating=_yes_no(any(part.form_row for part in groups)),
        )
    for part in parts:
        table = part.table
        yield element(
            "ItemGroupDef",
            *_references("Item", [item_oid(table.name, item.name) for item in part.items]),
            OID=group_oid(table.name),
            Name=table.name,
            Repeating=_yes_no(part.is_group_repeated),
            SASDatasetName=sas_name_of(table.name),
        )


def _references(kind: str, oids: Iterable[str]) -> Iterator[str]:
    for place, oid in enumerate(dict.fromkeys(oids), start=1):
        yield element(f"{kind}Ref", **{f"{kind}OID": oid}, OrderNumber=place, Mandatory="No")


def _item(entry: Entry) -> str:
    oid = item_oid(entry.table, entry.name)
    limits = (
        ("GE", entry.minimum, "Hard"),
        ("LE", entry.maximum, "Hard"),
        ("GE", entry.usual_minimum, "Soft"),
        ("LE", entry.usual_maximum, "Soft"),
    )
    has_list = entry.codes and not _is_list(entry)
    return element(
        "ItemDef",
        in_english("Description", entry.note) if entry.note else "",
        in_english("Question", entry.label),
        element("MeasurementUnitRef", MeasurementUnitOID=f"MU.{entry.unit}") if entry.unit else "",
        *(
            element(
                "RangeCheck", element("CheckValue", text(limit)), Comparator=sign, SoftHard=kind
            )
            for sign, limit, kind in limits
            if limit
        ),
        element("CodeListRef", CodeListOID=f"CL.{oid}") if has_list else "",
        OID=oid,
        Name=entry.name,
        DataType=_DATA_TYPES.get(Type(entry.type), "text"),
        SASFieldName=entry.sas_name,
        Origin="Derived" if entry.is_derived else "CRF",
    )


def _is_list(entry: Entry) -> bool:
    """Several codes in one cell are no choice of one."""
    return entry.type == Type.TEXT


def _code_list(entry: Entry) -> str:
    oid = item_oid(entry.table, entry.name)
    return element(
        "CodeList",
        *(
            element("CodeListItem", in_english("Decode", label), CodedValue=code)
            for code, label in entry.codes
        ),
        OID=f"CL.{oid}",
        Name=oid,
        DataType="integer" if entry.type == Type.INTEGER else "text",
    )


def _yes_no(value: bool) -> str:
    return "Yes" if value else "No"
