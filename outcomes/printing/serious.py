"""A report of a serious adverse event on paper: what CIOMS form I asks, in our own layout."""

from datetime import datetime

from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.fields import captured_fields
from core.fields.captured import YesNo
from core.pdf import Cell, Document, Frame, Signature, moment
from enrollment.values import answer_of
from outcomes.calc.clock import Clock
from outcomes.models import AdverseEvent, SeriousEvent, SeriousEventDrug
from outcomes.queries.drugs import names_of_drugs
from outcomes.queries.serious_changes import changes_since

Pair = tuple[str, str | Cell]


def render(event: AdverseEvent, report: SeriousEvent, *, printed_by: str, at: datetime) -> bytes:
    """`report.patient` and its site and trial are read; times are shown in the active zone."""
    report.patient = event.patient
    document = Document(_frame(report, printed_by=printed_by, at=at))
    term = event.term_other or str(event.reads_as("term"))
    document.title(
        _("Serious adverse event report"),
        lead=_("%(report)s about adverse event %(number)s: %(term)s")
        % {"report": report.version_name, "number": event.row_number, "term": term},
    )
    _put_clock(document, report)
    _put_patient(document, report)
    _put_seriousness(document, report)
    _put_event(document, report)
    _put_causality(document, report)
    _put_death(document, report)
    _put_changes(document, report)
    _put_end(document, report)
    return document.render()


def _frame(report: SeriousEvent, *, printed_by: str, at: datetime) -> Frame:
    patient = report.patient
    return Frame(
        trial=patient.trial.short_title,
        patient=str(patient),
        title=_("Serious adverse event report"),
        printed_at=at,
        printed_by=printed_by,
        version=_("%(report)s · revision %(revision)s")
        % {"report": report.version_name, "revision": report.revision},
        mark="" if report.is_submitted else _("NOT SUBMITTED"),
        language=get_language() or "en",
    )


def _put_clock(document: Document, report: SeriousEvent) -> None:
    due = moment(timezone.localtime(Clock(report.aware_at).due_at)) if report.aware_at else ""
    document.facts(
        [
            (_("Site learned of it"), _time(report.aware_at)),
            (_("Due within 24 hours"), due),
            (_("Submitted"), _time(report.submitted_at)),
            (_("Submitted by"), str(report.submitted_by or "")),
        ]
    )
    if report.late_reason:
        document.note(
            _("Submitted after the 24 hours: %(reason)s") % {"reason": report.late_reason},
            kind="alert",
        )


def _put_patient(document: Document, report: SeriousEvent) -> None:
    patient = report.patient
    document.heading(_("Patient and trial"))
    document.facts(
        [
            (_("Patient number"), str(patient)),
            (_("Site"), f"{patient.site.code} {patient.site.name}"),
            (_("Sex"), str(patient.get_sex_display())),
            (_("Date of birth"), str(patient.born_on)),
            (_("Background regimen"), patient.regimen),
            (_("Enrolled"), patient.enrolled_on.isoformat() if patient.enrolled_on else ""),
        ]
    )


def _put_seriousness(document: Document, report: SeriousEvent) -> None:
    document.heading(_("Why it is serious"))
    document.facts([_criterion(report, name) for name in SeriousEvent.CRITERIA])
    stay = [pair for name in ("admitted_on", "discharged_on") if (pair := _pair(report, name))[1]]
    document.facts(stay)
    if report.importance:
        document.facts([_pair(report, "importance")], columns=1)


def _put_event(document: Document, report: SeriousEvent) -> None:
    document.heading(_("Event"))
    document.facts(
        [
            _pair(report, name)
            for name in ("diagnosis", "grade", "started_on", "started_time", "outcome", "ended_on")
        ]
    )
    document.heading(_("What happened"), level=3)
    document.paragraph(report.description or "–")
    document.facts(
        [_pair(report, name) for name in ("history", "treatment") if getattr(report, name)],
        columns=1,
    )


def _put_causality(document: Document, report: SeriousEvent) -> None:
    document.heading(_("Causality"))
    names = names_of_drugs(report.patient)
    fields = {field.name: field for field in captured_fields(SeriousEventDrug)}
    rows: list[list[str | Cell]] = [
        [
            Cell(_("Study capsules"), "strong"),
            _answer(report, "related_to_capsules"),
            _answer(report, "expectedness"),
            _answer(report, "action_with_capsules"),
        ]
    ]
    for row in report.rows.order_by("row_number"):
        relation, action = (
            answer_of(fields[name], getattr(row, name), row.missing)
            for name in ("relation", "action")
        )
        rows.append([capfirst(names.get(row.drug, row.drug)), relation, "", action])
    document.table(
        [_("Drug"), _("Related"), _("Expectedness"), _("Action taken")],
        rows,
        widths=[3, 2, 2, 3],
    )
    if report.other_cause:
        document.facts([_pair(report, "other_cause")], columns=1)


def _put_death(document: Document, report: SeriousEvent) -> None:
    if report.is_death != YesNo.YES:
        return
    document.heading(_("Death"))
    document.facts([_pair(report, name) for name in ("died_on", "autopsy")])
    document.facts(
        [
            _pair(report, name)
            for name in ("death_cause", "autopsy_findings")
            if name == "death_cause" or getattr(report, name)
        ],
        columns=1,
    )


def _put_changes(document: Document, report: SeriousEvent) -> None:
    if report.version == 0:
        return
    before = SeriousEvent.objects.get(
        patient=report.patient, event_number=report.event_number, version=report.version - 1
    )
    before.patient = report.patient
    document.heading(_("New against the report before"))
    document.table(
        [_("Field"), _("Before"), _("Now")],
        [
            [item.label, Cell(item.old, "muted"), Cell(item.new, "changed")]
            for item in changes_since(before, report)
        ],
        widths=[2, 3, 3],
        empty=_("Nothing else differs from the report before."),
    )


def _put_end(document: Document, report: SeriousEvent) -> None:
    document.heading(_("Reporter"))
    document.facts([_pair(report, name) for name in ("reporter", "is_final")])
    document.signatures([Signature(_("Investigator"))])


def _criterion(report: SeriousEvent, name: str) -> Pair:
    label, answer = _pair(report, name)
    is_met = getattr(report, name) == YesNo.YES
    return label, Cell(str(answer), "alert" if is_met else "muted")


def _pair(report: SeriousEvent, name: str) -> Pair:
    label = str(report._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
    return capfirst(label), _answer(report, name)


def _answer(report: SeriousEvent, name: str) -> str:
    [field] = [item for item in captured_fields(SeriousEvent) if item.name == name]
    return answer_of(field, getattr(report, name), report.missing)


def _time(at: datetime | None) -> str:
    return moment(timezone.localtime(at)) if at else ""
