"""The trial as ODM-XML: valid, complete, with who wrote what, and no more than the tables hold."""

import io
import zipfile
from collections import Counter
from datetime import UTC, datetime

import pytest
from lxml import etree
from odmlib.schema_manager import get_schema_path

from core.models import AuditEntry
from enrollment.actions import randomize_patient
from enrollment.actions.records import save_record
from enrollment.actions.signing import sign_records
from enrollment.actions.unblinding import unblind_patient
from enrollment.models import VitalSigns
from enrollment.queries.arms import Account, Purpose, arms_of
from enrollment.queries.content import content_of
from enrollment.registry import get
from oversight.calc.content import sha256_of
from reports.actions.table_exports import complete
from reports.models import TableExport
from reports.queries.odm.subjects import AT_ONCE
from tests.factories import (
    ENROLLED_ON,
    make_enrolled_patient,
    make_member,
    make_randomized_trial,
    make_ready_patient,
    open_visit,
    save_form,
)
from tests.factories_specimens import make_laboratory, make_tube
from tests.integration.reports.reading import problem_of, text_of

ODM = {"o": "http://www.cdisc.org/ns/odm/v1.3"}
NAME = f"{{{ODM['o']}}}"
ADDRESS = "/api/v1/trials/small/odm.xml"
AT = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
STRANGE = 'below <1>,\n"R&D"\x0b 体重 😀'
REFERENCES = {
    "StudyOID": "Study",
    "MetaDataVersionOID": "MetaDataVersion",
    "StudyEventOID": "StudyEventDef",
    "FormOID": "FormDef",
    "ItemGroupOID": "ItemGroupDef",
    "ItemOID": "ItemDef",
    "CodeListOID": "CodeList",
    "MeasurementUnitOID": "MeasurementUnit",
    "UserOID": "User",
    "LocationOID": "Location",
    "SignatureOID": "SignatureDef",
}


def parsed(content):
    """The document, after schema and references were checked."""
    document = etree.fromstring(content)
    schema = etree.XMLSchema(etree.parse(get_schema_path("odm", "1.3.2")))
    schema.assertValid(document)
    defined = Counter(
        (element.tag.removeprefix(NAME), element.get("OID"))
        for element in document.iter()
        if element.get("OID")
    )
    assert [oid for oid, times in defined.items() if times > 1] == []
    for element in document.iter():
        for attribute, kind in REFERENCES.items():
            if oid := element.get(attribute):
                assert (kind, oid) in defined, (element.tag, oid)
    return document


def first(document, path):
    [found] = document.xpath(path, namespaces=ODM)
    return found


@pytest.fixture
def vitals(patient, coordinator):
    """A form that was corrected, to a missing code too, and then signed."""
    visit = open_visit(patient, key="C1D1", by=coordinator)
    spec = get("vital-signs")
    made = save_form(
        "vital-signs", visit, by=coordinator, ecog="1", weight_kg="71.5", pulse_per_min=80
    )
    made = VitalSigns.objects.get(pk=made.pk)
    made.weight_kg, made.pulse_per_min = "72.5", None
    made.missing = made.missing | {"pulse_per_min": "UNK"}
    seen = made.revision
    save_record(spec, made, by=coordinator, complete=True, reason=STRANGE, expected_revision=seen)
    made = VitalSigns.objects.get(pk=made.pk)
    investigator = make_member(patient.trial, "investigator", site="01", username="iris")
    signed = {("vital-signs", made.pk): sha256_of(content_of(spec, made))}
    sign_records(signed, by=investigator, meaning="approved", at=AT)
    return made


@pytest.fixture
def document(api, vitals, other_patient):
    return parsed(text_of(api.get(ADDRESS)).encode())


GROUP = "//o:ItemGroupData[@ItemGroupOID='IG.vital_signs']"


def item(name):
    return f"{GROUP}/o:ItemData[@ItemOID='IT.vital_signs.{name}']"


def test_data_come_with_their_places_labels_and_limits(document, patient, other_patient):
    keys = document.xpath("//o:SubjectData/@SubjectKey", namespaces=ODM)
    assert keys == [patient.number, other_patient.number]
    event = first(document, f"{GROUP}/../..")
    assert event.get("StudyEventOID") == "SE.visit.C1D1"
    assert first(document, item("weight_kg")).get("Value") == "72.5"
    weight = first(document, "//o:ItemDef[@OID='IT.vital_signs.weight_kg']")
    assert weight.get("DataType") == "float"
    assert weight.find("o:MeasurementUnitRef", ODM).get("MeasurementUnitOID") == "MU.kg"
    codes = first(document, "//o:CodeList[@OID='CL.IT.vital_signs.pulse_per_min_missing']")
    assert [code.get("CodedValue") for code in codes] == ["ND", "UNK", "NA"]


