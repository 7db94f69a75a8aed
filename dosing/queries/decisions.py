"""Dose decisions as the schedule shows them."""

from collections.abc import Mapping

from dosing.models import DoseDecision
from dosing.models.decisions import treatment_names
from enrollment.models import Patient, Visit
from oversight.models import RecordState


def decision_marks(patient: Patient) -> Mapping[int, list[str]]:
    """First visit of a course to what was decided for it; drafts decide nothing.

    A drug with courses of its own is marked there, every other treatment at the main courses.
    """
    decisions = list(
        DoseDecision.objects.filter(patient=patient)
        .exclude(state=RecordState.DRAFT)
        .order_by("decided_on", "row_number")
    )
    if not decisions:
        return {}
    definition = patient.version.definition
    moved = {
        treatment: track.id
        for track in definition.tracks
        if track.anchor == "course"
        for treatment in track.moved_by
    }
    names = treatment_names(patient)
    visits = Visit.objects.filter(patient=patient, cycle__isnull=False).order_by("-position")
    first_of = {(visit.track, visit.cycle): visit.pk for visit in visits}
    marks: dict[int, list[str]] = {}
    for decision in decisions:
        track = moved.get(decision.treatment, definition.course_track.id)
        pk = first_of.get((track, decision.course))
        if pk is not None:
            name = names.get(decision.treatment, decision.treatment)
            marks.setdefault(pk, []).append(f"{name}: {decision.get_action_display()}")
    return marks
