"""The page of a scan, saved or not, and the page of a patient's tumor."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from outcomes.models import Lesion, LesionMeasurement, TumorAssessment
from outcomes.queries.tumor_history import tumor_history
from tests.factories import make_enrolled_patient, make_member, make_trial, open_visit, save_form

BASELINE_ON = date(2026, 1, 5)
FORM = "tumor-assessment"


@pytest.fixture
def patient(db):
    return make_enrolled_patient(make_trial())


@pytest.fixture
def enter(client, patient):
    """Signs in somebody with the role."""

    def sign_in(role="coordinator", **where):
        client.force_login(make_member(patient.trial, role, **where))
        return client

    return sign_in


@pytest.fixture
def lesions(patient):
    by = make_member(patient.trial, "coordinator")
    return [
        save_form("lesions", patient, by=by, number=1, kind="target", organ="liver", is_node="N"),
        save_form("lesions", patient, by=by, number=2, kind="non-target", organ="lung"),
    ]


@pytest.fixture
def baseline(patient, lesions):
    visit = open_visit(patient, on=BASELINE_ON)
    rows = [
        LesionMeasurement(lesion=lesions[0], status="measured", diameter_mm=Decimal(40)),
        LesionMeasurement(lesion=lesions[1], status="present"),
    ]
    return save_form(FORM, visit, scanned_on=BASELINE_ON, is_baseline="Y", rows=rows)


@pytest.fixture
def visit(patient, baseline):
    """The scan that is being entered."""
    return later_visit(patient)


def later_visit(patient):
    for visit in patient.visits.order_by("position"):
        if FORM in visit.forms and not TumorAssessment.objects.filter(visit=visit).exists():
            return open_visit(patient, key=visit.key)
    raise AssertionError("no visit with a scan is left")


def typed(lesions, size, **values):
    data = {
        "revision": "0", "row-TOTAL_FORMS": "2", "row-INITIAL_FORMS": "0",
        "scanned_on": "2026-02-17", "is_baseline": "N", "new_lesion": "none",
        "row-0-key": str(lesions[0].pk), "row-0-status": "measured", "row-0-diameter_mm": size,
        "row-1-key": str(lesions[1].pk), "row-1-status": "present",
    }  # fmt: skip
    return data | values


def live(client, visit, data):
    answer = client.post(reverse("enrollment:form-addition", args=[visit.pk, FORM]), data)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


@pytest.mark.parametrize(
    ("size", "overall", "why"),
    [
        pytest.param("28", "PR", "at least 30 % below baseline", id="exactly 30 % less"),
        pytest.param("28.1", "SD", "Neither 30 % below baseline", id="just less than that"),
        pytest.param("48", "PD", "at least 20 % and 5 mm above", id="20 % more"),
        pytest.param("", "NE", "no value", id="not measured"),
        pytest.param("-3", "NE", "no value", id="no size at all"),
    ],
)
def test_typing_proposes_the_response_with_its_rule(enter, visit, lesions, size, overall, why):
    page = live(enter(), visit, typed(lesions, size))
    assert f'<strong class="tag response">{overall}</strong>' in page
    assert why in page
    assert not TumorAssessment.objects.filter(visit=visit).exists()


def test_change_is_cut_and_not_rounded(enter, visit, lesions):
    page = live(enter(), visit, typed(lesions, "28.1"))
    assert "−29.7 %" in page


def test_a_response_that_differs_is_said_until_it_has_a_reason(enter, visit, lesions):
    client = enter()
    data = typed(lesions, "28", investigator_response="SD")
    assert "the rules say PR" in live(client, visit, data)
    assert 'value="PR"' in live(client, visit, data)
    reasoned = data | {"response_reason": "the margin is not clear"}
    assert "the rules say" not in live(client, visit, reasoned)
    agreed = live(client, visit, data | {"investigator_response": "PR"})
    assert "the rules say" not in agreed
    assert "data-take" not in agreed


def test_a_new_lesion_in_a_row_that_was_added_counts(enter, visit, lesions):
    data = typed(lesions, "40", new_lesion="unequivocal") | {
        "row-TOTAL_FORMS": "3", "row-2-lesion_kind": "new", "row-2-lesion_organ": "lung",
        "row-2-status": "present",
    }  # fmt: skip
    client = enter()
    assert "An unequivocal new lesion." in live(client, visit, data)
    equivocal = live(client, visit, data | {"new_lesion": "equivocal"})
    assert "An equivocal new lesion is no progression" in equivocal
    assert Lesion.objects.count() == 2


def test_baseline_shows_its_sum_alone(enter, patient, lesions):
    visit = open_visit(patient, on=BASELINE_ON)
    page = live(enter(), visit, typed(lesions, "33", is_baseline="Y", scanned_on="2026-01-05"))
    assert "<strong>33.0</strong>" in page
    assert "Overall" not in page


@pytest.mark.parametrize(("viable", "is_said"), [("9.9", True), ("10", False)])
def test_baseline_says_which_target_is_none_by_mrecist(client, db, viable, is_said):
    patient = make_enrolled_patient(make_trial(tumor_criteria=["recist_1_1", "mrecist"]))
    client.force_login(make_member(patient.trial, "coordinator"))
    first = save_form("lesions", patient, number=1, kind="target", organ="liver", is_node="N")
    visit = open_visit(patient, on=BASELINE_ON)
    sizes = {"is_baseline": "Y", "scanned_on": "2026-01-05", "row-0-viable_mm": viable}
    page = live(client, visit, typed([first, first], "33", **sizes))
    assert ("no target by mRECIST" in page) == is_said


def test_without_an_answer_the_page_says_what_to_answer(enter, visit):
    assert "Say whether this is the baseline scan" in live(enter(), visit, {})


def test_open_page_shows_earlier_sizes_and_works_without_a_script(enter, visit, lesions):
    save_form(
        FORM, visit, scanned_on=date(2026, 2, 17), is_baseline="N", new_lesion="none",
        rows=[LesionMeasurement(lesion=lesions[0], status="measured", diameter_mm=Decimal(28))],
    )  # fmt: skip
    answer = enter("monitor").get(reverse("enrollment:visit-form", args=[visit.pk, FORM]))
    page = " ".join(answer.content.decode().split())
    assert '<dt>baseline</dt> <dd> 40.0 </dd> <dd class="muted"> 2026-01-05 </dd>' in page
    assert '<strong class="tag response">PR</strong>' in page
    assert "hx-post" not in page.split('class="rows proposal"')[0].rsplit("<section", 1)[1]


def test_what_is_typed_is_asked_for_by_those_who_enter(enter, visit):
    where = reverse("enrollment:form-addition", args=[visit.pk, FORM])
    assert enter("monitor").post(where).status_code == 403
    assert enter("coordinator", site="02").post(where).status_code == 404


def test_page_takes_as_many_queries_with_more_scans(
    enter, visit, patient, lesions, django_assert_max_num_queries
):
    where = reverse("enrollment:form-addition", args=[visit.pk, FORM])
    client = enter()
    client.post(where, typed(lesions, "28"))
    with django_assert_max_num_queries(16):
        client.post(where, typed(lesions, "28"))


@pytest.fixture
def followed(visit, lesions):
    rows = [
        LesionMeasurement(
            lesion=lesions[0], status="split", diameter_mm=Decimal(28), parts_mm="20 + 8"
        ),
        LesionMeasurement(lesion=lesions[1], status="present"),
    ]
    return save_form(
        FORM, visit, scanned_on=BASELINE_ON + timedelta(days=42), is_baseline="N",
        new_lesion="none", investigator_response="SD", response_reason="margin", rows=rows,
    )  # fmt: skip


def test_lesions_sums_and_responses_by_scan(patient, followed):
    history = tumor_history(patient)
    cells = [[(cell.text, cell.detail) for cell in line.cells] for line in history.lesions]
    assert cells == [[("40.0", ""), ("28.0", "20 + 8")], [("present", ""), ("present", "")]]
    [total] = history.sums
    assert total.values == [40.0, 28.0]
    assert total.cells[1].detail == "−30.0 %"
    named = {line.name: line.cells[1].text for line in history.responses}
    assert named == {"RECIST 1.1": "PR", "Investigator": "SD"}
    assert history.newest.lines[0].why == ("The sum is at least 30 % below baseline.",)


def test_page_draws_and_tells_the_sum(enter, patient, followed):
    answer = enter("monitor").get(reverse("outcomes:tumor-detail", args=[patient.pk]))
    page = answer.content.decode()
    assert 'data-figure="tumor-sum"' in page
    assert "The sum is at least 30 % below baseline." in page
    panel = enter("monitor").get(reverse("enrollment:patient-detail", args=[patient.pk]))
    assert reverse("outcomes:tumor-detail", args=[patient.pk]) in panel.content.decode()


def test_patient_without_a_scan_is_said(enter, patient):
    answer = enter("monitor").get(reverse("outcomes:tumor-detail", args=[patient.pk]))
    assert "No scan yet" in answer.content.decode()


def test_page_takes_as_many_queries_with_one_scan_as_with_two(
    patient,
    baseline,
    request,
    django_assert_num_queries,
):
    patient.refresh_from_db()
    assert patient.version.definition
    with django_assert_num_queries(6):
        tumor_history(patient)
    request.getfixturevalue("followed")
    with django_assert_num_queries(6):
        tumor_history(patient)
