"""What the state of a serious event allows. `check_x` raises the sentence that a person reads."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from core.fields.captured import YesNo
from core.refusals import Refused
from outcomes.calc.clock import Clock
from outcomes.models import AdverseEvent, SeriousEvent


def check_can_start_report(event: AdverseEvent, reports: Sequence[SeriousEvent]) -> None:
    if event.is_serious != YesNo.YES:
        raise Refused(_("Mark the adverse event as serious first."))
    if reports:
        raise Refused(_("The initial report of this event exists already."))


def check_can_follow_up(reports: Sequence[SeriousEvent]) -> None:
    if not reports:
        raise Refused(_("Write and submit the initial report first."))
    if not reports[-1].is_submitted:
        raise Refused(_("Submit the report that is open before you write the next one."))


def check_can_submit(report: SeriousEvent, *, at: datetime, late_reason: str) -> None:
    if report.is_submitted:
        raise Refused(_("This report was submitted already."))
    if not report.is_complete:
        raise Refused(_("Complete the report first: fields are still empty."))
    if report.aware_at is not None and Clock(report.aware_at).is_late(at) and not late_reason:
        raise Refused(_("The 24 hours are over: say why the report is late."))
