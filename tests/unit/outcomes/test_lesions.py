from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError

from enrollment import registry
from enrollment.forms.entry import Entry
from outcomes.models import Lesion, LesionMeasurement, TumorAssessment
from outcomes.scan_forms import known_lesions

BASELINE = {"scanned_on": "2026-01-03", "method": "CT", "slice_mm": "1", "is_baseline": "Y"}
FOLLOW_UP = BASELINE | {"scanned_on": "2026-03-03", "is_baseline": "N", "new_lesion": "none"}


def added(kind, organ="liver", diameter="20", **values):
    return {
        "lesion_kind": kind,
        "lesion_organ": organ,
        "status": "measured",
        "diameter_mm": diameter,
    } | values


@pytest.fixture
def scan(patient, make_visit):
    """An empty assessment at the visit of a course."""

    def make(cycle=1):
        day = date(2026, 1, 6) if cycle == 1 else date(2026, 3, 6)
        visit = make_visit(patient, key=f"C{cycle}", on=day, cycle=cycle)
        return TumorAssessment(patient=patient, visit=visit)

    return make


@pytest.fixture
def baseline(scan, fill, coordinator):
    """A stored baseline with a target in the liver and a non-target node."""
    node = added("non-target", "lymph-node", status="present", lesion_description="hilum")
    entry = fill(scan(), BASELINE, rows=[added("target"), node])
    assert entry.is_valid(), (entry.form.errors, entry.rows.errors)
    return entry.save(by=coordinator)


def test_saving_an_added_row_stores_its_lesion(patient, baseline):
    lesions = Lesion.objects.filter(patient=patient)
    found = [(row.number, row.kind, row.organ, row.is_node, row.description) for row in lesions]
    assert found == [
        (1, "target", "liver", "N", ""),
        (2, "non-target", "lymph-node", "Y", "hilum"),
    ]
    assert {lesion.first_seen_on for lesion in lesions} == {date(2026, 1, 3)}
    assert all(lesion.is_complete for lesion in lesions)
    assert [row.diameter_mm for row in baseline.rows.order_by("row_number")] == [Decimal(20), None]


def test_next_scan_expects_every_known_lesion(baseline, scan):
    assert [row.lesion.number for row in known_lesions(scan(2))] == [1, 2]


def test_known_lesions_are_shown_and_cannot_be_retyped(baseline, scan, fill, coordinator):
    rows = [
        added("new", "lung", diameter="14.5"),
        {"status": "absent"},
    ]
    entry = fill(scan(2), FOLLOW_UP, rows=rows)
    assert [form.identity for form in entry.rows.forms] == [["Lesion 1"], ["Lesion 2"]]
    assert entry.is_valid(), entry.rows.errors
    entry.save(by=coordinator)
    assert Lesion.objects.count() == 2
    assert Lesion.objects.get(number=1).organ == "liver"


@pytest.mark.parametrize(("seen", "is_unequivocal"), [("unequivocal", "Y"), ("equivocal", "N")])
def test_new_lesion_is_as_clear_as_the_assessment_says(
    baseline, scan, fill, coordinator, seen, is_unequivocal
):
    rows = [{"status": "too-small"}, {"status": "present"}, added("new", "lung")]
    entry = fill(scan(2), FOLLOW_UP | {"new_lesion": seen}, rows=rows)
    assert entry.is_valid(), entry.rows.errors
    entry.save(by=coordinator)
    lesion = Lesion.objects.get(number=3)
    assert (lesion.kind, lesion.is_unequivocal) == ("new", is_unequivocal)


def test_a_later_new_lesion_is_not_expected_on_an_earlier_scan(patient, baseline, scan, save):
    new = Lesion(patient=patient, number=3, kind="new", first_seen_on=date(2026, 3, 3))
    save(new)
    assert [row.lesion.number for row in known_lesions(baseline)] == [1, 2]
    assert [row.lesion.number for row in known_lesions(scan(2))] == [1, 2, 3]


