"""The patients behind a number of the dashboard, each with what made it count.

A person reads the lines of whom they may see; of the others, only how many there are.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.models import Trial, User
from enrollment.models import Visit
from outcomes.calc.response_words import CONTROLLED, RESPONDERS
from outcomes.calc.snapshot.summary import Population
from reports.queries.behind_found import Cell, Found, Label, Table, Wanted, whole
from reports.queries.behind_safety import OF_SAFETY
from reports.queries.dashboard import CRITERIA, Dashboard
from reports.queries.flow import (
    criterion_labels,
    end_of_study_labels,
    end_of_treatment_labels,
)
from reports.queries.patient_rows import (
    Line,
    PatientRows,
    patient_rows,
    seen_patients,
    stored_lines,
)
from reports.queries.subgroups import level_names


@dataclass(frozen=True)
class Part:
    """Only these of the patients: those of an arm, say, with its name."""

    name: str
    numbers: Collection[str]


@dataclass(frozen=True)
class Shown:
    text: str
    href: str = ""


@dataclass(frozen=True)
class Entry:
    number: str
    href: str
    site: str
    cells: list[Shown]


@dataclass(frozen=True)
class Listing:
    """`total` counts those too who are not among the entries."""

    title: str
    columns: list[str]
    entries: list[Entry]
    total: int
    population: Population | None
    """Whose patients they are; none for everybody who was screened."""

    @property
    def is_partial(self) -> bool:
        return len(self.entries) < self.total


def patients_behind(
    dashboard: Dashboard,
    wanted: Wanted,
    *,
    user: User,
    trial: Trial,
    links: bool,
    part: Part | None = None,
) -> Listing | None:
    """None for a number that there is not, and for a cut that does not tell its patients.

    `links`: whether the person may open the records of patients.
    """
    found = _found(dashboard, wanted)
    if found is None:
        return None
    title, columns, lines = found
    if part is not None:
        title = f"{title} · {part.name}"
        lines = [line for line in lines if line.number in part.numbers]
    seen = seen_patients(user, trial)
    known = [line for line in lines if line.number in seen]
    # Of a central reading there is no form that a person of the site may open.
    address = _addresses(known, seen) if links and dashboard.reader == "investigator" else {}
    entries = [_entry(line, seen[line.number], address, links=links) for line in known]
    return Listing(
        title,
        [str(column) for column in columns],
        entries,
        total=len(lines),
        population=_population(dashboard, wanted),
    )


def _population(dashboard: Dashboard, wanted: Wanted) -> Population | None:
    if wanted.what in OF_SAFETY:
        return dashboard.summary["adverse_events"]["population"]
    is_of_chosen = wanted.what not in FLOW or wanted.what == "population"
    return dashboard.population if is_of_chosen else None


def _found(dashboard: Dashboard, wanted: Wanted) -> Table | None:
    if wanted.what in FLOW:
        return _of_flow(dashboard, wanted)
    if wanted.what in OF_SAFETY:
        return OF_SAFETY[wanted.what](dashboard, wanted)
    rows = patient_rows(dashboard)
    if rows is None:
        return None
    if wanted.what in RESPONSES:
        return _of_responses(dashboard, rows, wanted)
    if wanted.what in TIMES:
        return _of_times(dashboard, rows, wanted)
    return None


# --- The flow of patients ---------------------------------------------------------------------

FLOW: dict[str, tuple[Label, Callable[[Line], object]]] = {
    "screened": (gettext_lazy("Screened"), lambda person: True),
    "not-eligible": (gettext_lazy("Not eligible"), lambda person: person["is_eligible"] == "N"),
    "not-enrolled": (gettext_lazy("Not enrolled"), lambda person: not person["patient"]),
    "enrolled": (gettext_lazy("Enrolled"), lambda person: person["patient"]),
    "treated": (gettext_lazy("Treated"), lambda person: person["first_dose_on"]),
    "not-treated": (
        gettext_lazy("Not treated"),
        lambda person: person["patient"] and not person["first_dose_on"],
    ),
    "on-treatment": (
        gettext_lazy("On treatment"),
        lambda person: person["first_dose_on"] and not person["treatment_ended_on"],
    ),
    "off-treatment": (gettext_lazy("Off treatment"), lambda person: person["treatment_ended_on"]),
    "off-study": (gettext_lazy("Off study"), lambda person: person["study_end_reason"]),
    "died": (gettext_lazy("Died"), lambda person: person["is_dead"] == "Y"),
    "population": (gettext_lazy("Population"), lambda person: True),
}
REASON_COLUMNS = {
    "not-eligible": "ineligible_because",
    "off-treatment": "treatment_end_reason",
    "off-study": "study_end_reason",
}


def _of_flow(dashboard: Dashboard, wanted: Wanted) -> Table | None:
    people = stored_lines(dashboard, "disposition").get("disposition")
    if people is None:
        return None
    label, belongs = FLOW[wanted.what]
    chosen = [
        person
        for person in people
        if belongs(person)
        and _has_reason(person, wanted)
        and _is_member(person, wanted, dashboard)
        and person["enrolled_on"].startswith(wanted.month)
    ]
    columns = [
        _("Screened"), _("Why not eligible"), _("Enrolled"), _("First dose"),
        _("Off treatment"), _("Off study"), _("Died"),
    ]  # fmt: skip
    labels = criterion_labels(dashboard)
    return str(label), columns, [_person(person, labels) for person in chosen]


def _has_reason(person: Line, wanted: Wanted) -> bool:
    if not wanted.reason or wanted.what not in REASON_COLUMNS:
        return True
    reasons = person[REASON_COLUMNS[wanted.what]].split(",")
    return wanted.reason in (reason.strip() for reason in reasons)


def _is_member(person: Line, wanted: Wanted, dashboard: Dashboard) -> bool:
    """The flow counts everybody, whatever population the figures beside it show."""
    if wanted.what != "population":
        return True
    return dashboard.population["id"] in person["populations"].split()


def _person(person: Line, criteria: Mapping[str, str]) -> Found:
    why = [reason.strip() for reason in person["ineligible_because"].split(",") if reason.strip()]
    off_treatment = end_of_treatment_labels().get(person["treatment_end_reason"], "")
    off_study = end_of_study_labels().get(person["study_end_reason"], "")
    ended = " · ".join(filter(None, [person["treatment_ended_on"], off_treatment]))
    return Found(
        person["patient"] or person["screening_number"],
        person["site"],
        [
            Cell(person["screened_on"]),
            Cell("; ".join(criteria.get(reason, reason) for reason in why)),
            Cell(person["enrolled_on"]),
            Cell(person["first_dose_on"]),
            Cell(ended, form="end-of-treatment" if ended else ""),
            Cell(off_study, form="end-of-study" if off_study else ""),
            Cell(person["death_date"], form="death" if person["death_date"] else ""),
        ],
    )


# --- Subgroups --------------------------------------------------------------------------------


def members_of(dashboard: Dashboard, wanted: Wanted) -> frozenset[str] | None:
    """The numbers of the patients of a subgroup; none where none is asked for."""
    if not wanted.factor:
        return None
    lines = stored_lines(dashboard, "subgroup_members").get("subgroup_members", [])
    return frozenset(
        line["patient"]
        for line in lines
        if (line["factor"], line["level"]) == (wanted.factor, wanted.level)
    )


def _narrowed(title: str, dashboard: Dashboard, wanted: Wanted) -> str:
    """The title with the name of the subgroup."""
    if not wanted.factor:
        return title
    names = level_names(dashboard.definition, language=dashboard.language)
    key = (wanted.factor, wanted.level)
    return f"{title} · {names.get(key, ': '.join(key))}"


# --- Best responses ---------------------------------------------------------------------------

RESPONSES: dict[str, tuple[Label, tuple[str, ...]]] = {
    "best": (gettext_lazy("Best response"), ()),
    "orr": (gettext_lazy("Responders"), RESPONDERS),
    "dcr": (gettext_lazy("Disease control"), CONTROLLED),
}


def _of_responses(dashboard: Dashboard, rows: PatientRows, wanted: Wanted) -> Table:
    label, counted = RESPONSES[wanted.what]
    by = "cbor" if dashboard.is_confirmed else "bor"
    kept = (wanted.response,) if wanted.response else counted
    members = members_of(dashboard, wanted)
    lines = [
        _responder(rows, number, by=by)
        for number in rows.people
        if (not kept or _best_of(rows, number, by) in kept)
        and (members is None or number in members)
    ]
    title = f"{label}, {CRITERIA[dashboard.criteria]}"
    if wanted.response:
        title = f"{title}: {wanted.response}"
    columns = [
        _("Best response"), _("Seen at"), _("Date"),
        # xgettext:no-python-format
        _("Best change, %"), _("Seen at"),
        _("New lesion at"),
    ]  # fmt: skip
    return _narrowed(title, dashboard, wanted), columns, lines


def _best_of(rows: PatientRows, number: str, by: str) -> str:
    """Whoever had not started by the cut has no line, and counts as not assessed."""
    best = rows.best.get(number)
    return best[by] if best is not None else "MISSING"


def _responder(rows: PatientRows, number: str, *, by: str) -> Found:
    best, change = rows.best.get(number, {}), rows.changes.get(number, {})
    pct = change.get("best_change_pct", "")
    return Found(
        number,
        rows.people[number]["site"],
        [
            Cell(_best_of(rows, number, by)),
            Cell(visit=best.get(f"{by}_visit", ""), form="tumor-assessment"),
            Cell(best.get(f"{by}_date", "")),
            Cell(f"{float(pct):+.1f}" if pct else ""),
            Cell(visit=change.get("best_change_visit", ""), form="tumor-assessment"),
            Cell(visit=change.get("new_lesion_visit", ""), form="tumor-assessment"),
        ],
    )


# --- Times to an event ------------------------------------------------------------------------

TIMES: dict[str, Label] = {
    "pfs": gettext_lazy("Progression-free survival"),
    "os": gettext_lazy("Overall survival"),
    "ttp": gettext_lazy("Time to progression"),
    "dor": gettext_lazy("Duration of response"),
}
ENDINGS: dict[str, Label] = {
    "PD": gettext_lazy("progression"),
    "CLINICAL_PROGRESSION": gettext_lazy("clinical progression"),
    "NEW_THERAPY": gettext_lazy("new therapy"),
    "DEATH": gettext_lazy("death"),
    "ALIVE": gettext_lazy("last known alive"),
    "LAST_ASSESSMENT": gettext_lazy("last assessment"),
    "START": gettext_lazy("start: nothing after it counts"),
    "NO_BASELINE": gettext_lazy("no baseline"),
    "GAP": gettext_lazy("missed assessments"),
    "NO_ASSESSMENT": gettext_lazy("no assessment"),
    "ADJUDICATION_OPEN": gettext_lazy("adjudication open"),
}
FORMS = {
    "response": "tumor-assessment",
    "death": "death",
    "clinical_progression": "end-of-treatment",
    "new_therapy": "end-of-treatment",
}


def _of_times(dashboard: Dashboard, rows: PatientRows, wanted: Wanted) -> Table:
    endpoint = wanted.what.upper()
    if endpoint == "DOR" and dashboard.is_confirmed:
        endpoint = "CDOR"
    event = {"event": "1", "censored": "0"}.get(wanted.status)
    members = members_of(dashboard, wanted)
    lines = [
        line
        for line in rows.times.get(endpoint, {}).values()
        if (event is None or line["event"] == event)
        and _is_at(line, wanted, dashboard.days_per_month)
        and (members is None or line["patient"] in members)
    ]
    lines.sort(key=lambda line: float(line["days"]))
    columns = [_("Months"), _("Counts as"), _("Ended by"), _("Date"), _("Source")]
    title = str(TIMES[wanted.what])
    if (month := whole(wanted.month)) is not None:
        at_risk, left = _("at risk at month %(month)s"), _("censored before month %(month)s")
        title = f"{title}: {(left if wanted.status else at_risk) % {'month': month}}"
    return _narrowed(title, dashboard, wanted), columns, [_timed(line) for line in lines]


def _is_at(line: Line, wanted: Wanted, days_per_month: float) -> bool:
    """At risk are those whose time is not below the month; the others had left before."""
    month = whole(wanted.month)
    if month is None:
        return True
    is_at_risk = float(line["days"]) / days_per_month >= month
    return is_at_risk if not wanted.status else not is_at_risk


def _timed(line: Line) -> Found:
    ended = [str(ENDINGS.get(word, word)) for word in (line["description"], line["detail"]) if word]
    return Found(
        line["patient"],
        line["site"],
        [
            Cell(f"{float(line['months']):.1f}"),
            Cell(_("event") if line["event"] == "1" else _("censored")),
            Cell(": ".join(dict.fromkeys(ended))),
            Cell(line["event_date"]),
            Cell(visit=line["source_visit"], form=FORMS.get(line["source"], "")),
        ],
    )


# --- From what was found to what is shown -----------------------------------------------------

Addresses = Mapping[tuple[int, str], tuple[int, str]]
"""Patient and key of a visit to the visit and its label."""


def _addresses(found: Iterable[Found], seen: Mapping[str, int]) -> Addresses:
    keys = {(seen[line.number], cell.visit) for line in found for cell in line.cells if cell.visit}
    visits = Visit.objects.filter(
        patient__in={patient for patient, _key in keys}, key__in={key for _patient, key in keys}
    )
    return {(visit.patient_id, visit.key): (visit.pk, visit.label) for visit in visits}


def _entry(line: Found, patient: int, address: Addresses, *, links: bool) -> Entry:
    return Entry(
        number=line.number,
        href=reverse("enrollment:patient-detail", args=[patient]) if links else "",
        site=line.site,
        cells=[_shown(cell, patient, address, links=links) for cell in line.cells],
    )


def _shown(cell: Cell, patient: int, address: Addresses, *, links: bool) -> Shown:
    if cell.visit:
        visit = address.get((patient, cell.visit))
        if visit is None:
            return Shown(cell.text or cell.visit)
        pk, label = visit
        if not cell.form:
            return Shown(label, reverse("enrollment:visit-detail", args=[pk]))
        return Shown(label, reverse("enrollment:visit-form", args=[pk, cell.form]))
    if links and cell.form and cell.form != "tumor-assessment":
        text = cell.text or str(FORM_NAMES[cell.form])
        return Shown(text, reverse("enrollment:patient-form", args=[patient, cell.form]))
    return Shown(cell.text)


FORM_NAMES: dict[str, Label] = {
    "death": gettext_lazy("Death"),
    "end-of-treatment": gettext_lazy("End of treatment"),
    "end-of-study": gettext_lazy("End of study"),
}