def test_tube_and_its_events_are_told_apart_by_barcode(api, trial, coordinator):
    tube = make_tube(trial, by=coordinator, laboratory=make_laboratory(trial, by=coordinator))
    document = parsed(text_of(api.get(ADDRESS)).encode())
    for group, times in (("specimens", 1), ("custody", 2)):
        path = f"//o:ItemGroupData/o:ItemData[@ItemOID='IT.{group}.barcode']/@Value"
        assert document.xpath(path, namespaces=ODM) == [tube.barcode] * times
    path = "//o:ItemGroupData/o:ItemData[@ItemOID='IT.custody.event']/@Value"
    assert document.xpath(path, namespaces=ODM) == ["1", "2"]


def test_row_names_who_made_it_and_item_who_changed_it_last_and_why(document, vitals, coordinator):
    made, changed = AuditEntry.objects.of_row(vitals)[:2]
    record = first(document, f"{GROUP}/o:AuditRecord")
    assert record.find("o:UserRef", ODM).get("UserOID") == f"US.{coordinator.pk}"
    assert record.find("o:SourceID", ODM).text == str(made.pk)
    for name in ("weight_kg", "pulse_per_min_missing"):  # a missing code is a value, and audited
        record = first(document, f"{item(name)}/o:AuditRecord")
        assert record.find("o:SourceID", ODM).text == str(changed.pk)
        why = record.find("o:ReasonForChange", ODM).text
        assert why == STRANGE.replace("\x0b", "\N{REPLACEMENT CHARACTER}")
    assert document.xpath(f"{item('ecog')}/o:AuditRecord", namespaces=ODM) == []
    user = first(document, f"//o:User[@OID='US.{coordinator.pk}']")
    assert user.find("o:FullName", ODM).text == made.actor_name


def test_signature_that_holds_stands_at_its_form(document, vitals):
    signature = first(document, f"{GROUP}/../o:Signature")
    assert signature.find("o:DateTimeStamp", ODM).text == "2026-11-21T08:00:00Z"
    assert signature.find("o:SignatureRef", ODM).get("SignatureOID") == "SD.approved"


def test_more_patients_than_are_read_at_once_are_all_there(api, patient, monkeypatch):
    monkeypatch.setattr("reports.queries.odm.subjects.AT_ONCE", 2)
    others = [make_enrolled_patient(patient.trial) for _number in range(2)]
    assert AT_ONCE > 2
    document = parsed(text_of(api.get(ADDRESS)).encode())
    keys = document.xpath("//o:SubjectData/@SubjectKey", namespaces=ODM)
    assert sorted(keys) == sorted(each.number for each in [patient, *others])


def test_one_sites_statistician_gets_that_site_and_its_people(as_user, vitals, other_patient):
    person = make_member(vitals.patient.trial, "statistician", site="02")
    text = text_of(as_user(person, vitals.patient.trial).get(ADDRESS))
    document = parsed(text.encode())
    keys = document.xpath("//o:SubjectData/@SubjectKey", namespaces=ODM)
    assert keys == [other_patient.number]
    assert vitals.patient.number not in text
    assert "iris" not in text.lower()


def test_who_broke_a_code_or_read_an_arm_does_not_show(as_user, db):
    trial = make_randomized_trial()
    by = make_member(trial, "coordinator")
    patient = make_ready_patient(trial, by=by)
    randomize_patient(patient, by=by, on=ENROLLED_ON)
    patient.refresh_from_db()
    on_call = make_member(trial, "investigator", site="01", username="on-call")
    account = Account("safety", "a perforation", "the anesthetist", "treatment ends")
    unblind_patient(patient, by=on_call, account=account)
    pharmacist = make_member(trial, "unblinded-pharmacist", username="pharmacist")
    arms_of([patient], by=pharmacist, purpose=Purpose.ROUTINE)

    blinded = as_user(make_member(trial, "statistician"), trial)
    document = parsed(text_of(blinded.get(f"{ADDRESS}?patient={patient.number}")).encode())
    people = set(document.xpath("//o:User/@OID", namespaces=ODM))
    assert f"US.{by.pk}" in people
    assert not people & {f"US.{on_call.pk}", f"US.{pharmacist.pk}"}


def test_filters_narrow_it_and_strange_ones_are_refused(api, patient, other_patient):
    document = parsed(text_of(api.get(f"{ADDRESS}?patient={patient.number}")).encode())
    assert document.xpath("//o:SubjectData/@SubjectKey", namespaces=ODM) == [patient.number]
    assert problem_of(api.get(f"{ADDRESS}?visit=C1D1"))["code"] == "parameter_unknown"


def test_archive_has_one_document_in_the_place_of_tables(statistician, vitals):
    export = TableExport.objects.create(
        trial=vitals.patient.trial,
        requested_by=statistician,
        requested_at=AT,
        heartbeat_at=AT,
        expires_at=AT,
        tables=["patients", "vital_signs", "audit"],
        form="odm",
        reason="submission",
    )
    complete(export.pk)
    export.refresh_from_db()
    archive = zipfile.ZipFile(io.BytesIO(export.content))
    assert not any(name.startswith("tables/") for name in archive.namelist())
    document = parsed(archive.read("odm.xml"))
    groups = document.xpath("//o:ItemGroupDef/@Name", namespaces=ODM)
    assert groups == ["patients", "vital_signs"]
