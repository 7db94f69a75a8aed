"""The data-quality check of laboratory grades against the log of adverse events."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from dosing.models import CapsuleCourse
from enrollment.quality import Check, Finding, Scope, Severity, register_check
from enrollment.quality.scope import values
from outcomes.calc.lab_grades.events import proposals
from outcomes.models import AdverseEvent, Laboratory
from outcomes.queries.lab_grades import graded_by_patient, logged_events


def find_abnormalities_without_event(scope: Scope) -> Iterator[Finding]:
    """Grades that are certain; where a clinical clause leaves a range, its lower end counts."""
    events = logged_events(scope.records(AdverseEvent))
    visits = dict(values(scope.records(Laboratory), "pk", "visit_id"))
    found = graded_by_patient(
        scope.patients, scope.records(Laboratory), scope.records(CapsuleCourse)
    )
    for patient, graded in found:
        at_least = patient.version.definition.endpoints.laboratory_event_grade
        for value in graded:
            for proposal in proposals(value, at_least=at_least, for_certain=True):
                if proposal.is_logged(events.get(patient.pk, ())):
                    continue
                key = value.sample.key
                place = scope.place(
                    "laboratory",
                    key,
                    patient.pk,
                    visit_id=visits[key],
                    field=proposal.graded.criterion.test.limits_name,
                )
                details = {
                    "term": proposal.term,
                    "grade": str(proposal.grade),
                    "day": str(value.sample.day),
                }
                yield Finding(place, details)


register_check(
    Check(
        "DQ-045",
        _("Graded laboratory abnormality without an adverse event"),
        _(
            "The value of %(day)s is %(term)s of grade %(grade)s, and the log has no such event of"
            " this grade on that day. Enter it, or say why it is none."
        ),
        _(
            "After the first dose, worse than at baseline and of the grade that the trial's"
            " definition names (laboratory_event_grade); by the trial's version of CTCAE."
        ),
        Severity.WARNING,
        find_abnormalities_without_event,
    )
)
