"""The process that `benchmarks.exports` starts: one database, empty at first, and a web server."""

import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import median
from typing import Any

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, models, transaction  # noqa: E402

from benchmarks.report import Row  # noqa: E402
from benchmarks.server import web_server  # noqa: E402
from core.calc.partial_date import PartialDate  # noqa: E402
from core.models import Trial  # noqa: E402
from dosing.models import CapsuleCourse  # noqa: E402
from enrollment.models import Patient, Visit  # noqa: E402
from enrollment.queries.trials import current_version  # noqa: E402
from reports.queries.tables import Scope, all_tables  # noqa: E402
from reports.queries.tables.rows import StoredRows  # noqa: E402
from reports.queries.tables.written import text_values  # noqa: E402
from tests.factories import make_member, make_token, make_trial  # noqa: E402

TABLE = "capsule_courses"
"""Of 20 columns; five of them are missing codes inside one JSON value."""
VISITS, STEP, ROUNDS = 20, 1_000, 3
LIMITS = {"postgresql": ("psql", 1.5), "sqlite": ("sqlite3", 3)}
PIECE = 1 << 16


def measure(patients: int) -> Iterator[Row]:
    call_command("migrate", verbosity=0)
    trial = make_trial()
    _fill(trial, patients)
    person = make_member(trial, "statistician")
    token = make_token(person, trial)
    path = f"/api/v1/trials/{trial.slug}/tables/{TABLE}.csv"
    query = _query(Scope(person, trial))
    taken = []
    with web_server(os.environ | {"WEB_CONCURRENCY": "1"}) as (port, parent):
        [worker] = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        _download(port, f"{path}?visit=C1D1", token)
        before = _peak_memory_mb(worker)
        for _round in range(ROUNDS):
            first, total, lines = _download(port, path, token)
            own, own_lines = _own_program(query)
            if not lines == own_lines == patients * VISITS + 1:
                raise RuntimeError(f"{lines} and {own_lines} lines")
            taken.append((first, total, own))
        grown = _peak_memory_mb(worker) - before
    first, total, own = (median(times) for times in zip(*taken, strict=True))
    program, limit = LIMITS[connection.vendor]
    note = f"{total:.2f} s against {own:.2f} s"
    yield Row(
        f"CSV of {patients * VISITS} rows × 20 columns", total / own, f"× {program}", limit, note
    )
    yield Row("  its first byte", 1000 * first, "ms", 200)
    yield Row("  growth of the web process at its highest", grown, "MB", 50)


def _fill(trial: Trial, patients: int) -> None:
    """One patient with visits and forms, and copies of it in SQL, without a trail."""
    day, by = date(2026, 6, 1), make_member(trial, "coordinator")
    patient = Patient.objects.create(
        trial=trial,
        site=trial.sites.order_by("pk")[0],
        version=current_version(trial),
        screening_number="S",
        number="P",
        sex="F",
        born_on=PartialDate("1960"),
        screened_on=day,
        is_eligible=True,
        enrolled_on=day,
    )
    for number in range(VISITS):
        visit = Visit.objects.create(
            patient=patient,
            key=f"C{number + 1}D1",
            track="treatment",
            position=number,
            target_date=day,
            window_opens=day,
            window_closes=day,
        )
        CapsuleCourse.objects.create(
            patient=patient,
            visit=visit,
            state="complete",
            completed_at=datetime(2026, 6, 1, tzinfo=UTC),
            completed_by=by,
            started_on=day,
            dispensed_capsules=126,
            comment='said: "two, perhaps three"',
            missing={"returned_capsules": "UNK"},
            created_by=by,
            updated_by=by,
        )
    later = {"id": f"t.id + n * {STEP}", "patient_id": f"t.patient_id + n * {STEP}"}
    named = {"number": "t.number || n", "screening_number": "t.screening_number || n"}
    with transaction.atomic(), connection.cursor() as cursor:
        _drop_triggers(cursor)
        of_patient = {"id": later["id"], "site_id": "t.site_id + n % 2"} | named
        _copy(cursor, Patient, of_patient, patients)
        _copy(cursor, Visit, later, patients)
        of_visit = {"visit_id": f"t.visit_id + n * {STEP}"}
        _copy(cursor, CapsuleCourse, later | of_visit, patients)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")
        cursor.execute("ANALYZE")


def _drop_triggers(cursor: Any) -> None:
    if connection.vendor == "postgresql":
        cursor.execute("SET LOCAL session_replication_role = replica")
        return
    cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    for (name,) in cursor.fetchall():
        cursor.execute(f'DROP TRIGGER "{name}"')


def _copy(cursor: Any, model: type[models.Model], changed: dict[str, str], patients: int) -> None:
    """What there is, again for each number from 1 to below `patients`."""
    columns = [str(field.column) for field in model._meta.concrete_fields]
    values = ", ".join(changed.get(name, f"t.{name}") for name in columns)
    table = model._meta.db_table
    cursor.execute(
        "WITH RECURSIVE numbers(n) AS"
        f" (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {patients - 1:d})"
        f" INSERT INTO {table} ({', '.join(columns)})"
        f" SELECT {values} FROM numbers CROSS JOIN {table} AS t"
    )


def _query(scope: Scope) -> str:
    """The statement that the web server runs, with its values in it."""
    table = next(table for table in all_tables() if table.name == TABLE)
    values = text_values(StoredRows(table.columns, scope.rows_of(table)))
    if values is None:
        raise RuntimeError(f"{TABLE} is not written by the database")
    sql, parameters = values.query.get_compiler(connection=connection).as_sql()
    if connection.vendor == "sqlite":
        return connection.ops.last_executed_query(None, sql, parameters)
    with connection.cursor() as cursor:
        return cursor.mogrify(sql, parameters).decode()


def _own_program(query: str) -> tuple[float, int]:
    """Seconds that psql or sqlite3 takes to write the file, and its lines."""
    with tempfile.NamedTemporaryFile() as file:
        if connection.vendor == "postgresql":
            said = f"\\copy ({query}) TO '{file.name}' WITH (FORMAT csv, HEADER)"
            command = ["psql", "-qX", os.environ["DATABASE_URL"], "-c", said]
        else:
            said = f".once {file.name}\n{query};"
            command = ["sqlite3", "-csv", "-header", os.environ["TRIALSITE_SQLITE"]]
        started = time.perf_counter()
        subprocess.run(command, input=said, check=True, text=True)
        seconds = time.perf_counter() - started
        return seconds, sum(1 for _line in open(file.name, "rb"))


def _download(port: int, path: str, token: str) -> tuple[float, float, int]:
    """Seconds to the first byte and to the last one; lines."""
    client = http.client.HTTPConnection("127.0.0.1", port)
    started = time.perf_counter()
    client.request("GET", path, headers={"Authorization": f"Token {token}"})
    answer = client.getresponse()
    first, lines = 0.0, 0
    while piece := answer.read1(PIECE):
        first = first or time.perf_counter() - started
        lines += piece.count(b"\n")
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}")
    return first, time.perf_counter() - started, lines


def _peak_memory_mb(process: str) -> float:
    said = Path(f"/proc/{process}/status").read_text()
    return int(said.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    print(json.dumps([asdict(row) for row in measure(int(sys.argv[1]))]))
