"""A download takes rows as they are needed, from one moment of the database."""

import csv
import io
import tracemalloc
from contextlib import ExitStack
from itertools import islice, product
from string import ascii_lowercase, digits
from threading import active_count

import pytest
from django.db import connection
from django.db.models import IntegerField
from django.db.models.functions import Cast
from django.test.utils import CaptureQueriesContext
from psycopg2 import DatabaseError

from core.models import AuditEntry
from enrollment.models import CriterionAnswer, Patient, Visit
from reports.actions.exports import CsvExport, export_csv
from reports.api.responses import SMALL_ROWS, file_response
from reports.queries.tables import Column, Scope, Type, find_table
from reports.queries.tables.rows import CHUNK_ROWS, StoredRows, rows_of
from reports.queries.tables.text import LINES_PER_CHUNK, csv_chunks
from reports.queries.tables.written import csv_of
from tests.factories import make_enrolled_patient, make_member, make_trial


def test_rows_are_taken_only_as_the_client_takes_them():
    taken = []

    def rows():
        for number in range(10 * LINES_PER_CHUNK):
            taken.append(number)
            yield [number]

    chunks = csv_chunks(["number"], rows())
    assert next(chunks) == "number\r\n"
    assert taken == []
    assert next(chunks).startswith("0\r\n1\r\n")
    assert len(taken) == LINES_PER_CHUNK


@pytest.mark.parametrize(
    ("row_count", "has_begun"),
    [
        pytest.param(SMALL_ROWS, True, id="10,000 rows wait for their digest"),
        pytest.param(SMALL_ROWS + 1, False, id="of 10,001 the header leaves at once"),
    ],
)
def test_header_of_a_long_table_does_not_wait_for_its_rows(rf, row_count, has_begun):
    begun = []

    def pieces():
        yield "number\r\n"
        begun.append(True)
        yield "1\r\n"

    export = CsvExport(row_count, pieces(), None, ExitStack())
    response = file_response(rf.get("/"), "numbers.csv", export, {})
    assert bool(begun) == ("Content-Digest" in response) == has_begun
    assert b"".join(response.streaming_content) == b"number\r\n1\r\n"


def fill(trial, patients):
    """Many rows at little cost: the answers to invented criteria."""
    patient = make_enrolled_patient(trial)
    CriterionAnswer.objects.bulk_create(
        CriterionAnswer(patient=patient, criterion="".join(code), answer="Y")
        for code in islice(product(digits + ascii_lowercase, repeat=3), patients)
    )


@pytest.mark.django_db
def test_memory_stays_flat_however_long_the_table(trial, statistician):
    fill(trial, 4000)
    export = export_csv(find_table("criterion_answers"), Scope(statistician, trial))
    chunks = iter(export)
    size = len(next(chunks)) + len(next(chunks))
    tracemalloc.start()
    size += sum(len(chunk) for chunk in chunks)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert export.row_count == 4002
    assert size > 120_000
    # What is held at once is a chunk of rows, not the table.
    assert peak < 400 * CHUNK_ROWS * 4


@pytest.fixture
def stored(committed_db):
    """Two patients, stored for good, so that other connections see them."""
    trial = make_trial()
    statistician = make_member(trial, "statistician")
    for _patient in range(2):
        make_enrolled_patient(trial)
    return Scope(statistician, trial)


@pytest.fixture
def other_writer(stored, tmp_path, monkeypatch):
    """A connection that writes to the very database that the export reads.

    SQLite's database of the tests lies in memory, where a reader stops writers. The export is
    given a copy in a file, which is what an installation has.
    """
    if connection.vendor == "postgresql":
        yield connection
        return
    file = tmp_path / "copy.sqlite3"
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(file)])
    writer = connection.copy()
    writer.settings_dict["NAME"] = str(file)
    monkeypatch.setattr("reports.queries.tables.snapshot.connection", writer)
    yield writer
    writer.close()


def rename_patients(writer):
    with writer.cursor() as cursor:
        cursor.execute("UPDATE enrollment_patient SET regimen = 'later'")


def lines_of(export):
    return "".join(export).splitlines()[1:]


def test_rows_that_change_during_the_download_are_given_as_they_were(stored, other_writer):
    export = export_csv(find_table("patients"), stored)
    rename_patients(other_writer)
    before = lines_of(export)
    after = lines_of(export_csv(find_table("patients"), stored))
    assert (len(before), len(after)) == (2, 2)
    assert not any("later" in line for line in before)
    assert all("later" in line for line in after)


