"""The same blinded trial over and over: what differs is who has which arm, and nothing else.

Three assignments of four patients. In the second the arms are swapped, in the third other patients
share an arm. Kits are packed so that each patient gets the same kit number in all of them. So a
byte that differs between two worlds comes from an arm.
"""

import re
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import count

from django.core.management import call_command
from django.db import connection, transaction

from core.models import AuditEntry, NoticeKind, NoticeRecipient
from core.tasks import send_notices
from dosing.actions.dispensing import choose_kit, dispense_kit
from dosing.actions.kit_list import PackedKit
from dosing.actions.kits import register_kits
from dosing.actions.stock import receive_kits
from dosing.calc.kit_numbers import issue
from enrollment.actions import randomize_patient
from enrollment.actions.randomization_lists import activate_list, upload_list
from enrollment.actions.unblinding import record_accident, unblind_patient
from enrollment.queries.arms import Account
from enrollment.queries.trials import current_version
from reports.actions.exports import export_csv
from reports.actions.table_exports import complete
from reports.models import TableExport
from reports.queries.tables import Scope, find_table
from tests import factories
from tests.factories import (
    ENROLLED_ON,
    load_open,
    make_member,
    make_ready_patient,
    open_visit,
    randomized_source,
    save_form,
)
from tests.factories_kits import make_lot

ALDER, BIRCH = "zq-alder", "zq-birch"
WORDS = (ALDER, BIRCH, "Zq Alder", "Zq Birch")
ASSIGNMENTS = (
    (ALDER, BIRCH, ALDER, BIRCH),
    (BIRCH, ALDER, BIRCH, ALDER),
    (ALDER, ALDER, BIRCH, BIRCH),
)
LAST_DAY = date(2026, 6, 1)
WRITTEN_AT = datetime(2026, 6, 1, 3, tzinfo=UTC)


@contextmanager
def undone():
    """What is written inside is gone afterwards, and the next rows get the same numbers."""
    sequences = _sequences()
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    with connection.cursor() as cursor:
        for name, last in sequences:
            cursor.execute("SELECT setval(%s, %s, %s)", [name, last or 1, last is not None])


def _sequences():
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT schemaname || '.' || sequencename, last_value FROM pg_sequences")
        return cursor.fetchall()


def build(assignment):
    """The trial with its patients randomized, treated, unblinded, and a night's run over all."""
    factories._numbers = count(1)
    trial = _trial()
    by = make_member(trial, "coordinator")
    pharmacist = make_member(trial, "unblinded-pharmacist")
    for role in ("data-manager", "monitor"):
        person = make_member(trial, role)
        NoticeRecipient.objects.create(trial=trial, user=person, kind=NoticeKind.UNBLINDING)
    activate_list(upload_list(trial, by=pharmacist, content=_list(assignment)), by=pharmacist)
    patients = [make_ready_patient(trial, by=by) for _arm in assignment]
    for patient in patients:
        randomize_patient(patient, by=by, on=ENROLLED_ON)
    _treat(trial, patients, assignment, by=by, pharmacist=pharmacist)
    account = Account("safety", "fever", "the ward", "none")
    _arm, told = unblind_patient(
        patients[0], by=make_member(trial, "investigator"), account=account
    )
    send_notices.delay_on_commit(told)
    _entry, told = record_accident(
        patients[1], by=by, happened_on=LAST_DAY, reason="a note", informed="a nurse", impact="no"
    )
    send_notices.delay_on_commit(told)
    _export_arms(trial)
    call_command("run_nightly", trial=trial.slug, cut=LAST_DAY, verbosity=0)
    return trial, patients


def _export_arms(trial):
    """The entries that this leaves say that arms were read, and nothing of them."""
    person = make_member(trial, "unblinded-statistician")
    scope = Scope(person, trial, unblinded_for="interim analysis")
    assert ALDER in "".join(export_csv(find_table("allocations"), scope))
    export = TableExport.objects.create(
        trial=trial,
        requested_by=person,
        requested_at=WRITTEN_AT,
        heartbeat_at=WRITTEN_AT,
        expires_at=WRITTEN_AT + timedelta(days=1),
        tables=["allocations"],
        form="csv",
        reason="interim analysis",
        is_unblinded=True,
    )
    complete(export.pk)
    export.delete()  # its archive is for that person alone


