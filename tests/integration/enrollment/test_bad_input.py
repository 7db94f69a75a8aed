"""Whatever is sent, the answer is a page that says what to do, never an error of the server."""

import re
from uuid import uuid4

import pytest

from enrollment import registry
from enrollment.models import Patient, PriorTherapy, VitalSigns
from enrollment.registry import Kind
from tests.factories import (
    make_enrolled_patient,
    make_screened_patient,
    make_trial,
    open_visit,
    save_form,
)
from tests.integration.enrollment.page import inputs_of, messages_of

NASTY = [
    "",  # nothing
    " \t\u3000",  # blanks
    "-1",  # negative
    "9" * 400,  # many digits
    "9" * 5000,  # more digits than int() reads
    "NaN",  # not a number
    "sNaN",  # signaling
    "-Infinity",  # infinite
    "1e999999999",  # exponent
    "１２．５",  # full-width
    "0001-01-01",  # year 1
    "9999-12-31",  # year 9999
    "2026-02-30",  # February 30
    "29feb2025",  # no leap year
    "2026-13",  # month 13
    "2026-07-02",  # tomorrow
    "<script>alert(1)</script>",  # markup
    "'; DROP TABLE core_user; --",  # SQL
    "{{ 7|add:'7' }}{% now 'Y' %}%(x)s",  # template
    "患者😀\u202eé\u0301",  # Unicode
    "x" * 10_000,  # 10 kB
    "a\0b",  # NUL
    "a\r\nSet-Cookie: b",  # line ends
]


def names_in(response):
    """All that the page's forms could send."""
    names = set(re.findall(r'<(?:input|select|textarea)[^>]*? name="([^"]+)"', response.text))
    return names - {"csrfmiddlewaretoken", "save", "language", "next"}


def check(response):
    """No error of the server, and nothing typed becomes part of the page."""
    assert response.status_code in (200, 302, 404, 409, 422)
    assert "<script>alert(1)" not in response.text
    assert "Set-Cookie" not in str(response.headers)


@pytest.fixture
def everything(patient, coordinator):
    """A patient whose first visit has opened and asks for every form."""
    visit = open_visit(patient, key="C1D1", by=coordinator)
    visit.forms = [spec.slug for spec in registry.all_specs(Kind.VISIT)]
    visit.save()
    save_form("lesions", patient, by=coordinator, number=1, kind="target", organ="lung")
    return visit


def address_of(spec, visit):
    if spec.kind is Kind.VISIT:
        return f"/visits/{visit.pk}/forms/{spec.slug}/"
    kind = "logs" if spec.kind is Kind.LOG else "forms"
    new = "new/" if spec.kind is Kind.LOG else ""
    return f"/patients/{visit.patient_id}/{kind}/{spec.slug}/{new}"


@pytest.mark.parametrize("slug", sorted(registry.slugs()))
def test_every_field_of_a_form_at_once(carla, everything, slug):
    address = address_of(registry.get(slug), everything)
    page = carla.get(address)
    fields = {name for name in names_in(page) if not name.endswith("_FORMS")}
    for text in NASTY:
        check(carla.post(address, inputs_of(page) | dict.fromkeys(fields, text)))


@pytest.mark.parametrize("name", ["weight_kg", "pulse_per_min", "ecog"])
def test_value_that_is_none_is_refused_and_stays_typed(carla, visit, name):
    address = f"/visits/{visit.pk}/forms/vital-signs/"
    page = inputs_of(carla.get(address))
    for text in NASTY:
        response = carla.post(address, page | {name: text, "save": "exit"})
        assert response.status_code == 422
        assert name in messages_of(response), text
        if name != "ecog" and "\r" not in text:
            assert inputs_of(response)[name] == text


