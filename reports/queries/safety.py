"""What the pages on safety and quality of life say of a snapshot's parts: names and percentages."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar
from urllib.parse import urlencode

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from core.fields import captured_fields
from dosing.models.decisions import CAPSULES, DoseDecision
from enrollment.calc.definition import Definition
from outcomes import catalog
from outcomes.calc.lab_grades.panel import CORRECTED_CALCIUM
from outcomes.calc.snapshot.safety_summary import (
    NO_CLASS,
    ChangePoint,
    EventLine,
    EventSet,
    Exposure,
    QualityOfLife,
    Safety,
    ScaleChange,
    Shift,
    Spread,
    Trend,
    TrendPoint,
)
from outcomes.models import Laboratory
from outcomes.models.quality_of_life import SCALE_LABELS

EVENT_SETS: tuple[EventSet, ...] = ("all", "emergent", "related", "serious")
SEVERE = 3
"""Grade from which an event or a value is severe (CTCAE, general guidance)."""
FEWEST = 5
"""A visit with fewer patients says little: it is in the data, but neither drawn nor shaded."""
RELEVANT_POINTS = 10
"""A change that patients call moderate (Osoba 1998, J Clin Oncol 16:139)."""


Point = TypeVar("Point", TrendPoint, ChangePoint)


@dataclass(frozen=True)
class Share:
    """`href`: the patients who are counted."""

    count: int
    n: int
    href: str = ""

    @property
    def percent(self) -> float | None:
        return 100 * self.count / self.n if self.n else None

    @property
    def text(self) -> str:
        """`12 (30.0 %)`."""
        return f"{self.count} ({self.percent:.1f} %)" if self.percent is not None else "0"


@dataclass(frozen=True)
class EventRow:
    """`shares`: all, treatment-emergent, related, serious, severe. `grades`: people by worst, with
    the address of who they are."""

    label: str
    is_class: bool
    shares: list[Share]
    grades: list[tuple[int, str]]


Behind = Callable[..., str]
"""The address of the patients behind a count; the names are those of `behind_found.Wanted`."""


def event_rows(safety: Safety, *, language: str, behind: Behind) -> list[EventRow]:
    """The line of all events first, then organ classes with their terms."""
    names = event_names(safety, language=language)
    n = safety["population"]["n"]
    return [
        EventRow(
            label=names[line["organ_class"], line["term"]],
            is_class=not line["term"],
            shares=[
                Share(
                    count,
                    n,
                    behind(events=kind, organ_class=line["organ_class"], term=line["term"]),
                )
                for kind, count in _counts(line).items()
            ],
            grades=[
                (
                    count,
                    behind(
                        events="all",
                        organ_class=line["organ_class"],
                        term=line["term"],
                        grade=str(grade),
                    ),
                )
                for grade, count in enumerate(line["sets"]["all"], start=1)
            ],
        )
        for line in safety["events"]
    ]


def _counts(line: EventLine) -> dict[str, int]:
    """By kind, in the order of the table's columns."""
    return {
        **{name: sum(line["sets"][name]) for name in EVENT_SETS},
        "severe": severe_of(line["sets"]["all"]),
    }


def kind_names() -> dict[str, str]:
    return {
        "all": _("any event"),
        "emergent": _("treatment-emergent"),
        "related": _("related"),
        "serious": _("serious"),
        "severe": _("grade 3 to 5"),
    }


def severe_of(grades: list[int]) -> int:
    return sum(grades[SEVERE - 1 :])


def event_names(safety: Safety, *, language: str) -> dict[tuple[str, str], str]:
    """Organ class and term of each line to what a person reads."""
    classes = _class_names(safety["ctcae_version"], language)
    return {
        (line["organ_class"], line["term"]): _event_name(
            classes, line["organ_class"], line["term"], language
        )
        for line in safety["events"]
    }


def event_name(ctcae_version: str, organ_class: str, term: str, *, language: str) -> str:
    """What a person reads for a term, for a whole class, and for all events together."""
    return _event_name(_class_names(ctcae_version, language), organ_class, term, language)


def _class_names(ctcae_version: str, language: str) -> dict[str, str]:
    terms = catalog.terms(ctcae_version)
    known = {term.organ_class: term.organ_class_in_language(language) for term in terms}
    return known | {"": _("Any adverse event"), NO_CLASS: _("In no class of the catalog")}


def _event_name(classes: Mapping[str, str], organ_class: str, term: str, language: str) -> str:
    return catalog.in_language(term, language) if term else classes.get(organ_class, organ_class)


