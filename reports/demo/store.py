"""Writes histories into the database, table by table.

Bulk inserts and not the actions of the entry pages: a thousand visits would each move a schedule.
What the actions guarantee (numbers, criteria, constraints) holds here too, and the tests run a
sample of the rows through the entry forms.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from core import audit
from core.models import Site, User
from enrollment.calc.numbering import issue
from enrollment.models import (
    Consent,
    CriterionAnswer,
    Patient,
    TrialVersion,
    Visit,
)
from reports.demo.batch import Advance, Batch
from reports.demo.history.chance import seeded
from reports.demo.history.records import Filled, HeldVisit, History


def store(
    version: TrialVersion,
    histories: Iterable[History],
    *,
    by: User,
    now: datetime,
    seed: int,
    advance: Advance,
) -> None:
    """Stores one trial's population in one transaction; `advance` hears of rows stored."""
    histories = list(histories)
    with audit.writing(by=by):
        patients = _store_patients(version, histories, by=by)
        visits = _store_visits(patients, histories)
        rng = seeded(seed, version.trial.slug, "rows")
        batch = Batch(by=by, now=now, rng=rng, advance=advance)
        for patient, history in zip(patients, histories, strict=True):
            for form in history.records:
                batch.add(form, patient)
            for held in history.visits:
                for form in held.forms:
                    batch.add(form, patient, visits[patient.pk, held.planned.key])
        batch.write()


def rows_to_store(histories: Iterable[History]) -> int:
    """How often `store` will advance."""
    forms = [form for history in histories for form in _forms(history)]
    return len(forms) + sum(len(form.rows) for form in forms)


def _forms(history: History) -> list[Filled]:
    return [*history.records, *(form for held in history.visits for form in held.forms)]


def _store_patients(version: TrialVersion, histories: list[History], *, by: User) -> list[Patient]:
    """In the order of the histories, each with its answers and consents."""
    sites = {site.code: site for site in Site.objects.filter(trial=version.trial)}
    numbers = _patient_numbers(version, histories)
    screened: dict[str, int] = defaultdict(int)
    patients = []
    for index, history in enumerate(histories):
        person = history.person
        screened[person.site_code] += 1
        prefix = version.definition.trial.number_prefix + person.site_code
        patients.append(
            Patient(
                trial=version.trial,
                site=sites[person.site_code],
                version=version,
                screening_number=f"S-{prefix}-{screened[person.site_code]:03d}",
                number=numbers.get(index),
                sex=person.sex,
                born_on=person.born_on,
                screened_on=person.screened_on,
                is_eligible=not person.failed,
                ineligible_because=", ".join(person.failed),
                regimen=person.regimen,
                enrolled_on=person.enrolled_on,
            )
        )
    Patient.objects.bulk_create(patients)
    pairs = list(zip(patients, histories, strict=True))
    CriterionAnswer.objects.bulk_create(
        CriterionAnswer(patient=patient, criterion=key, answer=answer)
        for patient, history in pairs
        for key, answer in history.person.answers.items()
    )
    Consent.objects.bulk_create(
        Consent(patient=patient, version=name, signed_on=day, recorded_by=by)
        for patient, history in pairs
        for name, day in history.person.consents
    )
    return patients


def _patient_numbers(version: TrialVersion, histories: list[History]) -> dict[int, str]:
    """Index of the history to the number, issued at each site in order of enrollment."""
    enrolled = sorted(
        (history.person.enrolled_on, index, history.person.site_code)
        for index, history in enumerate(histories)
        if history.person.enrolled_on is not None
    )
    issued: dict[str, int] = defaultdict(int)
    numbers = {}
    for _day, index, site_code in enrolled:
        issued[site_code] += 1
        prefix = version.definition.trial.number_prefix
        numbers[index] = issue(prefix, site_code, issued[site_code])
    return numbers


def _store_visits(
    patients: list[Patient], histories: list[History]
) -> dict[tuple[int, str], Visit]:
    """By patient and key."""
    visits = [
        _visit(patient, held)
        for patient, history in zip(patients, histories, strict=True)
        for held in history.visits
    ]
    Visit.objects.bulk_create(visits)
    return {(visit.patient_id, visit.key): visit for visit in visits}


def _visit(patient: Patient, held: HeldVisit) -> Visit:
    item = held.planned
    return Visit(
        patient=patient,
        key=item.key,
        label_en=item.label.en,
        label_zh=item.label.zh_hans,
        track=item.track,
        cycle=item.cycle,
        day=item.day,
        position=item.order,
        forms=list(item.forms),
        target_date=item.target_date,
        window_opens=item.window_opens,
        window_closes=item.window_closes,
        outcome=held.outcome,
        actual_date=held.actual_date,
        deviation_reason=held.reason,
    )