def test_saving_a_scan_again_adds_no_lesion(baseline, fill, coordinator):
    rows = [{"status": "measured", "diameter_mm": "21"}, {"status": "present"}]
    values = BASELINE | {"reason_code": "transcription"}
    entry = fill(TumorAssessment.objects.get(pk=baseline.pk), values, rows=rows)
    assert entry.is_valid(), (entry.rows.errors, entry.saving.errors)
    entry.save(by=coordinator)
    assert Lesion.objects.count() == 2
    assert baseline.rows.get(row_number=1).diameter_mm == 21


def test_a_blank_row_is_offered_at_every_scan_and_counts_only_when_filled(baseline, scan, fill):
    record = scan(2)
    page = Entry(registry.get("tumor-assessment"), record)
    assert [form.instance.lesion_id is None for form in page.rows.forms] == [False, False, True]
    rows = [{"status": "too-small"}, {"status": "present"}, {}]
    entry = fill(record, FOLLOW_UP, rows=rows)
    assert entry.is_valid(), entry.rows.errors
    assert len(entry.rows.rows) == 2


def test_a_row_without_its_organ_is_refused(scan, fill):
    entry = fill(scan(), BASELINE, rows=[added("target", "")])
    assert not entry.is_valid()
    assert "lesion_organ" in entry.rows.errors[0]


@pytest.mark.parametrize(
    ("values", "kind", "is_refused"),
    [
        pytest.param({"is_baseline": "Y"}, "target", False, id="target at baseline"),
        pytest.param({"is_baseline": "Y"}, "new", True, id="new at baseline"),
        pytest.param({"is_baseline": "N", "new_lesion": "none"}, "target", True, id="target later"),
        pytest.param({"is_baseline": "N", "new_lesion": "none"}, "new", True, id="none was seen"),
        pytest.param({"is_baseline": "N", "new_lesion": "equivocal"}, "new", False, id="new later"),
        pytest.param({}, "target", False, id="not yet said"),
    ],
)
def test_kind_of_an_added_lesion_fits_the_scan(scan, values, kind, is_refused):
    record = scan()
    for name, value in values.items():
        setattr(record, name, value)
    row = LesionMeasurement(record=record, status="measured", diameter_mm=Decimal(20))
    row.new_lesion = Lesion(kind=kind, organ="liver")
    [found] = record.row_problems([row])
    assert ("lesion_kind" in found) is is_refused


@pytest.mark.parametrize(
    ("organs", "over"),
    [
        pytest.param(["liver", "liver"], [], id="two of one organ"),
        pytest.param(["liver", "liver", "liver"], [2], id="three of one organ"),
        pytest.param(["liver", "lung", "bone", "skin", "brain"], [], id="five"),
        pytest.param(["liver", "lung", "bone", "skin", "brain", "colon"], [5], id="six"),
    ],
)
def test_targets_are_at_most_five_and_two_of_an_organ(scan, organs, over):
    record, rows = scan(), []
    record.is_baseline = "Y"
    for organ in organs:
        row = LesionMeasurement(record=record, status="measured")
        row.new_lesion = Lesion(kind="target", organ=organ)
        rows.append(row)
    found = record.row_problems(rows)
    assert [i for i, problems in enumerate(found) if problems] == over


@pytest.mark.parametrize(
    ("is_baseline", "kind", "status", "is_refused"),
    [
        ("Y", "target", "measured", False),
        ("Y", "target", "too-small", True),
        ("Y", "non-target", "present", False),
        ("N", "target", "too-small", False),
    ],
)
def test_targets_are_measured_at_baseline(scan, is_baseline, kind, status, is_refused):
    record = scan()
    record.is_baseline = is_baseline
    row = LesionMeasurement(record=record, status=status, lesion=Lesion(pk=1, kind=kind))
    [found] = record.row_problems([row])
    assert ("status" in found) is is_refused


def test_a_new_lesion_that_was_seen_needs_its_row(baseline, scan, fill):
    rows = [{"status": "too-small"}, {"status": "present"}]
    entry = fill(scan(2), FOLLOW_UP | {"new_lesion": "unequivocal"}, rows=rows)
    assert not entry.is_valid()
    assert "Add a row for the new lesion" in str(entry.rows.errors)