def lab_names() -> dict[str, str]:
    """Laboratory test to its label with the unit, as the form says them."""
    fields = {field.name: field for field in captured_fields(Laboratory)}
    names = {
        name: f"{field.verbose_name} ({field.unit})" if field.unit else str(field.verbose_name)
        for name, field in fields.items()
    }
    return names | {
        CORRECTED_CALCIUM: _("calcium, corrected for albumin (%(unit)s)")
        % {"unit": fields["calcium_mmol_l"].unit}
    }


def treatment_names(definition: Definition, *, language: str) -> dict[str, str]:
    """Treatment of the exposure to its name; the capsules under the one that may be shown."""
    drugs = {drug.id: drug.name.in_language(language) for drug in definition.background}
    return drugs | {CAPSULES: definition.products[0].shown_name.in_language(language)}


def direction_names() -> dict[str, str]:
    return {"L": _("low"), "H": _("high")}


@dataclass(frozen=True)
class ShiftRow:
    """One direction of one test over all patients; `href` shows its table."""

    test: str
    label: str
    direction: str
    graded: Share
    not_graded: Share
    worsened: Share
    severe: Share
    href: str


def shift_rows(safety: Safety, *, chosen: Mapping[str, str], behind: Behind) -> list[ShiftRow]:
    """`chosen`: what the address says already."""
    names = lab_names()
    return [
        _shift_row(shift, names.get(shift["test"], shift["test"]), chosen, _of_shift(shift, behind))
        for shift in safety["shifts"]
    ]


def _of_shift(shift: Shift, behind: Behind) -> Behind:
    return partial(behind, item=shift["test"], direction=shift["direction"])


def _shift_row(shift: Shift, label: str, chosen: Mapping[str, str], behind: Behind) -> ShiftRow:
    graded = sum(map(sum, shift["counts"]))
    severe = sum(severe_of(row[1:]) for row in shift["counts"])
    return ShiftRow(
        test=shift["test"],
        label=label,
        direction=direction_names()[shift["direction"]],
        graded=Share(graded, graded, behind(status="graded")),
        not_graded=Share(shift["not_graded"], graded, behind(status="not-graded")),
        worsened=Share(worsened_of(shift), graded, behind(status="worsened")),
        severe=Share(severe, graded, behind(status="severe")),
        href=f"?{urlencode({**chosen, 'test': shift['test']})}#laboratory",
    )


def worsened_of(shift: Shift) -> int:
    """Patients whose worst grade is above the one at baseline; an unknown baseline is none."""
    return sum(
        number
        for baseline, row in enumerate(shift["counts"][:-1])
        for worst, number in enumerate(row)
        if worst > baseline
    )


@dataclass(frozen=True)
class HeatCell:
    """`heat` from 0 (nobody) to 4 (more than three quarters of the row's largest share)."""

    count: int
    heat: int
    is_worse: bool
    href: str


@dataclass(frozen=True)
class ShiftTable:
    """`rows`: the grade at baseline, and a cell for each worst grade."""

    title: str
    rows: list[tuple[str, list[HeatCell]]]
    graded: int
    not_graded: int


def shift_tables(safety: Safety, test: str, *, language: str, behind: Behind) -> list[ShiftTable]:
    """Low and high direction of the test apart."""
    directions = direction_names()
    return [
        ShiftTable(
            title=_("%(term)s (%(direction)s)")
            % {
                "term": catalog.in_language(shift["term"], language),
                "direction": directions[shift["direction"]],
            },
            rows=_heat_rows(shift, _of_shift(shift, behind)),
            graded=sum(map(sum, shift["counts"])),
            not_graded=shift["not_graded"],
        )
        for shift in safety["shifts"]
        if shift["test"] == test
    ]


