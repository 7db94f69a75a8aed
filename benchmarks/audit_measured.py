"""The process that `benchmarks.audit` starts: one database, empty at first."""

import json
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from statistics import median
from unittest.mock import patch

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from benchmarks.report import Row  # noqa: E402
from core.audit import context, triggers  # noqa: E402
from core.audit.sealing import seal_entries  # noqa: E402
from core.audit.verification import Verification  # noqa: E402
from core.models import AuditEntry, User  # noqa: E402
from enrollment import registry  # noqa: E402
from enrollment.actions import save_record  # noqa: E402
from enrollment.models import VitalSigns  # noqa: E402
from outcomes.models import Lesion  # noqa: E402
from tests.factories import (  # noqa: E402
    make_enrolled_patient,
    make_member,
    make_trial,
    open_visit,
    save_form,
)

ROUNDS, SAVES, BULK = 7, 60, 10_000


def measure(entries: int) -> Iterator[Row]:
    call_command("migrate", verbosity=0)
    trial = make_trial()
    by = make_member(trial, "coordinator")
    patient = make_enrolled_patient(trial, by=by)
    record = save_form("vital-signs", open_visit(patient, key="C1D1", by=by), by=by)
    yield from _saves(record.pk, by)
    yield from _bulk(patient.pk, by)
    yield from _chain(entries)


def _saves(pk: int, by: User) -> Iterator[Row]:
    """Rounds with and without take turns, so that other load meets both."""
    _save_often(pk, by)
    with_audit, without = [], []
    for _round in range(ROUNDS):
        with_audit.append(_seconds(_save_often_and_seal, pk, by) / SAVES)
        with _no_audit():
            without.append(_seconds(_save_often, pk, by) / SAVES)
    times = median(with_audit) / median(without)
    note = f"{1000 * median(with_audit):.2f} ms against {1000 * median(without):.2f} ms"
    yield Row("save of a form, audited and sealed", times, "× without", 1.5, note)


def _bulk(patient_id: int, by: User) -> Iterator[Row]:
    with _no_audit():
        Lesion.objects.bulk_create(
            Lesion(
                patient_id=patient_id, row_number=number, number=number,
                created_by=by, updated_by=by,
            )
            for number in range(1, BULK + 1)
        )  # fmt: skip
    texts = iter("abcdefgh")
    with _no_audit():
        bare = median(_seconds(Lesion.objects.update, description=next(texts)) for _ in range(3))
    audited = median(_seconds(Lesion.objects.update, description=next(texts)) for _ in range(3))
    note = f"{audited / bare:.1f} × without ({bare:.2f} s)"
    yield Row(f"update of {BULK} rows at once, audited", audited, "s", None, note)


def _chain(entries: int) -> Iterator[Row]:
    _fill(entries - AuditEntry.objects.count())
    yield Row(f"sealing {entries} entries", _seconds(seal_entries, at=timezone.now()), "s")
    found: list[object] = []
    seconds = _seconds(lambda: found.extend(Verification()))
    if found:
        raise RuntimeError(f"the untouched trail does not verify: {found[:3]}")
    yield Row(f"verifying {entries} entries", seconds, "s", 60)
    yield Row("  memory of the process at its highest", _memory_mb(), "MB")


def _fill(count: int) -> None:
    """Entries as a correction of a form makes them; the trail takes insertions."""
    changes = '{"revision": [1, 2], "weight_kg": [61.5, 65.1], "updated_at": ["a", "b"]}'
    series = (
        "SELECT generate_series(1, %s) AS n"
        if connection.vendor == "postgresql"
        else "SELECT value AS n FROM generated"
    )
    counted = (
        ""
        if connection.vendor == "postgresql"
        else "WITH RECURSIVE generated(value) AS"
        " (SELECT 1 UNION ALL SELECT value + 1 FROM generated WHERE value < %s) "
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"{counted}INSERT INTO core_auditentry (at, action, event, table_name, row_pk,"
            " changes, actor_id, actor_name, actor_role, reason, source, trial_id, site_id,"
            " patient_id, visit_id)"
            " SELECT '2026-07-01 12:00:00', 'update', '', 'enrollment_vitalsigns',"
            f" CAST(n AS text), '{changes}', 7, 'Carla Coordinator', 'coordinator',"
            " 'typing error', 'web enrollment:visit-form', 1, 1, n / 100, n / 10"
            f" FROM ({series}) AS numbers",
            [count],
        )


def _save_often_and_seal(pk: int, by: User) -> None:
    _save_often(pk, by)
    seal_entries(at=timezone.now())


def _save_often(pk: int, by: User) -> None:
    spec = registry.get("vital-signs")
    for number in range(SAVES):
        record = VitalSigns.objects.select_related("patient", "visit").get(pk=pk)
        record.weight_kg = 50 + number % 40
        record.pulse_per_min = 60 + number % 50
        save_record(
            spec, record, by=by, complete=True, reason="typing error",
            expected_revision=record.revision,
        )  # fmt: skip


@contextmanager
def _no_audit() -> Iterator[None]:
    """No trigger, and nothing said to the database about who writes."""
    with connection.cursor() as cursor:
        for model in triggers.audited_models():
            table = model._meta.db_table
            if connection.vendor == "postgresql":
                cursor.execute(f'DROP TRIGGER audit_row ON "{table}"')
            else:
                for verb in ("insert", "update", "delete"):
                    cursor.execute(f"DROP TRIGGER audit_{table}_{verb}")
    with patch.object(context, "_tell_database"):
        yield
    triggers.install(connection)


def _seconds(action: object, *arguments: object, **named: object) -> float:
    started = time.perf_counter()
    action(*arguments, **named)  # type: ignore[operator]
    return time.perf_counter() - started


def _memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    print(json.dumps([asdict(row) for row in measure(int(sys.argv[1]))]))