@pytest.fixture
def closed(other_writer, monkeypatch):
    """The connections that were closed."""
    connections = []
    kind = type(other_writer.copy())
    close = kind.close
    monkeypatch.setattr(kind, "close", lambda self: (connections.append(self), close(self)))
    return connections


def test_client_that_goes_away_frees_the_connection(stored, closed):
    export = export_csv(find_table("patients"), stored)
    chunks = iter(export)
    next(chunks)
    assert closed == []
    export.close()
    assert len(closed) == 1


def test_query_ends_before_the_connection_does(stored, other_writer, monkeypatch):
    monkeypatch.setattr("reports.queries.tables.text.LINES_PER_CHUNK", 1)
    export = export_csv(find_table("patients"), stored)
    chunks = iter(export)
    next(chunks)
    next(chunks)
    kind = type(other_writer.copy())
    close, ended = kind.close, []

    def note(self):
        ended.append(export.chunks.gi_frame is None)
        close(self)

    monkeypatch.setattr(kind, "close", note)
    export.close()
    assert ended == [True]


def test_export_that_never_starts_frees_the_connection_too(stored, closed):
    export_csv(find_table("patients"), stored).close()
    assert len(closed) == 1


def test_entry_stays_though_the_client_goes_away(stored, other_writer):
    export = export_csv(find_table("patients"), stored)
    export.close()
    [entry] = AuditEntry.objects.filter(event="export")
    assert entry.changes["rows"] == 2


def test_export_writes_nothing_on_the_connection_that_it_reads(stored, other_writer):
    with CaptureQueriesContext(connection) as asked:
        lines_of(export_csv(find_table("patients"), stored))
    assert not any("SELECT count" in query["sql"] for query in asked)


def test_scope_without_sites_reads_nothing(trial):
    nobody = make_member(trial, "coordinator")
    rows = rows_of(find_table("patients"), Scope(nobody, trial))
    make_enrolled_patient(trial)
    assert (rows.count(), list(rows), Patient.objects.count()) == (0, [], 1)


TEXTS = (
    "one, two",
    'said "no"',
    "first\nsecond\r\nthird\rfourth",
    "=1+1",
    "007",
    "中文, 😀",
    "\\.",
    "\\N",
    " spaces ",
    "'; --",
    "100 %s",
)


def test_texts_come_as_they_were_typed_from_the_database(trial, statistician, patient):
    visits = list(patient.visits.order_by("position"))
    for visit, text in zip(visits, TEXTS, strict=False):
        Visit.objects.filter(pk=visit.pk).update(deviation_reason=text)
    used = min(len(visits), len(TEXTS))
    rows = rows_of(find_table("visits"), Scope(statistician, trial))
    names = find_table("visits").column_names
    written = "".join(csv_of(names, rows))
    assert written == "".join(csv_chunks(names, rows))
    read = [line["reason"] for line in csv.DictReader(io.StringIO(written, newline=""))]
    assert read == [*TEXTS[:used], *[""] * (len(visits) - used)]


needs_copy = pytest.mark.skipif(connection.vendor != "postgresql", reason="COPY is PostgreSQL's")


def copies_under_way():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'COPY (%'")
        return cursor.fetchone()[0]


@needs_copy
def test_client_that_goes_away_in_mid_copy_ends_it_on_the_server(stored):
    fill(stored.trial, 10_000)
    threads = active_count()
    export = export_csv(find_table("criterion_answers"), stored)
    chunks = iter(export)
    assert len(next(chunks)) + len(next(chunks)) < 200_000
    assert (copies_under_way(), active_count()) == (1, threads + 1)
    export.close()
    assert (copies_under_way(), active_count()) == (0, threads)


@needs_copy
def test_copy_that_fails_in_mid_stream_is_no_whole_file(stored):
    fill(stored.trial, 100)
    number = Column("number", "number", Type.INTEGER, Cast("criterion", IntegerField()))
    answers = CriterionAnswer.objects.order_by("criterion")  # 000 to 02r
    own = connection.copy()
    try:
        chunks = csv_of(["number"], StoredRows((number,), answers, own))
        assert next(chunks) == "number\r\n"
        with pytest.raises(DatabaseError):
            "".join(chunks)
    finally:
        own.close()
