"""What the state of a patient, a kit or a tube allows."""

from collections.abc import Collection, Sequence
from datetime import date

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from core.models import Trial, User
from core.permissions import Permission, has_permission
from core.refusals import Refused
from enrollment.models import EndOfStudy, Patient, Visit
from enrollment.queries.arms import is_unblinded
from microbiome.models import CollectionKit, Specimen
from oversight.models import RecordState


def withdrawn(patients: Collection[int]) -> set[int]:
    """Of these patients (ids) those who withdrew their consent."""
    ends = EndOfStudy.objects.filter(
        patient_id__in=patients, reason=EndOfStudy.Reason.WITHDRAWAL
    ).exclude(state=RecordState.DRAFT)
    return set(ends.values_list("patient_id", flat=True))


def check_may_be_used(tubes: Sequence[Specimen]) -> None:
    """Whatever comes of a patient who withdrew is kept or discarded, and used for nothing.

    Raises:
        Refused: one of the patients withdrew.
    """
    gone = withdrawn({tube.patient_id for tube in tubes if tube.patient_id})
    held = [tube.barcode for tube in tubes if tube.patient_id in gone]
    if held:
        raise Refused(
            _("The patient withdrew the consent: %(tubes)s may be stored or discarded only.")
            % {"tubes": ", ".join(held[:5])}
        )


def check_kit(kit: CollectionKit, *, site_id: int, on: date) -> None:
    """
    Raises:
        Refused: the kit is another site's, has been used, or had expired on that day.
    """
    if kit.batch.site_id != site_id:
        raise Refused(_("This kit was made for another site."))
    if hasattr(kit, "specimen"):
        raise Refused(_("Something was collected with this kit already."))
    if kit.batch.expires_on < on:
        raise Refused(_("This kit expired on %(day)s.") % {"day": kit.batch.expires_on.isoformat()})


def check_collection(visit: Visit, *, on: date, reason: str) -> None:
    """
    Raises:
        Refused: no consent on that day, withdrawn consent, or outside the window without a word.
    """
    patient: Patient = visit.patient
    if not patient.consents.filter(signed_on__lte=on).exists():
        raise Refused(_("The patient had given no consent on that day."))
    if withdrawn([patient.pk]):
        raise Refused(_("The patient withdrew the consent."))
    if not visit.window_opens <= on <= visit.window_closes and not reason.strip():
        raise Refused(
            _("This is outside the window of the visit, %(first)s to %(last)s. Say why.")
            % {"first": visit.window_opens.isoformat(), "last": visit.window_closes.isoformat()}
        )


def may_see_results(user: User, trial: Trial) -> bool:
    """What grows in the gut tells who took live bacteria: before the trial is unblinded, its
    results are for those who know the arms anyway."""
    return is_unblinded(trial) or has_permission(user, Permission.ARM_VIEW, trial=trial)


def check_results(user: User, trial: Trial) -> None:
    """
    Raises:
        PermissionDenied: with the sentence that the person will read.
    """
    if not may_see_results(user, trial):
        raise PermissionDenied(
            _("Results of the microbiome can tell the arm. They open when the trial is unblinded.")
        )
