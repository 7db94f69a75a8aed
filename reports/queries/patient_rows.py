"""What a snapshot stores of each patient, for one population and one set of criteria."""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.models import Trial, User
from enrollment.models import Patient
from outcomes.models import SnapshotTable
from reports.queries.dashboard import Dashboard

Line = dict[str, str]
"""A row of a derived table as its CSV text has it; an empty text is no value."""

WITHOUT_CRITERIA = ""
"""In the column `criteria`: overall survival, which no tumor assessment decides."""


@dataclass(frozen=True)
class PatientRows:
    """The members of the population, by patient number in the order of numbers.

    `best`, `changes`: the line of each; `times`: endpoint (PFS, OS and so on) to the line of each;
    `responses`: the lines of each, by visit. Whoever has no line is not in the mapping.
    """

    people: dict[str, Line]
    best: dict[str, Line]
    changes: dict[str, Line]
    times: dict[str, dict[str, Line]]
    responses: dict[str, list[Line]]


def patient_rows(dashboard: Dashboard) -> PatientRows | None:
    """None for a cut that was made before these tables were stored."""
    stored = stored_lines(
        dashboard, "disposition", "best_responses", "tumor_changes", "time_to_event", "responses"
    )
    if "disposition" not in stored:
        return None
    people = {
        line["patient"]: line
        for line in stored["disposition"]
        if dashboard.population["id"] in line["populations"].split()
    }

    def chosen(name: str) -> Iterable[Line]:
        criteria = (dashboard.criteria, WITHOUT_CRITERIA)
        lines = stored[name]
        return (x for x in lines if x["criteria"] in criteria and x["patient"] in people)

    times: dict[str, dict[str, Line]] = {}
    for line in chosen("time_to_event"):
        times.setdefault(line["endpoint"], {})[line["patient"]] = line
    responses: dict[str, list[Line]] = {}
    for line in chosen("responses"):
        responses.setdefault(line["patient"], []).append(line)
    return PatientRows(
        people=people,
        best={line["patient"]: line for line in chosen("best_responses")},
        changes={line["patient"]: line for line in chosen("tumor_changes")},
        times=times,
        responses=responses,
    )


def stored_lines(dashboard: Dashboard, *names: str) -> dict[str, list[Line]]:
    """The lines of derived tables, by the names of those that the snapshot has; one query."""
    stored = SnapshotTable.objects.filter(snapshot=dashboard.snapshot, name__in=names)
    return {
        name: list(csv.DictReader(io.StringIO(content, newline="")))
        for name, content in stored.values_list("name", "content")
    }


def seen_patients(user: User, trial: Trial) -> Mapping[str, int]:
    """Keys of those whom the person may see, by number, or screening number before enrollment."""
    rows = Patient.objects.visible_to(user).filter(trial=trial)
    return {
        number or screening_number: pk
        for pk, number, screening_number in rows.values_list("pk", "number", "screening_number")
    }