@pytest.mark.parametrize(
    ("status", "kind", "is_refused"),
    [
        ("measured", "target", False),
        ("too-small", "target", False),
        ("present", "target", True),
        ("unequivocal-progression", "target", True),
        ("unequivocal-progression", "non-target", False),
        ("increased", "non-target", False),
    ],
)
def test_state_fits_the_kind_of_lesion(status, kind, is_refused):
    row = LesionMeasurement(status=status)
    row.new_lesion = Lesion(kind=kind)
    assert ("status" in row.problems()) is is_refused


@pytest.mark.parametrize(
    ("viable", "is_refused"), [("20.0", False), ("20.1", True)], ids=["all", "more than all"]
)
def test_viable_part_is_within_the_lesion(viable, is_refused):
    row = LesionMeasurement(diameter_mm=Decimal(20), viable_mm=Decimal(viable))
    assert ("viable_mm" in row.problems()) is is_refused


@pytest.mark.parametrize(
    ("organ", "is_node", "is_refused"),
    [
        ("lymph-node", "Y", False),
        ("lymph-node", "N", True),
        ("liver", "Y", True),
        ("liver", "N", False),
    ],
)
def test_organ_and_node_agree(patient, organ, is_node, is_refused):
    lesion = Lesion(patient=patient, organ=organ, is_node=is_node)
    assert ("is_node" in lesion.problems()) is is_refused


@pytest.mark.parametrize(
    ("last", "is_refused"), [(date(2026, 1, 6), False), (date(2026, 1, 5), True)]
)
def test_last_scan_is_not_before_the_first(scan, last, is_refused):
    record = scan()
    record.scanned_on, record.last_scanned_on = date(2026, 1, 6), last
    assert ("last_scanned_on" in record.problems()) is is_refused


def test_a_number_names_one_lesion_of_a_patient(patient, make_patient, save):
    save(Lesion(patient=patient, number=1))
    save(Lesion(patient=make_patient(), number=1))
    with pytest.raises(IntegrityError):
        save(Lesion(patient=patient, number=1))


def test_entry_refuses_a_number_that_is_taken_but_not_its_own(patient, make_patient, save):
    lesion = save(Lesion(patient=patient, number=1))
    assert "number" in Lesion(patient=patient, number=1).problems()
    assert lesion.problems() == {}
    assert Lesion(patient=patient, number=2).problems() == {}
    assert Lesion(patient=make_patient(), number=1).problems() == {}


def test_a_lesion_is_measured_once_on_a_scan(patient, scan, save):
    lesion = save(Lesion(patient=patient, number=1))
    rows = [LesionMeasurement(lesion=lesion, status="absent") for _ in range(2)]
    with pytest.raises(IntegrityError):
        save(scan(), rows)


def measured_row(record, organ, mm, **values):
    row = LesionMeasurement(
        record=record, status="measured", diameter_mm=mm and Decimal(mm), **values
    )
    row.new_lesion = Lesion(kind="target", organ=organ)
    return row


@pytest.mark.parametrize(
    ("organ", "mm", "method", "slice_mm", "field"),
    [
        pytest.param("liver", "10", "CT", "5", "", id="10 mm"),
        pytest.param("liver", "9.9", "CT", "5", "diameter_mm", id="just under 10 mm"),
        pytest.param("liver", "13.9", "CT", "7", "diameter_mm", id="under twice the slice"),
        pytest.param("lung", "19.9", "X-ray", None, "diameter_mm", id="small on X-ray"),
        pytest.param("lymph-node", "15", "CT", "5", "", id="node of 15 mm"),
        pytest.param("lymph-node", "14.9", "CT", "5", "diameter_mm", id="node under 15 mm"),
        pytest.param("ascites", "40", "CT", "5", "lesion_kind", id="never a target"),
    ],
)
def test_targets_at_baseline_are_large_enough_and_can_be_targets(
    scan, organ, mm, method, slice_mm, field
):
    record = scan()
    record.is_baseline, record.method = "Y", method
    record.slice_mm = slice_mm and Decimal(slice_mm)
    [problems] = record.row_problems([measured_row(record, organ, mm)])
    assert list(problems) == ([field] if field else [])


