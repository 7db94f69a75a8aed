"""What stands around the rows: marks, digests, compression."""

import gzip
import hashlib
from base64 import b64encode

import pytest

from core.models import AuditEntry
from enrollment.models import Unblinding, Visit
from reports.actions.exports import export_csv
from reports.queries.tables import Scope, find_table
from tests.factories import LATER, make_member, make_token, open_visit
from tests.integration.reports.reading import problem_of, rows_of


def body_of(response):
    return b"".join(response.streaming_content)


def digest_of(body):
    return f"sha-256=:{b64encode(hashlib.sha256(body).digest()).decode()}:"


@pytest.fixture
def large(patient):
    """A table of more than a megabyte."""
    day = patient.enrolled_on
    Visit.objects.bulk_create(
        Visit(
            patient=patient,
            key=f"X{number}",
            track="course",
            position=100 + number,
            target_date=day,
            window_opens=day,
            window_closes=day,
            deviation_reason=f"{number} " * 600,
        )
        for number in range(600)
    )
    return "visits"


def test_same_rows_are_304_and_no_export(api, table, patient):
    mark = api.get(table("visits"))["ETag"]
    noted = AuditEntry.objects.filter(event="export").count()
    response = api.get(table("visits"), HTTP_IF_NONE_MATCH=f'"other", {mark}')
    assert (response.status_code, response["ETag"], response.content) == (304, mark, b"")
    assert AuditEntry.objects.filter(event="export").count() == noted


def test_mark_changes_with_the_rows_and_only_with_them(api, table, patient, coordinator):
    marks = [api.get(table("visits"))["ETag"]]
    make_member(patient.trial, "monitor")
    marks.append(api.get(table("visits"))["ETag"])
    open_visit(patient, by=coordinator)
    response = api.get(table("visits"), HTTP_IF_NONE_MATCH=marks[0])
    marks.append(response["ETag"])
    assert marks[0] == marks[1] != marks[2]
    assert rows_of(response)[0]["outcome"] == "took-place"


def test_mark_belongs_to_table_filters_and_sites(api, as_user, trial, table, patient):
    part = as_user(make_member(trial, "statistician", site="01"), trial)
    marks = [
        api.get(table("visits"))["ETag"],
        api.get(table("consents"))["ETag"],
        api.get(table("visits", query="?visit=scan"))["ETag"],
        api.get(table("visits", query="?since=0"))["ETag"],
        part.get(table("visits"))["ETag"],
    ]
    assert len(set(marks)) == 5


def test_mark_opens_nothing_to_who_may_not_export(api, as_user, coordinator, trial, table):
    mark = api.get(table("visits"))["ETag"]
    response = as_user(coordinator, trial).get(table("visits"), HTTP_IF_NONE_MATCH=mark)
    assert response.status_code == 403


def test_file_below_a_megabyte_has_length_and_digest(api, table, patient):
    response = api.get(table("visits"), HTTP_ACCEPT_ENCODING="gzip")
    body = body_of(response)
    assert response["Content-Length"] == str(len(body))
    assert response["Content-Digest"] == digest_of(body)
    assert "Content-Encoding" not in response


def test_larger_file_is_streamed_and_compressed_where_that_is_understood(api, table, large):
    plain = api.get(table(large))
    body = body_of(plain)
    assert len(body) > 1 << 20
    assert "Content-Length" not in plain
    assert "Content-Digest" not in plain
    packed = api.get(table(large), HTTP_ACCEPT_ENCODING="br, gzip;q=0.8")
    assert packed["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed["Vary"]
    small = body_of(packed)
    assert gzip.decompress(small) == body
    assert len(small) < len(body) / 4
    assert packed["ETag"] != plain["ETag"]
    for mark in (packed["ETag"], plain["ETag"]):
        assert api.get(table(large), HTTP_IF_NONE_MATCH=mark).status_code == 304
    refused = api.get(table(large), HTTP_ACCEPT_ENCODING="gzip;q=0")
    assert "Content-Encoding" not in refused
    refused.close()


def test_digest_of_a_larger_file_is_given_to_who_wants_it(api, table, large):
    response = api.get(
        table(large), HTTP_WANT_CONTENT_DIGEST="sha-256=10", HTTP_ACCEPT_ENCODING="gzip"
    )
    body = body_of(response)
    assert response["Content-Digest"] == digest_of(body)
    assert response["Content-Length"] == str(len(body))
    assert "Content-Encoding" not in response
    assert body == body_of(api.get(table(large)))


@pytest.mark.parametrize("wants", ["", "sha-256=10"])
def test_row_that_cannot_be_read_is_no_200_of_half_a_file(api, table, patient, monkeypatch, wants):
    def fail(*_values):
        raise RuntimeError("no cell")

    monkeypatch.setattr("reports.queries.tables.rows.StoredRows._row", fail)
    api.raise_request_exception = False
    response = api.get(table("audit"), HTTP_WANT_CONTENT_DIGEST=wants)
    assert problem_of(response)["code"] == "server_error"


def test_answer_that_nobody_reads_to_its_end_frees_its_query(
    client, statistician, trial, table, large, monkeypatch
):
    exports = []

    def note(*arguments, **options):
        exports.append(export_csv(*arguments, **options))
        return exports[-1]

    monkeypatch.setattr("reports.api.views.tables.export_csv", note)
    secret = make_token(statistician, trial)
    response = client.get(table(large), headers={"authorization": f"Token {secret}"})
    response.close()
    assert exports[0].chunks.gi_frame is None


def test_export_says_up_to_which_entry_it_goes(statistician, trial, patient):
    export = export_csv(find_table("visits"), Scope(statistician, trial))
    assert export.audit_number < AuditEntry.objects.get(event="export").pk
    assert export.audit_number >= AuditEntry.objects.filter(patient_id=patient.pk).latest("pk").pk
    export.close()


@pytest.mark.parametrize(("kind", "is_seen"), [("accidental", False), ("planned", True)])
def test_mark_tells_of_the_planned_unblinding_only(api, table, patient, kind, is_seen):
    mark = api.get(table("visits"))["ETag"]
    by = make_member(patient.trial, "data-manager")
    event = Unblinding.objects.create(
        trial=patient.trial, kind=kind, by=by, reason="letter left open", happened_on=LATER
    )
    if kind == "accidental":
        event.patients.add(patient)

    assert (api.get(table("visits"))["ETag"] != mark) == is_seen