def _heat_rows(shift: Shift, behind: Behind) -> list[tuple[str, list[HeatCell]]]:
    most = max((number for row in shift["counts"] for number in row), default=0)
    unknown = len(shift["counts"]) - 1
    return [
        (
            _("not known") if baseline == unknown else str(baseline),
            [
                HeatCell(
                    count=number,
                    # A quarter of the largest count a step; nobody is white.
                    heat=-(-4 * number // most) if most else 0,
                    is_worse=baseline != unknown and worst > baseline,
                    href=behind(baseline=str(baseline), worst=str(worst)),
                )
                for worst, number in enumerate(row)
            ],
        )
        for baseline, row in enumerate(shift["counts"])
    ]


def trend_of(safety: Safety, test: str) -> Trend | None:
    return next((trend for trend in safety["trends"] if trend["test"] == test), None)


@dataclass(frozen=True)
class ExposureRow:
    """`hrefs`: of who got it, whose intensity is known, whose compliance is, whose dose is not."""

    label: str
    patients: int
    courses: str
    intensity: str
    compliance: str
    unknown: int
    decisions: str
    hrefs: dict[str, str]


def exposure_rows(
    exposure: Exposure, names: Mapping[str, str], *, behind: Behind
) -> list[ExposureRow]:
    return [
        ExposureRow(
            label=names.get(part["treatment"], part["treatment"]),
            patients=part["patients"],
            courses=spread_text(part["courses"]),
            intensity=spread_text(part["intensity"]),
            compliance=spread_text(part["compliance"]),
            unknown=part["unknown"],
            decisions=", ".join(
                f"{_action_names().get(item['action'], item['action'])}: {item['patients']}"
                for item in part["decisions"]
            ),
            hrefs={
                status or "all": behind(item=part["treatment"], status=status)
                for status in ("", "intensity", "compliance", "unknown")
            },
        )
        for part in exposure["treatments"]
    ]


def _action_names() -> dict[str, str | Promise]:
    return dict(DoseDecision.Action.choices)


def spread_text(values: Spread, *, places: int = 1) -> str:
    """Median with quartiles: `92.3 (75.1–96.7)`; a dash where there is nobody."""
    if values["median"] is None or values["q1"] is None or values["q3"] is None:
        return "–"
    median, q1, q3 = (f"{values[name]:.{places}f}" for name in ("median", "q1", "q3"))
    return f"{median} ({q1}–{q3})"


@dataclass(frozen=True)
class ScaleRow:
    """`changes`: of each visit, none where nobody answered then."""

    scale: str
    label: str
    baseline: str
    baseline_href: str
    changes: list["ChangeCell | None"]
    href: str


@dataclass(frozen=True)
class ChangeCell:
    """`mood` is better, worse or empty, by `RELEVANT_POINTS`."""

    text: str
    n: int
    mood: str
    href: str


def marker_name(marker: str) -> str:
    return {"afp_ug_l": "AFP", "cea_ug_l": "CEA"}.get(marker, marker)


def scale_name(scale: str) -> str:
    return str(SCALE_LABELS.get(scale, scale))


def scale_of(part: QualityOfLife, name: str) -> ScaleChange | None:
    """The scale asked for, else the first one."""
    scales = part["scales"]
    return next(
        (scale for scale in scales if scale["scale"] == name), scales[0] if scales else None
    )


def change_visits(part: QualityOfLife) -> list[str]:
    """Visits with a change in any scale, by day."""
    days = {point["visit"]: point["day"] for scale in part["scales"] for point in scale["visits"]}
    return sorted(days, key=lambda visit: (days[visit], visit))


def scale_rows(part: QualityOfLife, *, chosen: Mapping[str, str], behind: Behind) -> list[ScaleRow]:
    """`chosen`: what the address says already."""
    visits = change_visits(part)
    rows = []
    for scale in part["scales"]:
        points = {point["visit"]: point for point in scale["visits"]}
        rows.append(
            ScaleRow(
                scale=scale["scale"],
                label=scale_name(scale["scale"]),
                baseline=spread_text(scale["baseline"]),
                baseline_href=behind(item=scale["scale"], status="baseline"),
                changes=[
                    ChangeCell(
                        text=signed(points[visit]["mean"]),
                        n=points[visit]["n"],
                        mood=mood_of(points[visit]["mean"], scale["kind"], points[visit]["n"]),
                        href=behind(item=scale["scale"], visit=visit),
                    )
                    if visit in points
                    else None
                    for visit in visits
                ],
                href=f"?{urlencode({**chosen, 'scale': scale['scale']})}",
            )
        )
    return rows


def enough(points: Sequence[Point]) -> Sequence[Point]:
    """Those of enough patients; all of them where no visit has enough."""
    return [point for point in points if point["n"] >= FEWEST] or points


def mood_of(change: float, kind: str, n: int) -> str:
    """Down is better for a symptom, worse for everything else."""
    if abs(change) < RELEVANT_POINTS or n < FEWEST:
        return ""
    return "better" if (change < 0) == (kind == "symptom") else "worse"


def signed(value: float) -> str:
    """One decimal place with its sign; nothing is -0.0."""
    return f"{value + 0:+.1f}".replace("-0.0", "0.0").replace("+0.0", "0.0").replace("-", "−")
