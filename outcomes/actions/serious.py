"""Reports of serious adverse events: begin, submit, follow up, and warn when time runs out."""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial

from django.urls import reverse
from django.utils.translation import gettext as _

from core import audit
from core.actions.notices import store_notices
from core.fields import captured_fields
from core.fields.captured import YesNo
from core.models import Membership, NoticeKind, NoticeRecipient, User
from core.permissions import Permission, roles_with
from dosing.models.background import drugs_of
from enrollment import registry
from enrollment.actions import save_record
from enrollment.models import FormRow, Patient
from outcomes.calc.clock import Pace
from outcomes.models import AdverseEvent, ClockWarning, SeriousEvent, SeriousEventDrug
from outcomes.models.serious import RESOLVED
from outcomes.policies import check_can_follow_up, check_can_start_report, check_can_submit
from outcomes.queries.serious import Case, case_of, waiting_cases

FORM = "serious-events"

_ASKED_ANEW = ("aware_at", "is_final")
"""What a follow-up does not take over from the report before."""


def note_seriousness(event: AdverseEvent, *, at: datetime) -> None:
    """Keeps the time at which the event was first marked as serious; called when it is saved."""
    is_serious = event.is_serious == YesNo.YES
    if is_serious == (event.serious_since is not None):
        return
    event.serious_since = at if is_serious else None
    event.save(update_fields=["serious_since"])


def start_report(event: AdverseEvent, *, by: User) -> SeriousEvent:
    """The initial report as a draft, filled with what the log of adverse events says.

    Raises:
        Refused: the event is not serious, or has a report.
    """
    with audit.writing(by=by):
        Patient.objects.select_for_update().get(pk=event.patient_id)
        check_can_start_report(event, case_of(event).reports)
        is_death = YesNo.YES if event.grade == AdverseEvent.Grade.GRADE_5 else ""
        is_fatal = event.outcome == AdverseEvent.Outcome.FATAL
        report = SeriousEvent(
            patient=event.patient,
            event_number=event.row_number,
            diagnosis=event.name,
            grade=event.grade,
            started_on=event.started_on,
            ended_on=event.ended_on if event.outcome in RESOLVED else None,
            is_death=is_death,
            died_on=event.ended_on if is_death and is_fatal else None,
            related_to_capsules=event.related_to_capsules,
            action_with_capsules=event.action_taken,
            outcome=event.outcome,
            reporter=str(by),
        )
        rows = [SeriousEventDrug(drug=drug.id) for drug in drugs_of(event.patient)]
        return _save(report, rows, by=by)


def start_follow_up(event: AdverseEvent, *, by: User) -> SeriousEvent:
    """The next report as a draft that says what the last one said.

    Raises:
        Refused: there is no report yet, or one is open.
    """
    with audit.writing(by=by):
        Patient.objects.select_for_update().get(pk=event.patient_id)
        reports = case_of(event).reports
        check_can_follow_up(reports)
        last = reports[-1]
        report = SeriousEvent(patient=event.patient, version=last.version + 1)
        _copy(last, report, without=_ASKED_ANEW)
        rows = []
        for row in last.rows.order_by("row_number"):
            rows.append(SeriousEventDrug())
            _copy(row, rows[-1])
        return _save(report, rows, by=by)


def submit_report(
    report: SeriousEvent, *, by: User, at: datetime, late_reason: str = ""
) -> tuple[SeriousEvent, list[int]]:
    """Stamps the report, which nobody can change from then on, and stores the notices to send.

    Raises:
        Refused: the report is a draft, was submitted, or is late without a reason.
    """
    late_reason = late_reason.strip()
    with audit.writing(by=by, reason=late_reason):
        Patient.objects.select_for_update().get(pk=report.patient_id)
        report = SeriousEvent.objects.select_related("patient__trial", "patient__site").get(
            pk=report.pk
        )
        check_can_submit(report, at=at, late_reason=late_reason)
        report.submitted_at, report.submitted_by = at, by
        report.late_reason = late_reason
        report.save(update_fields=["submitted_at", "submitted_by", "late_reason"])
        audit.record("serious-event-submitted", by=by, target=report, version=report.version)
        event = AdverseEvent.objects.get(
            patient=report.patient, row_number=report.event_number or 0
        )
        return report, _tell_submitted(report, event)


