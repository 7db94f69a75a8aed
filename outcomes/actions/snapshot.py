"""The night's computation: read, derive, store. For workers and commands; it imports pandas."""

import hashlib
import logging
import traceback
from collections.abc import Callable, Mapping

from django.core.mail import EmailMessage
from django.db import OperationalError
from django.utils import timezone

from core import audit
from core.models import Membership
from core.models.membership import Role
from enrollment.models import TrialVersion
from outcomes.actions.nightly import (
    PERCENT_AT,
    Superseded,
    end_done,
    end_failed,
    report,
    take_up,
)
from outcomes.calc.rules import RULE_VERSION
from outcomes.calc.snapshot.adjudicated import adjudicated
from outcomes.calc.snapshot.compose import (
    Job,
    compare_all,
    derive_all,
    estimate_all,
    summarize,
    tabulate,
)
from outcomes.calc.snapshot.readings_parts import (
    read_by_both,
    readings_part,
    tabulate_readings,
)
from outcomes.calc.snapshot.safety_parts import (
    quality_of_life_part,
    safety_by_arm_part,
    safety_part,
    tabulate_population,
)
from outcomes.calc.snapshot.settings import (
    QUALITY_OF_LIFE_PART,
    READINGS_PART,
    SAFETY_BY_ARM_PART,
    SAFETY_PART,
    groups_part,
    results_part,
)
from outcomes.calc.snapshot.summary import Summary, TableHash
from outcomes.models import NightlyRun, Snapshot, SnapshotPart, SnapshotTable
from outcomes.queries.inputs import read_inputs

logger = logging.getLogger(__name__)

Step = NightlyRun.Step
Watch = Callable[[NightlyRun.Step, int], None]
"""Called with each step and its percent, e.g. by a progress bar."""


class RunFailed(Exception):
    """The run ended as failed; the message says it to a person and holds no data."""


def complete_run(run_id: int, *, watch: Watch | None = None) -> Snapshot | None:
    """Takes the run up and ends it; none where it has ended already or is another's by now.

    Raises:
        RunFailed: an error stopped it. The run says so, the administrators are written to, and
            the earlier snapshot is still the one that pages show.
        OperationalError: the database is away; the run can be taken up again.
    """
    run = take_up(run_id)
    if run is None:
        return None
    try:
        return compute_snapshot(run, watch=watch)
    except Superseded:
        logger.warning("nightly run %s was taken over by another worker", run.pk)
        return None
    except OperationalError:
        raise
    except Exception as error:
        logger.exception("nightly run %s failed", run.pk)
        end_failed(run, NightlyRun.Note.ERROR)
        _write_to_administrators(run, error)
        raise RunFailed(str(NightlyRun.Note.ERROR.label)) from None