def test_limits_of_targets_are_those_of_the_definition(scan, monkeypatch):
    record = scan()
    record.is_baseline = "Y"
    tumor = record.patient.version.definition.tumor.model_copy(
        update={"least_mm": Decimal(20), "most_targets": 1}
    )
    definition = record.patient.version.definition.model_copy(update={"tumor": tumor})
    monkeypatch.setattr(type(record.patient.version), "definition", definition)
    rows = [measured_row(record, "liver", "20"), measured_row(record, "lung", "19")]
    assert [list(found) for found in record.row_problems(rows)] == [[], ["lesion_kind"]]
    warned = definition.model_copy(update={"tumor": tumor.model_copy(update={"limits": "warn"})})
    monkeypatch.setattr(type(record.patient.version), "definition", warned)
    assert record.row_problems(rows) == [{}, {}]


@pytest.mark.parametrize(
    ("parts", "mm", "field"),
    [
        ("12 + 8.5", "20.5", ""),
        ("12 + 8.5", "20", "diameter_mm"),
        ("12", "12", "parts_mm"),
        ("", "12", ""),
    ],
)
def test_parts_of_a_split_lesion_add_up_to_its_diameter(parts, mm, field):
    row = LesionMeasurement(status="split", parts_mm=parts, diameter_mm=Decimal(mm))
    row.new_lesion = Lesion(kind="target")
    assert list(row.problems()) == ([field] if field else [])


@pytest.mark.parametrize(
    ("kind", "other", "other_status", "field"),
    [
        pytest.param("target", 2, "measured", "", id="with a measured target"),
        pytest.param("target", 2, "absent", "merged_with", id="with one that has no size"),
        pytest.param("target", 1, "measured", "merged_with", id="with itself"),
        pytest.param("non-target", 2, "measured", "status", id="of a non-target"),
    ],
)
def test_a_merged_lesion_names_the_target_that_holds_its_size(
    scan, kind, other, other_status, field
):
    record = scan()
    record.is_baseline = "N"
    rows = [
        LesionMeasurement(status="merged", merged_with=other, lesion=Lesion(pk=1, number=1)),
        LesionMeasurement(status=other_status, lesion=Lesion(pk=2, number=2, kind="target")),
    ]
    rows[0].lesion.kind = kind
    found, _other = record.row_problems(rows)
    assert list(found) == ([field] if field else [])


@pytest.mark.parametrize(
    ("day", "is_refused"), [(date(2026, 1, 3), False), (date(2026, 1, 2), True)]
)
def test_a_scan_is_not_before_the_baseline(baseline, scan, day, is_refused):
    record = scan(2)
    record.scanned_on, record.is_baseline = day, "N"
    assert ("scanned_on" in record.problems()) is is_refused


@pytest.mark.parametrize(
    ("day", "is_refused"), [(date(2026, 3, 3), False), (date(2026, 3, 4), True)]
)
def test_the_baseline_is_not_after_a_later_scan(baseline, scan, fill, coordinator, day, is_refused):
    rows = [{"status": "too-small"}, {"status": "present"}]
    entry = fill(scan(2), FOLLOW_UP, rows=rows)
    assert entry.is_valid(), entry.rows.errors
    entry.save(by=coordinator)
    again = TumorAssessment.objects.get(pk=baseline.pk)
    again.scanned_on = day
    assert ("scanned_on" in again.problems()) is is_refused


def test_a_negative_diameter_is_refused_and_a_missing_one_asked_for(baseline, scan, fill):
    for diameter in ("-1", ""):
        rows = [{"status": "measured", "diameter_mm": diameter}, {"status": "present"}]
        entry = fill(scan(2), FOLLOW_UP, rows=rows)
        assert not entry.is_valid()
        assert "diameter_mm" in entry.rows.errors[0]
