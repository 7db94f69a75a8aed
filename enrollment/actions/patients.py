"""From screening to enrollment."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from django.utils.translation import gettext as _

from core import audit
from core.calc.partial_date import PartialDate
from core.fields.captured import YesNo
from core.models import Site, User
from core.policies.sites import check_site_is_open
from core.refusals import Refused
from enrollment.actions.schedule import reschedule
from enrollment.calc.definition import Criterion
from enrollment.calc.numbering import issue
from enrollment.models import Consent, CriterionAnswer, Patient, TrialVersion
from enrollment.policies import check_can_enroll, check_consent
from oversight.policies import check_open_to_writes


def screen_patient(
    *,
    by: User,
    site: Site,
    version: TrialVersion,
    sex: str,
    born_on: PartialDate,
    screened_on: date,
    answers: Mapping[str, str],
    regimen: str = "",
    submission: UUID | None = None,
) -> Patient:
    """Adds a patient to the screening log, eligible or not, with every criterion answered.

    `answers` maps each criterion's id to Y or N. The reason why a patient is not eligible is
    the list of the criteria that failed. `submission` names the page that was sent: the same
    values sent twice (a double click) are one patient.

    Raises:
        Refused: a criterion is not answered, or one is answered that the trial does not have,
            or the site is not open for entry.
    """
    criteria = version.definition.criteria
    is_answered = set(answers.values()) <= set(YesNo.values)
    if set(answers) != {criterion.id for criterion in criteria} or not is_answered:
        raise Refused(_("Answer every criterion with yes or no."))
    failed = [criterion.id for criterion in criteria if _fails(criterion, answers[criterion.id])]
    check_open_to_writes(trial_id=site.trial_id, site_id=site.pk)
    with audit.writing(by=by):
        number = _next_sequence(site, "screening_number")
        check_site_is_open(site)  # under the lock that closing takes, too
        patient = Patient(
            trial=site.trial,
            site=site,
            version=version,
            screening_number=f"S-{version.definition.trial.number_prefix}{site.code}-{number:03d}",
            sex=sex,
            born_on=born_on,
            screened_on=screened_on,
            is_eligible=not failed,
            ineligible_because=", ".join(failed),
            regimen=regimen,
            submission=submission,
        )
        known = Patient.objects.filter(submission=submission).first() if submission else None
        if known is not None:
            if _same_person(known, patient):
                return known
            patient.submission = None  # the page was gone back to and filled for the next patient
        patient.save()
        CriterionAnswer.objects.bulk_create(
            CriterionAnswer(patient=patient, criterion=key, answer=answer)
            for key, answer in answers.items()
        )
    return patient


def record_consent(
    patient: Patient, *, by: User, version: str, signed_on: date, today: date
) -> Consent:
    """
    Raises:
        Refused: the trial has no such version, or not yet on that day.
    """
    check_consent(patient.version.definition, version=version, signed_on=signed_on, today=today)
    _check_open(patient)
    with audit.writing(by=by):
        consent, is_new = Consent.objects.get_or_create(
            patient=patient,
            version=version,
            defaults={"signed_on": signed_on, "recorded_by": by},
        )
        if not is_new and consent.signed_on != signed_on:
            raise Refused(_("This version is recorded for this patient already."))
    return consent


def enroll_patient(patient: Patient, *, by: User, on: date) -> Patient:
    """Issues the patient number and lays out the schedule.

    Raises:
        Refused: not eligible, no consent, or enrolled already.
    """
    with audit.writing(by=by):
        # The site's row is the lock under which numbers are issued one after another.
        site = Site.objects.select_for_update().get(pk=patient.site_id)
        patient = Patient.objects.select_for_update().get(pk=patient.pk)
        _check_open(patient)
        check_can_enroll(patient, on=on)
        prefix = patient.version.definition.trial.number_prefix
        patient.number = issue(prefix, site.code, _next_sequence(site, "number"))
        patient.enrolled_on = on
        patient.save(update_fields=["number", "enrolled_on"])
        reschedule(patient, by=by)
    return patient


def _check_open(patient: Patient) -> None:
    check_open_to_writes(trial_id=patient.trial_id, site_id=patient.site_id, patient_id=patient.pk)


def _same_person(known: Patient, other: Patient) -> bool:
    names = ("site_id", "sex", "born_on", "screened_on", "ineligible_because", "regimen")
    return all(getattr(known, name) == getattr(other, name) for name in names)


def _fails(criterion: Criterion, answer: str) -> bool:
    wanted = YesNo.YES if criterion.kind == "inclusion" else YesNo.NO
    return answer != wanted


def _next_sequence(site: Site, column: str) -> int:
    """One more than the site's patients that carry such a number; call it under the site's lock."""
    Site.objects.select_for_update().get(pk=site.pk)
    return Patient.objects.filter(site=site, **{f"{column}__isnull": False}).count() + 1