@pytest.mark.parametrize(
    ("name", "typed", "kept"),
    [
        ("weight_kg", "７１．５", "71.5"),
        ("pulse_per_min", "７２", 72),
        ("weight_kg", " 71.5 ", "71.5"),
    ],
)
def test_full_width_digits_are_read(carla, visit, name, typed, kept):
    address = f"/visits/{visit.pk}/forms/vital-signs/"
    carla.post(address, inputs_of(carla.get(address)) | {name: typed, "save": "draft"})
    value = getattr(VitalSigns.objects.get(), name)
    assert str(value) == str(kept)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("２０２６－０６－３０", "2026-06-30"),
        ("2026年6月30日", "2026-06-30"),
        ("30-06-2026", "2026-06-30"),
        ("y", "2026-06-30"),
        ("t", "2026-07-01"),
    ],
)
def test_dates_are_read_as_people_type_them(carla, patient, typed, kept):
    address = f"/patients/{patient.pk}/forms/end-of-treatment/"
    carla.post(address, inputs_of(carla.get(address)) | {"ended_on": typed, "save": "draft"})
    spec = registry.get("end-of-treatment")
    assert spec.model.objects.get().ended_on.isoformat() == kept


@pytest.mark.parametrize("text", ["患者😀", "<b>x</b>", "'; DROP TABLE core_user; --", "{{ x }}"])
def test_text_is_kept_as_typed_and_shown_as_text(carla, patient, text):
    address = f"/patients/{patient.pk}/logs/prior-therapies/new/"
    carla.post(address, inputs_of(carla.get(address)) | {"drugs": text, "save": "draft"})
    record = PriorTherapy.objects.get()
    assert record.drugs == text
    assert inputs_of(carla.get(address.replace("new", str(record.pk))))["drugs"] == text
    assert "<b>x</b>" not in carla.get(address.removesuffix("new/")).text


@pytest.mark.parametrize("name", ["row-TOTAL_FORMS", "row-INITIAL_FORMS"])
def test_count_of_rows_that_is_wrong_loses_no_row(carla, everything, name):
    address = f"/visits/{everything.pk}/forms/capsule-course/"
    page = inputs_of(carla.get(address))
    for text in [*NASTY, "0", "-5", "3", "1000000"]:
        response = carla.post(address, page | {name: text, "save": "exit"})
        assert response.status_code == 422
        assert len(re.findall(r'name="row-\d+-key"', response.text)) == 10, text


@pytest.mark.parametrize("name", ["row-TOTAL_FORMS", "row-INITIAL_FORMS", "revision"])
def test_form_without_a_count_or_revision_is_refused(carla, everything, name):
    address = f"/visits/{everything.pk}/forms/capsule-course/"
    page = inputs_of(carla.get(address))
    del page[name]
    assert carla.post(address, page | {"save": "draft"}).status_code == 422


PLACES = [
    ("/trials/small/screening/new/", ""),
    ("/patients/{screened}/", "consent/"),
    ("/patients/{screened}/", "enroll/"),
    ("/visits/{planned}/", "date/"),
    ("/visits/{planned}/", "missed/"),
    ("/tokens/new/", ""),
    ("/sign-in/", ""),
    ("/password/", ""),
]


@pytest.mark.parametrize(("page", "form"), PLACES, ids=["".join(place) for place in PLACES])
def test_every_other_form(carla, trial, coordinator, patient, page, form):
    screened = make_screened_patient(trial, by=coordinator)
    page = page.format(screened=screened.pk, planned=patient.visits.get(key="scan").pk)
    names = names_in(carla.get(page)) | {"enrolled_on", "username", "password"}
    for text in NASTY:
        check(carla.post(page + form, dict.fromkeys(names, text)))


@pytest.mark.parametrize(
    "address",
    ["/", "/trials/small/", "/trials/small/screening/", "/trials/small/dashboard/", "/tokens/new/"],
)
def test_odd_questions_in_the_address(carla, patient, address):
    for text in NASTY:
        check(carla.get(address, dict.fromkeys(("q", "site", "page", "trial", "next"), text)))


