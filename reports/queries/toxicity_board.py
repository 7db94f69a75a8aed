"""The board as one person reads it: tiles of the cohorts, a strip for each patient, the events.

All patients count for everybody, as in the figures of the dashboard. Those whom the person may not
see stand without number, event and link.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from django.urls import reverse
from django.utils.translation import gettext as _

from outcomes import catalog
from outcomes.calc.cohorts import FilledCohort
from outcomes.calc.toxicity import (
    Assessed,
    Standing,
    Toxicity,
    in_order,
    is_within,
    standing,
)
from outcomes.models import AdverseEvent, CohortDecision, ToxicityJudgement
from outcomes.queries.toxicity import Board
from outcomes.queries.toxicity_settings import allowed_in_words
from reports.queries.toxicity_words import STANDINGS, VERDICTS, state_of

WIDTH = 600
"""Of a strip, in units of its drawing."""


@dataclass(frozen=True)
class Reader:
    """Who reads: patients by number whom they see, sites at which they judge, and whether records
    of patients open for them."""

    slug: str
    """Of the trial."""
    language: str
    seen: Mapping[str, int]
    opens: bool
    judges_at: Collection[int]
    decides: bool


@dataclass(frozen=True)
class EventLine:
    """`day` of the window, `x` its place in the strip. Of a patient whom the reader may not see
    nothing else is told but standing and grade."""

    standing: Standing
    grade: int | None
    must_be_judged: bool
    x: str
    number: str = ""
    name: str = ""
    day: str = ""
    relation: str = ""
    judgement: ToxicityJudgement | None = None
    is_changed: bool = False
    href: str = ""
    judge_href: str = ""

    @property
    def standing_text(self) -> str:
        return str(STANDINGS[self.standing])


@dataclass(frozen=True)
class PatientLine:
    """`bar`: how far the patient is observed, as a width in the strip. `by_order`: the cohort of
    the patient by the order of enrollment, where a decision made another one last."""

    member: Assessed
    number: str
    href: str
    site: str
    state: str
    doses: str
    bar: str
    events: list[EventLine]
    by_order: str

    @property
    def counting(self) -> list[EventLine]:
        return [line for line in self.events if line.standing in _COUNT]


@dataclass(frozen=True)
class Tile:
    cohort: FilledCohort
    name: str
    allowed: str
    verdict: str
    decision: CohortDecision | None
    has_changed: bool
    """Since that decision."""
    decide_href: str
    patients: list[PatientLine]

    @property
    def to_judge(self) -> int:
        lines = (line for patient in self.patients for line in patient.counting)
        return sum(line.must_be_judged for line in lines)

    @property
    def out_of_order(self) -> int:
        return sum(bool(patient.by_order) for patient in self.patients)


@dataclass(frozen=True)
class BoardPage:
    """`ticks`: position and number of days under which the strips stand."""

    tiles: list[Tile]
    events: list[EventLine]
    others: list[EventLine]
    """Of a window, and not proposed: an investigator may name one."""
    ungraded: int
    hidden: int
    """Patients whom the reader may not see."""
    ticks: list[tuple[str, int]]


_COUNT = (Standing.PROPOSED, Standing.CONFIRMED)


def board_page(board: Board, decisions: list[CohortDecision], reader: Reader) -> BoardPage:
    names = {each.id: each.name.in_language(reader.language) for each in board.rule.cohorts}
    newest = {each.cohort: each for each in reversed(decisions)}
    tiles = [
        _tile(board, cohort, names[cohort.id], newest.get(cohort.id), reader)
        for cohort in board.cohorts
    ]
    patients = [patient for tile in tiles for patient in tile.patients]
    lines = [line for patient in patients if patient.number for line in patient.events]
    return BoardPage(
        tiles,
        events=[line for line in lines if line.standing is not Standing.NONE],
        others=[line for line in lines if line.standing is Standing.NONE],
        ungraded=sum(line.grade is None for patient in patients for line in patient.events),
        hidden=sum(not patient.number for patient in patients),
        ticks=_ticks(board.rule.window_days),
    )


def _tile(
    board: Board,
    cohort: FilledCohort,
    name: str,
    decision: CohortDecision | None,
    reader: Reader,
) -> Tile:
    counts = decision.counts if decision is not None else {}
    decide = reverse("reports:cohort-decide", args=[reader.slug, cohort.id])
    return Tile(
        cohort,
        name,
        allowed_in_words(cohort.size, cohort.allowed),
        str(VERDICTS[cohort.verdict]),
        decision,
        has_changed=decision is not None
        and any(counts.get(key) != value for key, value in cohort.counts.items()),
        decide_href=decide if reader.decides else "",
        patients=[_patient(board, member, reader) for member in cohort.members],
    )


def _patient(board: Board, member: Assessed, reader: Reader) -> PatientLine:
    number = member.person.number
    names = {each.id: each.name.in_language(reader.language) for each in board.rule.cohorts}
    pk = reader.seen.get(number)
    shown = number if pk is not None else ""
    patient = board.patients[number]
    href = reverse("enrollment:patient-detail", args=[pk]) if shown and reader.opens else ""
    return PatientLine(
        member,
        shown,
        href,
        patient.site.code,
        state_of(member),
        _doses(member),
        bar=_bar(member, board),
        events=[
            _event(board, member, event, reader, shown)
            for event in in_order(_of_window(member, board))
        ],
        by_order=names.get(board.out_of_order.get(number, ""), ""),
    )


def _of_window(member: Assessed, board: Board) -> list[Toxicity]:
    person, rule = member.person, board.rule
    return [
        event
        for event in person.events
        if standing(event, person, rule) is not Standing.NONE or is_within(event, person, rule)
    ]


def _event(
    board: Board, member: Assessed, event: Toxicity, reader: Reader, number: str
) -> EventLine:
    day = _day(member, event)
    line = EventLine(
        standing(event, member.person, board.rule),
        event.grade,
        must_be_judged=event.must_be_judged,
        x=_x((day or 1) - 0.5, board),
    )
    if not number:
        return line
    row = board.events[event.key]
    judges = board.patients[member.person.number].site_id in reader.judges_at
    return replace(
        line,
        number=number,
        name=row.term_other or catalog.in_language(row.term, reader.language),
        day=str(day) if day is not None else _("not known"),
        relation=str(row.get_related_to_capsules_display()) or _("not known"),
        judgement=board.judgements.get(event.key),
        is_changed=event.is_changed,
        href=_record(row) if reader.opens else "",
        judge_href=reverse("reports:toxicity-judge", args=[reader.slug, event.key])
        if judges
        else "",
    )


def _record(row: AdverseEvent) -> str:
    return reverse("enrollment:log-form", args=[row.patient_id, "adverse-events", row.pk])


def _day(member: Assessed, event: Toxicity) -> int | None:
    """Of the window, on which the event can have begun at the earliest; None if not known."""
    first, last = member.person.first_dose_on, member.window_ends_on
    if first is None or last is None or event.started_on is None:
        return None
    return (min(max(event.started_on.first_day, first), last) - first).days + 1


def _doses(member: Assessed) -> str:
    if not member.planned:
        return "–"
    taken = "?" if member.taken is None else member.taken
    return f"{taken} / {member.planned}"


def _bar(member: Assessed, board: Board) -> str:
    first, last = member.person.first_dose_on, member.window_ends_on
    if first is None or last is None:
        return ""
    end = min(last, board.today, member.person.left_on or last)
    return _x(max((end - first) / timedelta(days=1) + 1, 0), board)


def _x(days: float, board: Board) -> str:
    return f"{WIDTH * days / board.rule.window_days:.1f}"


def _ticks(window_days: int) -> list[tuple[str, int]]:
    """Every seventh day, and the last one."""
    days = {1, *range(7, window_days, 7), window_days}
    return [(f"{WIDTH * (day - 0.5) / window_days:.1f}", day) for day in sorted(days)]
