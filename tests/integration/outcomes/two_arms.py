"""A randomized trial of two arms in which those with the capsules die first."""

from datetime import date, timedelta

from core.calc.partial_date import PartialDate
from enrollment.actions import load_definition, randomize_patient
from enrollment.models import Allocation, Unblinding
from outcomes.actions.nightly import queue_run
from outcomes.actions.snapshot import complete_run
from outcomes.models import Death, Snapshot
from tests.factories import (
    ENROLLED_ON,
    make_member,
    make_randomized_trial,
    make_ready_patient,
    randomized_source,
    save_form,
)

CUT = date(2026, 12, 31)


def make(blinding, setting=""):
    """Everybody randomized is counted, from the day of randomization on."""
    trial = make_randomized_trial(blinding=blinding, block_sizes="[2]")
    source = randomized_source(blinding=blinding, block_sizes="[2]")
    for old, new in (
        ('reference_date = "first_dose"', 'reference_date = "randomization"'),
        ('rule = "treated"', 'rule = "randomized"'),
        ("[endpoints]", f"[endpoints]\n{setting}"),
    ):
        source = source.replace(old, new)
    load_definition(source, by=None)
    return trial


def fill(trial):
    """Four patients: those with the capsules die on days 20 and 40, the others on 60 and 80."""
    by = make_member(trial, "coordinator")
    days = {"capsules": [20, 40], "sham": [60, 80]}
    for _number in range(4):
        patient = make_ready_patient(trial, by=by)
        randomize_patient(patient, by=by, on=ENROLLED_ON)
        arm = Allocation.objects.filter(patient=patient).values_list("arm", flat=True).get()
        died_on = ENROLLED_ON + timedelta(days=days[arm].pop(0))
        save_form(
            "death",
            patient,
            by=by,
            died_on=PartialDate(died_on.isoformat()),
            cause=Death.Cause.PROGRESSION,
        )


def night(trial):
    complete_run(queue_run(trial, by=None, cut_on=CUT).pk)
    return Snapshot.objects.current(trial)


def unblind(trial):
    Unblinding.objects.create(
        trial=trial,
        kind=Unblinding.Kind.PLANNED,
        by=make_member(trial, "data-manager"),
        reason="planned",
    )
