"""From the provider's file to the point in the figure, and who may see it."""

import csv
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.refusals import Refused
from enrollment.models import Unblinding
from microbiome.actions.analyses import cancel, complete, request_analysis
from microbiome.actions.tables import confirm, match
from microbiome.models import Analysis, ImportedTable
from tests.factories import make_enrolled_patient, make_member, make_trial, open_visit, save_form
from tests.factories_specimens import make_feature_table, make_tube

pytestmark = pytest.mark.django_db
COUNTS = [[90, 5, 5, 0], [80, 10, 10, 0], [10, 60, 30, 1], [5, 50, 40, 9]]
WISH = {"metric": "braycurtis", "least_reads": 10, "permutations": 99, "seed": 3}


@pytest.fixture
def trial():
    return make_trial()


@pytest.fixture
def by(trial):
    return make_member(trial, "data-manager")


@pytest.fixture
def tubes(trial):
    """Two patients, two visits each."""
    coordinator = make_member(trial, "coordinator")
    found = []
    for _patient in range(2):
        patient = make_enrolled_patient(trial, by=coordinator)
        keys = list(patient.visits.order_by("position").values_list("key", flat=True))[:2]
        visits = [open_visit(patient, key=key, by=coordinator) for key in keys]
        found += [make_tube(trial, by=coordinator, visit=visit) for visit in visits]
    return found


@pytest.fixture
def table(trial, by, tubes):
    made = make_feature_table(trial, [tube.barcode for tube in tubes], by=by, counts=COUNTS)
    return confirm(made, {}, by=by)


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def computed(table, by, **changes):
    analysis = request_analysis(table, by=by, **WISH | changes)
    complete(analysis.pk)
    analysis.refresh_from_db()
    return analysis


def test_a_file_is_shown_and_then_imported_whole_or_not_at_all(trial, by, tubes):
    client = signed_in(by)
    text = "s,f1,f2\n" + "".join(f"{tube.barcode},5,3\n" for tube in tubes[:3]) + "T-77,1,1\n"
    sent = SimpleUploadedFile("run.csv", text.encode())
    where = reverse("microbiome:table-list", args=["small"])
    preview = client.post(where, {"name": "16S", "file": sent, "rows": "samples"}).url
    page = client.get(preview).content.decode()
    assert "1 sample is no tube of this trial" in page
    assert "T-77" in page

    wrong = client.post(preview, {"names": f"T-77,{tubes[0].barcode}"})
    assert wrong.status_code == 422
    assert "same tube" in wrong.content.decode()
    nothing = client.post(preview, {"names": ""})
    assert nothing.status_code == 422
    assert not ImportedTable.objects.get().samples.exists()
    surplus = client.post(preview, {"names": "T-78,x"})
    assert "T-78" in surplus.content.decode()

    assert client.post(preview, {"names": f"T-77;{tubes[3].barcode}"}).status_code == 302
    table = ImportedTable.objects.get()
    assert dict(table.samples.values_list("name", "specimen__barcode"))["T-77"] == tubes[3].barcode
    original = client.post(reverse("microbiome:table-file", args=[table.pk]))
    assert original.content == text.encode()
    assert original["X-Content-SHA256"] == table.sha256
    again = SimpleUploadedFile("run.csv", text.encode())
    refused = client.post(where, {"name": "16S", "file": again, "rows": "samples"})
    assert "imported already" in refused.content.decode()
    bomb = SimpleUploadedFile("run.zip", b"PK\x03\x04")
    refused = client.post(where, {"name": "16S", "file": bomb, "rows": "samples"})
    assert (refused.status_code, "Of packed files" in refused.content.decode()) == (422, True)


def test_a_sample_leads_from_the_file_to_the_point_and_the_patient(trial, by, table, tubes):
    analysis = computed(table, by)
    assert (analysis.state, analysis.done) == ("done", Analysis.STEPS)
    client = signed_in(by)
    page = client.get(reverse("microbiome:analysis-detail", args=[analysis.pk]))
    text = page.content.decode()
    assert "PERMANOVA R²" in text
    assert tubes[0].patient.number in text
    points = {point.sample: point for point in page.context["points"]}
    assert points[tubes[3].barcode].alpha["observed"] == 4
    figure = page.context["ordination"]["data"]
    assert reverse("microbiome:specimen-detail", args=[tubes[0].pk]) in str(figure)

    answer = client.get(reverse("microbiome:analysis-csv", args=[analysis.pk, "pcoa"]))
    lines = answer.content.decode().splitlines()
    told = [line for line in lines if line.startswith(("#", '"#'))]
    assert any(table.sha256 in line for line in told)
    assert any("seed: 3" in line for line in told)
    rows = list(csv.DictReader(lines[len(told) :]))
    assert {row["barcode"] for row in rows} == {tube.barcode for tube in tubes}
    assert float(rows[0]["axis1"]) == points[rows[0]["sample"]].scores[0]


