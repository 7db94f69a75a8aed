"""What the laboratory form says beside each value: its grade, and the event it may ask for."""

from collections.abc import Mapping
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import get_language, gettext

from core.calc.partial_date import PartialDate
from core.fields.captured import YesNo
from enrollment.registry import FieldNote
from outcomes import catalog
from outcomes.calc.lab_grades.events import LoggedEvent, Proposal, proposals
from outcomes.calc.lab_grades.panel import CORRECTED_CALCIUM, Graded, unnumbered
from outcomes.calc.lab_grades.patient import READ, GradedValue
from outcomes.calc.normal_limits import NormalRange
from outcomes.models import AdverseEvent, Laboratory
from outcomes.models.limits import plain_number
from outcomes.queries.lab_grades import grades_of, logged_events

PREFILL = "laboratory"
"""The key in the address of a new adverse event that names the form it comes from."""


def laboratory_notes(record: Laboratory) -> Mapping[str, list[FieldNote]]:
    """By field; what belongs to the corrected calcium stands beside the calcium."""
    events = logged_events(AdverseEvent.objects.filter(patient=record.patient_id))
    known = events.get(record.patient_id, [])
    notes: dict[str, list[FieldNote]] = {}
    for value in grades_of(record):
        field = "calcium_mmol_l" if value.test == CORRECTED_CALCIUM else value.test
        notes[field] = _notes(record, value, known)
    if record.calcium_mmol_l is not None and "calcium_mmol_l" not in notes and record.sampled_on:
        text = gettext("No grade: calcium is corrected for albumin, which is missing.")
        notes["calcium_mmol_l"] = [FieldNote(text)]
    return notes


def _notes(record: Laboratory, value: GradedValue, events: list[LoggedEvent]) -> list[FieldNote]:
    """One for each direction with an abnormality, else one that says that there is none."""
    definition = record.patient.version.definition
    details = _details(value, definition.trial.ctcae_version)
    at_least = definition.endpoints.laboratory_event_grade
    asked = {each.graded: each for each in proposals(value, at_least=at_least, for_certain=False)}
    abnormal = [graded for graded in value.grades if graded.worst]
    if not abnormal:
        is_known = all(graded.is_graded for graded in value.grades)
        return [FieldNote(_no_abnormality(value, is_known=is_known), details)]
    found = []
    for graded in abnormal:
        proposal = asked.get(graded)
        level = "hard" if (graded.least or 0) >= at_least else "soft"
        note = FieldNote(_grade_text(graded), details, level)
        found.append(_with_link(note, record, proposal, events) if proposal else note)
    return found


def _with_link(
    note: FieldNote, record: Laboratory, proposal: Proposal, events: list[LoggedEvent]
) -> FieldNote:
    if proposal.is_logged(events):
        text = gettext("in the log of adverse events")
        return FieldNote(note.text, f"{note.details} · {text}", note.level)
    if not _is_saved(record):
        text = gettext("save, then enter it as an adverse event")
        return FieldNote(note.text, f"{note.details} · {text}", note.level)
    criterion = proposal.graded.criterion
    address = reverse("enrollment:log-new", args=[record.patient_id, "adverse-events"])
    query = urlencode(
        {PREFILL: record.pk, "test": criterion.test.name, "direction": criterion.direction}
    )
    return FieldNote(
        note.text,
        note.details,
        note.level,
        link=f"{address}?{query}",
        link_text=gettext("Enter as adverse event: %(term)s")
        % {"term": catalog.in_language(proposal.term, get_language() or "en")},
    )


def _is_saved(record: Laboratory) -> bool:
    """What the page shows is what a new event would be filled from."""
    names = ("sampled_on", *READ)
    stored = Laboratory.objects.filter(pk=record.pk).values(*names).first()
    return stored is not None and stored == {name: getattr(record, name) for name in names}


def _grade_text(graded: Graded) -> str:
    clauses = {
        "symptoms": gettext("with symptoms"),
        "consequences": gettext("with consequences"),
        "anticoagulation": gettext("on anticoagulation"),
        "fasting": gettext("if fasting"),
    }
    term = catalog.in_language(graded.criterion.term, get_language() or "en")
    values = {
        "term": term,
        "grade": graded.least,
        "worse": graded.worst,
        "clause": clauses.get(graded.clause, ""),
    }
    if graded.is_range:
        return gettext("Grade %(grade)s, or %(worse)s %(clause)s: %(term)s") % values
    return gettext("Grade %(grade)s: %(term)s") % values


def _no_abnormality(value: GradedValue, *, is_known: bool) -> str:
    if is_known:
        return gettext("Grade 0")
    if value.limits is None:
        return gettext("No grade: the site has no limits of normal for this day.")
    return gettext("No grade: a limit of normal or the baseline is missing.")


def _details(value: GradedValue, version: str) -> str:
    """Version, corrected value, limits and baseline that the grade rests on."""
    parts = [f"CTCAE {version}"]
    if value.test == CORRECTED_CALCIUM:
        parts.append(gettext("corrected %(value)s") % {"value": plain_number(value.value)})
    if value.limits is not None:
        parts.append(_limits_text(value.limits))
    if value.baseline is not None and not value.is_before_treatment:
        parts.append(
            gettext("baseline %(value)s (%(day)s)")
            % {"value": plain_number(value.baseline.value), "day": value.baseline.day}
        )
    sides = {"L": gettext("low values"), "H": gettext("high values")}
    parts.extend(
        gettext("%(side)s have no numbers") % {"side": sides[direction]}
        for direction in unnumbered(version, value.test)
    )
    return " · ".join(parts)


def _limits_text(limits: NormalRange) -> str:
    numbers = {"low": plain_number(limits.low), "high": plain_number(limits.high)}
    if limits.low is None:
        return gettext("normal up to %(high)s") % numbers
    if limits.high is None:
        return gettext("normal from %(low)s") % numbers
    return gettext("normal %(low)s to %(high)s") % numbers


def prefill_event(event: AdverseEvent, query: Mapping[str, str]) -> None:
    """Fills a new event from the laboratory value that the address names, as graded now."""
    found = _proposed(event, query)
    if found is None:
        return
    event.term = found.term
    event.grade = found.grade
    event.started_on = PartialDate(found.value.sample.day.isoformat())
    event.is_ongoing = YesNo.YES


def _proposed(event: AdverseEvent, query: Mapping[str, str]) -> Proposal | None:
    key = query.get(PREFILL, "")
    if not key.isdecimal() or len(key) > 18:
        return None
    record = Laboratory.objects.filter(patient=event.patient_id, pk=int(key)).first()
    if record is None:
        return None
    record.patient = event.patient
    for value in grades_of(record):
        for graded in value.grades:
            is_asked = (value.test, graded.criterion.direction) == (
                query.get("test"),
                query.get("direction"),
            )
            if is_asked and graded.worst:
                return Proposal(value, graded)
    return None