def compute_snapshot(run: NightlyRun, *, watch: Watch | None = None) -> Snapshot:
    """The snapshot of the run's trial and cut: a new one, or the one with the same input.

    Raises:
        Superseded: another worker took the run up.
    """

    def step_to(step: NightlyRun.Step) -> None:
        report(run, step)
        if watch is not None:
            watch(step, PERCENT_AT[step])

    step_to(Step.READ)
    read_at = timezone.now()
    version = TrialVersion.objects.filter(trial=run.trial_id).select_related("trial")[0]
    inputs, last_audit_id = read_inputs(version, run.cut_on)
    snapshot = Snapshot(
        trial=version.trial,
        version=version,
        cut_on=run.cut_on,
        cut_at=read_at,
        last_audit_id=last_audit_id,
        rule_version=RULE_VERSION,
        input_sha256=inputs.sha256(version.sha256, run.cut_on.isoformat()),
    )
    known = _same(snapshot)
    if known is not None:
        end_done(run, known, is_new=False)
        return known
    seed = int(snapshot.input_sha256[:8], 16)
    job = Job(version.definition, version.number, run.cut_on, inputs, seed)
    step_to(Step.RESPOND)
    tumors, derived = derive_all(job)
    readings = read_by_both(job, derived)
    if version.definition.endpoints.reader == "adjudicated":
        job = adjudicated(job, readings)
        tumors, derived = derive_all(job)
    step_to(Step.SURVIVE)
    results = estimate_all(job, derived)
    summary = summarize(job, tumors, results)
    step_to(Step.TABULATE)
    safety, quality_of_life = safety_part(job), quality_of_life_part(job)
    tables = tabulate(job, tumors, derived, results, summary)
    tables |= tabulate_population(job, safety, quality_of_life)
    tables |= tabulate_readings(job, readings)
    step_to(Step.STORE)
    parts: dict[str, Mapping[str, object]] = {
        results_part(part["population"]["id"], part["criteria"]): part for part in results
    }
    parts |= {SAFETY_PART: safety, QUALITY_OF_LIFE_PART: quality_of_life}
    parts[READINGS_PART] = readings_part(job, readings)
    if (by_arm := safety_by_arm_part(job)) is not None:
        parts[SAFETY_BY_ARM_PART] = by_arm
    for grouped in compare_all(job, derived):
        parts[groups_part(grouped["population"]["id"], grouped["criteria"])] = grouped
    return _store(run, snapshot, summary, tables, parts)


def _same(snapshot: Snapshot) -> Snapshot | None:
    return Snapshot.objects.filter(
        trial=snapshot.trial,
        cut_on=snapshot.cut_on,
        input_sha256=snapshot.input_sha256,
        rule_version=snapshot.rule_version,
    ).first()


def _store(
    run: NightlyRun,
    snapshot: Snapshot,
    summary: Summary,
    tables: Mapping[str, tuple[str, int]],
    parts: Mapping[str, Mapping[str, object]],
) -> Snapshot:
    """One transaction: the snapshot with all that it holds, and the end of the run, or nothing."""
    hashes = [
        TableHash(name=name, rows=rows, sha256=hashlib.sha256(text.encode()).hexdigest())
        for name, (text, rows) in tables.items()
    ]
    snapshot.summary = summary | {"tables": hashes}
    with audit.writing(by=run.requested_by):
        snapshot.save()
        SnapshotTable.objects.bulk_create(
            SnapshotTable(
                snapshot=snapshot,
                name=table["name"],
                content=tables[table["name"]][0],
                rows=table["rows"],
                sha256=table["sha256"],
            )
            for table in hashes
        )
        SnapshotPart.objects.bulk_create(
            SnapshotPart(snapshot=snapshot, name=name, content=content)
            for name, content in parts.items()
        )
        audit.record(
            "snapshot",
            by=run.requested_by,
            target=snapshot,
            cut_on=snapshot.cut_on.isoformat(),
            input_sha256=snapshot.input_sha256,
            rule_version=snapshot.rule_version,
            tables={table["name"]: table["sha256"] for table in hashes},
        )
        end_done(run, snapshot, is_new=True)
    return snapshot


def _write_to_administrators(run: NightlyRun, error: Exception) -> None:
    """A letter to the trial's administrators. No mail server is no reason to fail once more.

    It says where in the code the error arose. The error's own text can quote a patient's value.
    """
    current = Membership.objects.filter(
        trial=run.trial_id, role=Role.ADMINISTRATOR, revoked_at__isnull=True, user__is_active=True
    ).exclude(user__email="")
    addresses = sorted(set(current.values_list("user__email", flat=True)))
    frames = traceback.extract_tb(error.__traceback__)
    places = "\n".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames)
    EmailMessage(
        subject=f"{run.trial.slug}: the nightly run failed",
        body=f"{NightlyRun.Note.ERROR.label}\n\nRun {run.pk}, data cut {run.cut_on}.\n"
        f"{type(error).__name__}\n{places}\n",
        to=addresses,
    ).send(fail_silently=True)
