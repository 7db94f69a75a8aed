"""Data-quality checks about how scans were read, each on both sides."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from enrollment.actions import save_record
from enrollment.actions.quality import settle_queries
from enrollment.quality import Scope
from enrollment.quality.run import automatic, run_checks
from enrollment.registry import get
from outcomes.models import Lesion, LesionMeasurement, TumorAssessment
from oversight.actions import Raised, sync_automatic
from oversight.models import Query
from tests.factories import LATER, save_form

BASELINE_ON = date(2026, 1, 6)


def found(patient, code):
    run = run_checks(Scope(patient.trial, LATER), only={code})
    return [(place.form, place.field) for _code, place in run]


@pytest.fixture
def target(patient, save):
    return save(Lesion(patient=patient, number=1, kind="target", organ="liver", is_node="N"))


@pytest.fixture
def read(patient, make_visit, coordinator, target):
    """A complete scan so many days after baseline, which is day 0."""

    def read_at(cycle, days, mm, **values):
        day = BASELINE_ON + timedelta(days=days)
        visit = make_visit(patient, key=f"C{cycle}", on=day, cycle=cycle)
        row = LesionMeasurement(lesion=target, status="measured", diameter_mm=Decimal(mm))
        values = {"scanned_on": day, "is_baseline": "N", "new_lesion": "none"} | values
        return save_form("tumor-assessment", visit, by=coordinator, rows=[row], **values)

    return read_at


@pytest.mark.parametrize(
    ("response", "reason", "is_wrong"),
    [
        pytest.param("PR", "", False, id="as the rule says"),
        pytest.param("SD", "", True, id="differs"),
        pytest.param("SD", "the margin is not clear", False, id="differs with a reason"),
        pytest.param("", "", False, id="not answered"),
    ],
)
def test_response_that_differs_from_the_rule_needs_a_reason(
    patient, read, response, reason, is_wrong
):
    read(1, 0, 40, is_baseline="Y", new_lesion="")
    read(2, 42, 28, investigator_response=response, response_reason=reason)
    assert found(patient, "DQ-050") == [("tumor-assessment", "investigator_response")] * is_wrong


def test_query_about_the_response_closes_itself_with_a_reason(patient, read, coordinator):
    read(1, 0, 40, is_baseline="Y", new_lesion="")
    scan = read(2, 42, 28, investigator_response="SD")
    run = automatic(run_checks(Scope(patient.trial, LATER), only={"DQ-050"}))
    sync_automatic(
        patient.trial,
        [Raised(place, code, "Why?", item.digest) for (code, place), item in run.items()],
    )
    assert Query.objects.get().state == "open"

    assert settle_queries(patient, today=LATER) == 0
    scan = TumorAssessment.objects.get(pk=scan.pk)
    scan.response_reason = "the margin is not clear"
    save_record(
        get("tumor-assessment"), scan, by=coordinator, complete=True, reason="source",
        expected_revision=scan.revision,
    )  # fmt: skip
    assert Query.objects.get().state == "closed"


def test_target_that_appears_later_has_no_baseline(patient, read, save, make_visit, coordinator):
    read(1, 0, 40, is_baseline="Y", new_lesion="")
    assert found(patient, "DQ-051") == []
    late = save(Lesion(patient=patient, number=2, kind="target", organ="lung", is_node="N"))
    read(2, 42, 28, investigator_response="SD")
    visit = make_visit(patient, key="C3", on=date(2026, 3, 20), cycle=3)
    row = LesionMeasurement(lesion=late, status="measured", diameter_mm=Decimal(12))
    save_form(
        "tumor-assessment", visit, by=coordinator, rows=[row], scanned_on="2026-03-20",
        is_baseline="N",
    )  # fmt: skip
    assert found(patient, "DQ-051") == [("lesions", "kind")]
    # No sum means anything then, so no response is compared with it.
    assert found(patient, "DQ-050") == []


@pytest.mark.parametrize(("days", "is_wrong"), [(0, False), (-1, True)])
def test_no_scan_is_older_than_the_baseline(patient, read, days, is_wrong):
    read(1, 0, 40, is_baseline="Y", new_lesion="")
    read(2, days, 40)
    assert found(patient, "DQ-052") == [("tumor-assessment", "scanned_on")] * is_wrong


@pytest.mark.parametrize(("days", "is_wrong"), [(43, False), (42, True)])
def test_two_scans_of_one_day_are_looked_at(patient, read, days, is_wrong):
    read(1, 0, 40, is_baseline="Y", new_lesion="")
    read(2, 42, 40)
    read(3, days, 40)
    assert found(patient, "DQ-053") == [("tumor-assessment", "scanned_on")] * is_wrong