@pytest.mark.parametrize("pk", ["0", "9" * 18, "9" * 40])
@pytest.mark.parametrize(
    "address",
    [
        "/patients/{}/",
        "/patients/{}/forms/death/",
        "/patients/{}/logs/lesions/",
        "/patients/{}/logs/lesions/1/",
        "/visits/{}/",
        "/visits/{}/forms/vital-signs/",
    ],
)
def test_row_that_does_not_exist_is_404(carla, patient, address, pk):
    assert carla.get(address.format(pk)).status_code == 404


@pytest.mark.parametrize("slug", ["nonsense", "vital-signs"])
@pytest.mark.parametrize("kind", ["forms/{}/", "logs/{}/", "logs/{}/new/", "logs/{}/1/"])
def test_form_of_another_kind_is_404(carla, patient, slug, kind):
    assert carla.get(f"/patients/{patient.pk}/{kind.format(slug)}").status_code == 404


def test_row_of_another_patient_s_log_is_404(carla, trial, coordinator, patient):
    other = make_enrolled_patient(trial, by=coordinator)
    row = save_form("prior-therapies", other, by=coordinator, drugs="sorafenib")
    own = f"/patients/{other.pk}/logs/prior-therapies/{row.pk}/"
    theirs = f"/patients/{patient.pk}/logs/prior-therapies/{row.pk}/"
    assert carla.get(own).status_code == 200
    assert carla.get(theirs).status_code == 404
    assert carla.post(theirs, inputs_of(carla.get(own)) | {"drugs": "x"}).status_code == 404
    row.refresh_from_db()
    assert row.drugs == "sorafenib"


def test_submission_of_another_patient_says_what_to_do_and_shows_nothing(
    carla, trial, coordinator, patient
):
    """The other patient is of a site that the coordinator cannot see."""
    name = uuid4()
    there = make_enrolled_patient(trial, site="02")
    save_form("prior-therapies", there, drugs="secret", submission=name)
    address = f"/patients/{patient.pk}/logs/prior-therapies/new/"
    values = {"submission": str(name), "drugs": "sorafenib", "save": "draft"}
    response = carla.post(address, inputs_of(carla.get(address)) | values)
    assert response.status_code == 422
    assert "opened for another patient" in response.text
    assert "secret" not in response.text
    assert PriorTherapy.objects.count() == 1


def test_patient_visit_and_site_cannot_be_set_through_a_form(carla, trial, visit):
    other = make_enrolled_patient(trial, site="02")
    address = f"/visits/{visit.pk}/forms/vital-signs/"
    sent = {"patient": other.pk, "visit": 0, "state": "locked", "id": 7, "created_by": 1}
    carla.post(address, inputs_of(carla.get(address)) | sent | {"save": "draft"})
    record = VitalSigns.objects.get()
    assert (record.patient, record.visit, record.state) == (visit.patient, visit, "draft")


def test_patient_is_screened_for_the_trial_of_the_address_only(carla, patient):
    other = make_trial("other")
    assert carla.get("/trials/other/screening/new/").status_code == 404
    values = {"site": other.sites.first().pk, "sex": "F", "born_on": "1960", "I01": "Y", "E01": "N"}
    address = "/trials/small/screening/new/"
    assert carla.post(address, values | {"screened_on": "2026-06-01"}).status_code == 422
    assert Patient.objects.count() == 1


def test_body_of_ten_megabytes_is_refused_with_a_page_and_the_typed_text_stays(carla, visit):
    address = f"/visits/{visit.pk}/forms/vital-signs/"
    typed = inputs_of(carla.get(address)) | {"weight_kg": "71", "save": "check"}
    carla.post(address, typed)
    body = "weight_kg=" + "7" * (10 * 1024 * 1024)
    for save in ("check", "exit"):
        response = carla.post(
            f"{address}?{save}", body, content_type="application/x-www-form-urlencoded"
        )
        assert response.status_code == 400
        assert "too much text" in response.text
    assert inputs_of(carla.get(address))["weight_kg"] == "71"
