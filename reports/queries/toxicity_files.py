"""The board and its log as rows of CSV: codes and English names, the first row is the header."""

from collections.abc import Callable, Mapping
from datetime import UTC

from outcomes.calc.toxicity import Assessed
from outcomes.models import CohortDecision
from outcomes.queries.toxicity import Board

Rows = list[list[object]]

PATIENTS = (
    "cohort",
    "cohort_by_order",
    "patient",
    "site",
    "enrolled_on",
    "first_dose_on",
    "window_ends_on",
    "state",
    "reason",
    "capsules_planned",
    "capsules_taken",
    "dlt_term",
    "dlt_grade",
    "dlt_started_on",
    "judged",
    "judged_because",
)
COUNTS = (
    "planned",
    "enrolled",
    "treated",
    "evaluable",
    "pending",
    "not_evaluable",
    "dlts",
    "allowed",
    "verdict",
    "version",
)
DECISIONS = ("decided_at", "decided_by", "cohort", "decision", "reason", *COUNTS)


def patient_table(board: Board, _decisions: list[CohortDecision], seen: Mapping[str, int]) -> Rows:
    """Patients whom the person may not see stand without number and event."""
    rows: Rows = [list(PATIENTS)]
    for cohort in board.cohorts:
        for member in cohort.members:
            number = member.person.number
            by_order = board.out_of_order.get(number, cohort.id)
            shown = _patient(board, member, is_seen=number in seen)
            rows.append([cohort.id, by_order, *shown])
    return rows


def _patient(board: Board, member: Assessed, *, is_seen: bool) -> list[object]:
    person = member.person
    event = member.counting[0] if member.counting and is_seen else None
    judgement = board.judgements.get(event.key) if event is not None else None
    return [
        person.number if is_seen else "",
        board.patients[person.number].site.code,
        person.enrolled_on,
        person.first_dose_on,
        member.window_ends_on,
        str(member.state),
        str(member.why),
        member.planned or None,
        member.taken,
        event.term if event else "",
        event.grade if event else None,
        event.started_on if event else None,
        "confirmed" if judgement and judgement.is_dose_limiting else "",
        judgement.reason if judgement else "",
    ]


def decision_table(
    _board: Board, decisions: list[CohortDecision], _seen: Mapping[str, int]
) -> Rows:
    """Newest first, times in UTC."""
    return [
        list(DECISIONS),
        *(
            [
                each.decided_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                str(each.decided_by),
                each.cohort,
                each.decision,
                each.reason,
                *(each.counts.get(name) for name in COUNTS),
            ]
            for each in decisions
        ),
    ]


FILES: dict[str, Callable[[Board, list[CohortDecision], Mapping[str, int]], Rows]] = {
    "patients": patient_table,
    "decisions": decision_table,
}
