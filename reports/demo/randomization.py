"""A list for the randomized trial, and everybody on it by the action of the page."""

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from datetime import date

from core import audit
from core.models import NoticeKind, NoticeRecipient, User
from core.refusals import Refused
from enrollment.actions import randomize_patient
from enrollment.actions.randomization_lists import activate_list, make_list
from enrollment.actions.unblinding import record_accident, unblind_patient
from enrollment.models import Patient, TrialVersion
from enrollment.queries.arms import Account
from enrollment.queries.randomization import active_list, allocation_of

PLACES_A_STRATUM = 40


def randomize_population(version: TrialVersion, people: Mapping[str, User], *, seed: int) -> None:
    """Each enrolled patient on the day of enrollment; whoever lacks a stratum waits."""
    trial = version.trial
    if version.definition.randomization is None or active_list(trial) is not None:
        return
    pharmacist, coordinator = people["pharmacist"], people["coordinator"]
    digits = hashlib.sha256(f"demo {seed}".encode()).hexdigest()[:32]
    with audit.writing(by=pharmacist):
        made = make_list(trial, by=pharmacist, per_stratum=PLACES_A_STRATUM, seed=digits)
        activate_list(made, by=pharmacist)
    patients = list(
        Patient.objects.filter(trial=trial)
        .enrolled()
        .select_related("trial", "site", "version")
        .order_by("enrolled_on", "number")
    )
    with audit.writing(by=coordinator):
        for patient in patients:
            with suppress(Refused):
                randomize_patient(patient, by=coordinator, on=_day(patient))
    for name in ("datamanager", "monitor"):
        NoticeRecipient.objects.get_or_create(
            trial=trial, user=people[name], kind=NoticeKind.UNBLINDING
        )
    NoticeRecipient.objects.get_or_create(
        trial=trial, user=people["dispenser"], kind=NoticeKind.LOW_STOCK
    )
    _unblind_some(patients, people)


def _day(patient: Patient) -> date:
    return patient.enrolled_on or patient.screened_on


def _unblind_some(patients: list[Patient], people: Mapping[str, User]) -> None:
    """Two entries for the register. Nobody here looks at the answer."""
    randomized = [patient for patient in patients[:12] if allocation_of(patient) is not None]
    if len(randomized) < 6:
        return
    unblind_patient(
        randomized[3],
        by=people["investigator"],
        account=Account(
            reason_code="safety",
            reason="Fever and rigors two hours after the capsules; antibiotics depend on it.",
            informed="The physician on call in intensive care, by telephone.",
            impact="No more capsules; the patient stays in follow-up.",
        ),
    )
    record_accident(
        randomized[5],
        by=people["monitor"],
        happened_on=_day(randomized[5]),
        reason="A delivery note of the pharmacy lay in the patient's file for an hour.",
        informed="The study nurse, who had read it.",
        impact="The nurse enters no more data of this patient.",
    )
