"""What a scan shows by each set of criteria, in the words and figures of a page."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from enrollment.calc.definition import Definition
from outcomes.calc.ledger import Judged, Ledger, Scan, is_too_little_viable, judge
from outcomes.calc.rules import EndpointRules
from outcomes.calc.snapshot.settings import criteria_of, endpoint_rules
from outcomes.calc.snapshot.summary import Criteria
from outcomes.words import CRITERIA, review_sentences, rule_sentences

NO_VALUE = "–"


@dataclass(frozen=True)
class Line:
    """One set of criteria on one scan, as texts. `code` is the overall response of RECIST's words
    and empty at baseline."""

    name: str
    sum: str
    baseline: str
    baseline_on: date | None
    from_baseline: str
    nadir: str
    nadir_on: date | None
    from_nadir: str
    target: str = ""
    nontarget: str = ""
    overall: str = ""
    code: str = ""
    why: tuple[str, ...] = ()
    review: tuple[str, ...] = ()


def scan_lines(ledger: Ledger, key: int, definition: Definition) -> list[Line]:
    """The lines of the scan with this key, in the order of the definition's criteria."""
    rules = endpoint_rules(definition)
    found: list[Line] = []
    for criteria in criteria_of(definition):
        judged = [item for item in judge(ledger, criteria, rules) if item.scan.key == key]
        found.extend(line_of(item, ledger, rules) for item in judged)
    return found


def baseline_lines(ledger: Ledger, scan: Scan, definition: Definition) -> list[Line]:
    """The sums of a baseline scan; none while a target has no number."""
    rules = endpoint_rules(definition)
    targets = {lesion.key for lesion in ledger.lesions if lesion.kind == "TARGET"}
    marks = [mark for key, mark in scan.marks.items() if key in targets]
    found = []
    for criteria in criteria_of(definition):
        is_viable = criteria == "mrecist"
        sizes = [
            mark.size_mm(rules, is_viable=is_viable and mark.viable_mm is not None)
            for mark in marks
            if not (is_viable and is_too_little_viable(mark.viable_mm))
        ]
        known = [size for size in sizes if size is not None]
        total = millimeters(float(sum(known))) if known and len(known) == len(sizes) else NO_VALUE
        found.append(Line(CRITERIA[criteria], total, total, scan.day, "", NO_VALUE, None, ""))
    return found


def line_of(judged: Judged, ledger: Ledger, rules: EndpointRules) -> Line:
    proposal, immune = judged.proposal, judged.immune
    total = proposal.sum_mm
    return Line(
        name=CRITERIA[judged.criteria],
        sum=millimeters(total),
        baseline=millimeters(proposal.baseline_mm),
        baseline_on=ledger.baselines[-1].day if ledger.baselines else None,
        from_baseline=change(total, proposal.baseline_mm),
        nadir=millimeters(proposal.nadir_mm),
        nadir_on=judged.nadir_on,
        from_nadir=change(total, proposal.nadir_mm),
        target=proposal.target or NO_VALUE,
        nontarget=_word(proposal.nontarget, judged.criteria) or NO_VALUE,
        overall=immune.answer if immune else _word(proposal.overall, judged.criteria),
        code=proposal.overall,
        why=tuple(rule_sentences(immune.rule if immune else proposal.rule, rules)),
        review=tuple(review_sentences(proposal.review)),
    )


def _word(response: str, criteria: Criteria) -> str:
    """mRECIST has a word of its own (Lencioni and Llovet 2010)."""
    return "IR/SD" if criteria == "mrecist" and response == "NON-CR/NON-PD" else response


def millimeters(mm: float | None) -> str:
    return NO_VALUE if mm is None else f"{mm:.1f}"


def change(now_mm: float | None, before_mm: float | None) -> str:
    """In percent, cut after one decimal place: 29.96 % must not read as the 30 % of a rule."""
    if now_mm is None or not before_mm:
        return NO_VALUE
    now, before = round(now_mm * 1000), round(before_mm * 1000)
    tenths = abs(now - before) * 1000 // before
    sign = "+" if now > before else "−" if now < before else ""
    return f"{sign}{tenths // 10}.{tenths % 10} %"


def notes(ledger: Ledger, scan: Scan) -> list[str]:
    """What keeps the rules from an answer, or what they do with the unusual."""
    found = []
    without = ledger.without_baseline()
    if without and not scan.is_baseline:
        found.append(
            _(
                "Nothing can be proposed: target lesion %(numbers)s has no diameter at baseline."
                " Measure it there, or enter it as new."
            )
            % {"numbers": _numbers(lesion.number for lesion in without)}
        )
    same_day = [
        other
        for other in ledger.followed
        if other.key != scan.key and other.day == scan.day and not scan.is_baseline
    ]
    if same_day:
        found.append(
            _(
                "Another scan is of the same day. Where one response is needed, the worse one"
                " counts, and “not evaluable” last."
            )
        )
    return found


def _numbers(numbers: Iterable[int | None]) -> str:
    return ", ".join(str(number) for number in numbers)
