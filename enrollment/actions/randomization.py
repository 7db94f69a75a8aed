"""Giving a patient the next place of the list."""

from collections.abc import Mapping
from datetime import date

from django.db import IntegrityError
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core import audit
from core.models import Trial, User
from core.refusals import Refused
from enrollment.calc.randomization import number_of
from enrollment.models import Allocation, Patient, RandomizationList
from enrollment.policies import check_can_randomize
from enrollment.queries.randomization import (
    Allocated,
    allocation_of,
    factors_of,
    settings_are_current,
    stratum_name,
    told_by_forms,
)
from oversight.policies import check_open_to_writes


def randomize_patient(
    patient: Patient,
    *,
    by: User,
    on: date,
    asked: Mapping[str, str] | None = None,
    confirmed: str | None = None,
) -> Allocated:
    """The next free place of the patient's stratum, in order; nobody is told the arm.

    Asked again (a double click) it answers with the place that the patient has. `asked` holds
    the levels of factors that no form tells; `confirmed` is what `told_by_forms` gave when the
    person saw the page.

    The active list's row is the lock under which places and numbers are given out: PostgreSQL
    queues the others at it; on SQLite the whole transaction has the database to itself.

    Raises:
        Refused: something is missing, the answers changed since the page was opened, there is no
            list, or its stratum is used up.
    """
    with audit.writing(by=by):
        active = _locked_list(patient.trial)
        patient = Patient.objects.select_for_update().get(pk=patient.pk)
        known = allocation_of(patient)
        if known is not None:
            return known
        check_open_to_writes(
            trial_id=patient.trial_id, site_id=patient.site_id, patient_id=patient.pk
        )
        stratum = _stratum(patient, active, on=on, asked=asked, confirmed=confirmed)
        _take_place(active, patient, stratum, by=by, on=on)
        taken = allocation_of(patient)
    if taken is None:
        raise IntegrityError("the place was not taken")
    return taken


def _locked_list(trial: Trial) -> RandomizationList:
    lists = RandomizationList.objects.select_for_update(of=("self",)).active()
    active = lists.select_related("version", "trial").filter(trial=trial).first()
    if active is None:
        raise Refused(_("This trial has no active randomization list yet."))
    return active


def _stratum(
    patient: Patient,
    active: RandomizationList,
    *,
    on: date,
    asked: Mapping[str, str] | None,
    confirmed: str | None,
) -> str:
    if not settings_are_current(active):
        raise Refused(_("The randomization was amended. Its new list must be activated first."))
    table = active.version.definition.randomization
    factors = factors_of(patient, table.strata if table else (), on=on, asked=asked)
    language = get_language() or "en"
    unanswered = [item.stratum.label.in_language(language) for item in factors if not item.level]
    check_can_randomize(patient, on=on, unanswered=unanswered)
    if confirmed is not None and confirmed != told_by_forms(factors):
        raise Refused(_("The patient's answers changed meanwhile. Look at them again."))
    return stratum_name(factors)


def _take_place(
    active: RandomizationList, patient: Patient, stratum: str, *, by: User, on: date
) -> None:
    free = Allocation.objects.filter(list=active, stratum=stratum, patient__isnull=True)
    place = free.order_by("sequence").values_list("pk", flat=True).first()
    if place is None:
        raise Refused(
            _("The list has no free place in this stratum. Ask the unblinded pharmacist.")
        )
    given = Allocation.objects.filter(trial=active.trial, patient__isnull=False).count()
    free.filter(pk=place).update(
        patient=patient,
        number=number_of(given + 1),
        allocated_on=on,
        allocated_at=timezone.now(),
        allocated_by=by,
    )