def warn_of_clocks(*, at: datetime) -> list[int]:
    """Tells people once when a clock is nearly over and once when it is; the notices to send.

    Told are the named people and those who enter data at the site.
    """
    notices: list[int] = []
    for case in waiting_cases(AdverseEvent.objects.all()):
        pace = case.pace(at)
        if pace in (Pace.NEARLY_OVER, Pace.OVER):
            notices += _warn(case, ClockWarning.Stage(str(pace)), at)
    return notices


def _warn(case: Case, stage: ClockWarning.Stage, at: datetime) -> list[int]:
    with audit.writing(by=None):
        _warning, is_new = ClockWarning.objects.get_or_create(
            event=case.event,
            version=case.next_version,
            stage=stage,
            defaults={"warned_at": at},
        )
        if not is_new:
            return []
        subject = _subject_over if stage is ClockWarning.Stage.OVER else _subject_nearly_over
        return _store(case.event, subject, _text_clock, people=_people(case.event))


def _tell_submitted(report: SeriousEvent, event: AdverseEvent) -> list[int]:
    event.patient = report.patient
    return _store(event, _subject_submitted, partial(_text_submitted, report))


def _store(
    event: AdverseEvent,
    subject: Callable[[Patient], str],
    text: Callable[[Patient], str],
    people: Iterable[User] | None = None,
) -> list[int]:
    """No patient data: trial, site and number say where to look."""
    patient = event.patient
    return store_notices(
        NoticeKind.SERIOUS_EVENT,
        trial=patient.trial,
        subject=lambda: subject(patient),
        text=lambda: text(patient),
        path=reverse("outcomes:serious-detail", args=[event.pk]),
        people=people,
    )


def _people(event: AdverseEvent) -> list[User]:
    site = event.patient.site
    named = NoticeRecipient.objects.reached().filter(
        trial=event.patient.trial_id, kind=NoticeKind.SERIOUS_EVENT
    )
    held = Membership.objects.filter(
        trial=event.patient.trial_id,
        role__in=roles_with(Permission.RECORD_EDIT),
        revoked_at__isnull=True,
        user__is_active=True,
    )
    at_site = {item.user for item in held.select_related("user") if item.site_id in (None, site.pk)}
    everybody = {item.user for item in named.select_related("user")} | at_site
    return sorted(everybody, key=lambda user: user.pk)


def _names(patient: Patient) -> dict[str, str]:
    return {
        "trial": patient.trial.short_title,
        "site": patient.site.code,
        "patient": str(patient),
    }


def _subject_submitted(patient: Patient) -> str:
    return _("Serious adverse event reported: %(trial)s, patient %(patient)s") % _names(patient)


def _subject_nearly_over(patient: Patient) -> str:
    return _(
        "Less than 4 hours left to report: %(trial)s, patient %(patient)s, serious adverse event"
    ) % _names(patient)


def _subject_over(patient: Patient) -> str:
    return _("24 hours over: %(trial)s, patient %(patient)s, serious adverse event") % _names(
        patient
    )


def _text_submitted(report: SeriousEvent, patient: Patient) -> str:
    return _("%(report)s about patient %(patient)s, site %(site)s, trial %(trial)s.") % (
        _names(patient) | {"report": report.version_name}
    )


def _text_clock(patient: Patient) -> str:
    return _(
        "A serious adverse event of patient %(patient)s, site %(site)s, trial %(trial)s waits for"
        " its report. Open the page, complete the report and submit it."
    ) % _names(patient)


def _save(report: SeriousEvent, rows: list[SeriousEventDrug], *, by: User) -> SeriousEvent:
    save_record(registry.get(FORM), report, by=by, complete=False, rows=rows)
    return report


def _copy(
    source: SeriousEvent | FormRow, target: SeriousEvent | FormRow, *, without: tuple[str, ...] = ()
) -> None:
    for field in captured_fields(type(source)):
        if field.name not in without:
            setattr(target, field.name, getattr(source, field.name))
    target.missing = {name: code for name, code in source.missing.items() if name not in without}
