"""Accepting one of two readings of a patient's scans."""

from datetime import datetime

from django.utils.translation import gettext as _

from core import audit
from core.models import User
from core.refusals import Refused
from enrollment.models import Patient
from outcomes.calc.adjudication import Standing
from outcomes.models import Adjudication
from outcomes.queries.adjudication import adjudicates, fingerprint_of, standings
from oversight.policies import check_open_to_writes


def adjudicate(
    patient: Patient, *, by: User, accepted: str, reason: str, seen: str, now: datetime
) -> Adjudication:
    """Adds to the log; a later decision takes the place of this one.

    `seen`: `fingerprint_of` both readings as the person had them before them.

    Raises:
        Refused: nothing is to be decided, or not yet; a reading changed since; the patient's data
            are frozen or locked.
    """
    with audit.writing(by=by, reason=reason):
        patient = Patient.objects.select_for_update().get(pk=patient.pk)
        check_to_decide(patient)
        if seen != fingerprint_of(patient):
            raise Refused(
                _("A reading changed since you opened this page. Look at both once more.")
            )
        return Adjudication.objects.create(
            patient=patient,
            accepted=accepted,
            reason=reason,
            fingerprint=seen,
            decided_by=by,
            decided_at=now,
        )


def check_to_decide(patient: Patient) -> None:
    """
    Raises:
        Refused: the readings of this patient are nothing to decide about now.
    """
    check_open_to_writes(trial_id=patient.trial_id, site_id=patient.site_id, patient_id=patient.pk)
    if not adjudicates(patient.trial):
        raise Refused(_("The protocol of this trial has no adjudicator."))
    now = standings(patient.trial, [patient])
    if patient.pk in now.outdated:
        raise Refused(_("A reading changed since the last night, which compares the two anew."))
    standing = now.settled[patient.pk].standing
    if standing is Standing.AGREED:
        raise Refused(_("Both readings come to the same: there is nothing to decide."))
    if standing is Standing.WAITING:
        raise Refused(_("One of the readers has not read every scan yet."))