def test_the_same_seed_gives_the_same_result_and_samples_are_left_out_with_a_reason(
    table, by, tubes
):
    assert computed(table, by).result == computed(table, by).result
    few = computed(table, by, least_reads=101)
    assert few.note == Analysis.Note.TOO_FEW
    patient = tubes[3].patient
    ended = timezone.localdate() - timedelta(days=1)
    values = {"ended_on": ended, "last_known_alive_on": ended, "reason": "withdrawal"}
    save_form("end-of-study", patient, by=make_member(table.trial, "coordinator"), **values)
    without = computed(table, by)
    assert without.note == Analysis.Note.TOO_FEW
    assert computed(table, by, least_reads=102).state == "failed"


def test_a_cancelled_analysis_computes_nothing(table, by):
    analysis = request_analysis(table, by=by, **WISH)
    cancel(analysis, by=by)
    complete(analysis.pk)
    analysis.refresh_from_db()
    assert (analysis.state, analysis.note, analysis.result) == ("failed", "cancelled", {})
    running = request_analysis(table, by=by, **WISH)
    Analysis.objects.filter(pk=running.pk).update(is_cancelled=True, state="running")
    complete(running.pk)
    running.refresh_from_db()
    assert running.note == Analysis.Note.CANCELLED


def test_a_preview_names_patients_of_the_readers_sites_only(trial, by, tubes):
    preview = make_feature_table(trial, [tube.barcode for tube in tubes], by=by, counts=COUNTS)
    where = reverse("microbiome:table-detail", args=[preview.pk])
    told = {}
    for site in ("01", "02"):
        reader = signed_in(make_member(trial, "investigator", site=site))
        told[site] = reader.get(where).content.decode()
    assert all(tube.patient.number in told["01"] for tube in tubes)
    assert not any(tube.patient.number in told["02"] for tube in tubes)
    assert all(tube.barcode in told["02"] for tube in tubes)  # as in the file


def test_a_preview_is_confirmed_once(trial, by, table):
    with pytest.raises(Refused, match="already"):
        confirm(table, {}, by=by)
    assert match(table, {"more": "SA0000011"}).surplus == ["more"]


def test_of_two_previews_of_one_file_one_is_imported(trial, by, tubes):
    first, second = (
        make_feature_table(trial, [tube.barcode for tube in tubes[:4]], by=by) for _time in "ab"
    )
    confirm(first, {}, by=by)
    with pytest.raises(Refused, match="imported already"):
        confirm(second, {}, by=by)
    assert not second.samples.exists()


def test_visits_that_explain_everything_end_with_a_result(trial, by, tubes):
    counts = [[90, 0, 0, 0], [0, 90, 0, 0]] * 2
    table = make_feature_table(trial, [tube.barcode for tube in tubes], by=by, counts=counts)
    analysis = computed(confirm(table, {}, by=by), by)
    assert analysis.state == "done", analysis.note
    assert analysis.result["tests"]["f"] is None
    assert analysis.result["tests"]["r2"] == 1


def test_in_a_blinded_trial_results_stay_with_unblinded_roles(by, table, tubes):
    analysis = computed(table, by)
    trial = table.trial
    trial.is_blinded = True
    trial.save()
    pages = [
        reverse("microbiome:table-list", args=["small"]),
        reverse("microbiome:table-detail", args=[table.pk]),
        reverse("microbiome:analysis-detail", args=[analysis.pk]),
        reverse("microbiome:analysis-csv", args=[analysis.pk, "alpha"]),
    ]
    people = {
        role: signed_in(make_member(trial, role))
        for role in ("investigator", "statistician", "data-manager", "unblinded-pharmacist")
    }
    patients = reverse("enrollment:definition-detail", args=["small"])

    def statuses(role):
        return {people[role].get(page).status_code for page in pages}

    assert statuses("unblinded-pharmacist") == {200}
    for role in ("investigator", "statistician", "data-manager"):
        assert statuses(role) == {403}
        assert pages[0] not in people[role].get(patients).content.decode()
    planned = {"kind": Unblinding.Kind.PLANNED, "reason": "read-out"}
    Unblinding.objects.create(trial=trial, by=by, **planned)
    assert statuses("statistician") == {200}
