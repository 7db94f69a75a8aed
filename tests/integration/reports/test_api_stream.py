"""A download takes rows as they are needed, from one moment of the database."""

import tracemalloc

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.models import AuditEntry
from enrollment.models import CriterionAnswer, Patient
from reports.actions.exports import export_csv
from reports.queries.tables import Scope, find_table
from reports.queries.tables.rows import CHUNK_ROWS, rows_of
from reports.queries.tables.text import LINES_PER_CHUNK, csv_chunks
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


def fill(trial, patients):
    """Many rows at little cost: the answers to invented criteria."""
    patient = make_enrolled_patient(trial)
    CriterionAnswer.objects.bulk_create(
        CriterionAnswer(patient=patient, criterion=f"{number:03x}", answer="Y")
        for number in range(patients)
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
