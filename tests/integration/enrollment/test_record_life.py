"""One form under any sequence of what people do: the state is always what the table says, and
what is shown as signed is what was signed."""

from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.refusals import Refused
from enrollment.actions import save_record
from enrollment.actions.locking import close, lift
from enrollment.actions.signing import sign_records
from enrollment.actions.verifying import verify_record
from enrollment.models import VitalSigns
from enrollment.queries.content import content_of
from enrollment.queries.locking import Target
from enrollment.queries.records import line_of, placed
from enrollment.queries.signatures import signatures_of
from enrollment.queries.values import field_values
from enrollment.registry import get
from oversight.calc.content import sha256_of
from oversight.calc.life_cycle import TRANSITIONS
from oversight.models import FieldVerification, Lock
from tests.factories import make_enrolled_patient, make_member, make_trial, open_visit, save_form
from tests.integration.enrollment.test_locking import VALUES

SPEC = get("vital-signs")
NOW = timezone.now()
STEPS = ["correct", "verify", "untick", "sign", "freeze", "lock", "lift"]


def stored():
    return VitalSigns.objects.select_related("patient__site", "patient__trial").get()


def target():
    record = stored()
    [item] = placed([line_of(SPEC, record)])
    return Target(record.patient.trial, record.patient.site, record.patient, item)


def take(step, people):
    record = stored()
    if step == "correct":
        record.weight_kg += Decimal(1)
        seen = record.revision
        by = people["coordinator"]
        save_record(
            SPEC, record, by=by, complete=True, expected_revision=seen, reason="source: chart"
        )
    elif step in ("verify", "untick"):
        keys = [value.key for value in field_values(SPEC, [record])[record.pk]]
        agreed = keys[1:] if step == "untick" else keys
        seen = record.revision
        by = people["monitor"]
        verify_record(SPEC, record, by=by, at=NOW, agreed=agreed, expected_revision=seen)
    elif step == "sign":
        seen = {(SPEC.slug, record.pk): sha256_of(content_of(SPEC, record))}
        sign_records(seen, by=people["investigator"], meaning="approved", at=NOW)
    elif step == "lift":
        lock = Lock.objects.open().order_by("-pk").first()
        if lock is not None:
            lift(lock, target(), by=people["data-manager"], reason="needed", at=NOW)
    else:
        close(target(), step, by=people["data-manager"], reason="needed", at=NOW)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(st.sampled_from(STEPS), min_size=4, max_size=14))
def test_any_sequence_of_steps_keeps_the_table(db, steps):
    savepoint = transaction.savepoint()
    try:
        walk(steps)
    finally:
        transaction.savepoint_rollback(savepoint)


def walk(steps):
    roles = ("coordinator", "monitor", "investigator", "data-manager")
    trial = make_trial()
    people = {role: make_member(trial, role) for role in roles}
    patient = make_enrolled_patient(trial, by=people["coordinator"])
    visit = open_visit(patient, key="C1D1", by=people["coordinator"])
    save_form("vital-signs", visit, by=people["coordinator"], **VALUES)
    moves = {(old, new) for (old, _event), new in TRANSITIONS.items()}
    for step in steps:
        before = stored()
        try:
            take(step, people)
        except Refused:
            after = stored()
            assert (after.state, after.revision) == (before.state, before.revision)
            continue
        after = stored()
        assert after.state == before.state or (before.state, after.state) in moves
        is_covered = Lock.objects.open().exists()
        assert (after.state == "locked") <= is_covered
        signatures = signatures_of(SPEC, after)
        holds = bool(signatures) and not signatures[0].is_broken
        assert (after.state == "signed") <= holds
        if after.state == "verified":
            keys = field_values(SPEC, [after])[after.pk]
            assert FieldVerification.objects.count() == len(keys)