def hold_the_trails_clock():
    """The database tells the time of an entry; pages that count by the hour or day would differ
    between a world made before the full hour and one made after it.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "DROP TRIGGER core_auditentry_no_update"
            if connection.vendor == "sqlite"
            else "DROP TRIGGER audit_is_append_only ON core_auditentry"
        )
    AuditEntry.objects.update(at=WRITTEN_AT)


def _trial():
    source = randomized_source()
    for old, new in (
        ('[[arms]]\nid = "capsules"\nname = { en = "Capsules"', ALDER_TABLE),
        (
            'id = "sham"\nname = { en = "Other capsules"',
            f'id = "{BIRCH}"\nname = {{ en = "Zq Birch"',
        ),
        ("ratio = { capsules = 1, sham = 1 }", f'ratio = {{ "{ALDER}" = 1, "{BIRCH}" = 1 }}'),
    ):
        assert old in source
        source = source.replace(old, new, 1)
    return load_open(source).trial


BIRCH_TABLE = f'id = "{BIRCH}"\nname = {{ en = "Zq Birch"'
ALDER_TABLE = f'[[arms]]\nid = "{ALDER}"\nname = {{ en = "Zq Alder"'


def _list(assignment):
    places = [f"0,{place},{arm}" for place, arm in enumerate(assignment, start=1)]
    others = [f"1-2,1,{assignment[0]}", f"1-2,2,{assignment[1]}"]
    return "\n".join(["stratum,sequence,arm", *places, *others, ""]).encode()


def _treat(trial, patients, assignment, *, by, pharmacist):
    """One lot a patient: the kit that fits is at the site, one of the other arm is not."""
    definition = current_version(trial).definition
    dispenser = make_member(trial, "dispenser")
    site = trial.sites.get(code="01")
    for place, (patient, arm) in enumerate(zip(patients, assignment, strict=True)):
        lot = make_lot(f"B{place}", expires_on=date(2027, 1, 1 + place))
        other = BIRCH if arm == ALDER else ALDER
        numbers = [issue("S", 100 + 2 * place), issue("S", 101 + 2 * place)]
        packed = [
            PackedKit(number, lot, "01", content)
            for number, content in zip(numbers, (arm, other), strict=True)
        ]
        register_kits(trial, definition, packed, by=pharmacist)
        receive_kits(site, numbers[:1], by=dispenser, on=ENROLLED_ON)
        visit = open_visit(patient, key="C1D1", by=by)
        on = visit.actual_date
        kit = choose_kit(visit, by=dispenser, on=on)
        assert kit.number == numbers[0]
        save_form(
            "capsule-course", visit, by=by, complete=False, started_on=on, is_day_one_observed="Y",
            has_day_one_reaction="N", is_rest_released="Y",
        )  # fmt: skip
        dispense_kit(visit, number=kit.number, by=dispenser, on=on)


_CHANCE = (
    (re.compile(r"succeeded in [0-9.e-]+s"), "succeeded"),
    # What is drawn anew for every page, or tells the time of the database.
    (re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"'), "csrf"),
    (re.compile(r'"X-CSRFToken": "[^"]+"|X-CSRFToken&quot;: &quot;[^&]+'), "csrf"),
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "uuid"),
    (re.compile(r"\b[0-9a-f]{64}\b|\b[0-9a-f]{8,16}…"), "sha256"),
    # The bytes of a page are read as Latin-1: so the ellipsis looks there.
    (re.compile("\\b[0-9a-f]{8,16}" + "…".encode().decode("latin-1")), "sha256"),
    (re.compile(r'data-left-seconds="\d+"'), "left of the session"),
    (re.compile(r"nonce-[^' ]+|nonce=\"[^\"]+\""), "nonce"),
    (re.compile(r"20\d\d-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?"), "time"),
    (re.compile(r"\b[A-Z][a-z]{2,4}\.? \d{1,2}, 20\d\d, [^<\n]{4,12}"), "time"),
    (re.compile(r"\b\d\d-\d\d \d\d:\d\d(:\d\d)?"), "time"),
)


def without_chance(text):
    for pattern, word in _CHANCE:
        text = pattern.sub(word, text)
    return text
