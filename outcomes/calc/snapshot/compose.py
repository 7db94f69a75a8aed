"""The three steps of a snapshot after reading: derive, summarize, tabulate."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import get_args

import pandas as pd

from enrollment.calc.definition import Definition
from outcomes.calc.rules import RULE_VERSION, EndpointRules
from outcomes.calc.snapshot import settings, tables
from outcomes.calc.snapshot.accrual import summarize_accrual, summarize_flow
from outcomes.calc.snapshot.adverse_events import summarize_adverse_events
from outcomes.calc.snapshot.csv import to_csv
from outcomes.calc.snapshot.curves import summarize_curve
from outcomes.calc.snapshot.derivation import Derived, Usable, derive, usable_tumors
from outcomes.calc.snapshot.inputs import Inputs
from outcomes.calc.snapshot.rates import summarize_responses
from outcomes.calc.snapshot.summary import (
    SHAPE,
    Curve,
    Endpoint,
    LeftOut,
    LeftOutReason,
    Population,
    Summary,
)


@dataclass(frozen=True)
class Job:
    """One snapshot to make."""

    definition: Definition
    version: int
    cut_on: date
    inputs: Inputs

    @property
    def rules(self) -> EndpointRules:
        return settings.endpoint_rules(self.definition)

    @property
    def cut(self) -> pd.Timestamp:
        return pd.Timestamp(self.cut_on)

    def members(self, name: str) -> pd.Series:
        """The subjects of a population of the definition."""
        subjects = self.inputs.subjects
        is_treated = subjects["first_dose_on"].notna()
        belongs = {
            "enrolled": pd.Series(True, index=subjects.index),
            "randomized": subjects["randomized_on"].notna(),
            "treated": is_treated,
            "response_evaluable": is_treated
            & subjects["baseline_adequate"]
            & subjects["has_follow_up_scan"],
        }
        rule = settings.population(self.definition, name).rule
        return subjects.loc[belongs[rule], "subject"]

    def population(self, name: str) -> Population:
        defined = settings.population(self.definition, name)
        return Population(
            id=defined.id,
            rule=defined.rule,
            name_en=defined.name.en,
            name_zh=defined.name.zh_hans,
            n=len(self.members(name)),
        )


def derive_all(job: Job) -> tuple[Usable, list[Derived]]:
    """For every set of criteria of the trial, the leading one first."""
    tumors = usable_tumors(job.inputs.lesions, job.inputs.assessments)
    return tumors, [
        derive(job.inputs.subjects, tumors, criteria=criteria, rules=job.rules, cut=job.cut)
        for criteria in settings.criteria_of(job.definition)
    ]


def summarize(job: Job, tumors: Usable, derived: Sequence[Derived]) -> Summary:
    """The summary, its list of tables still empty."""
    definition, inputs, rules = job.definition, job.inputs, job.rules
    endpoints = definition.endpoints
    members = job.members(endpoints.population)
    safe = job.members(endpoints.safety_population)
    events = inputs.adverse_events[inputs.adverse_events["subject"].isin(safe)]
    return Summary(
        shape=SHAPE,
        trial=definition.trial.slug,
        version=job.version,
        cut_on=job.cut_on.isoformat(),
        rule_version=RULE_VERSION,
        preset=endpoints.preset,
        rules=asdict(rules),
        population=job.population(endpoints.population),
        reference_date=endpoints.reference_date,
        accrual=summarize_accrual(
            inputs.patients,
            target=definition.trial.target_size,
            site_targets={site.code: site.target_size for site in definition.sites},
            cut=job.cut,
        ),
        flow=summarize_flow(
            inputs.patients,
            inputs.subjects,
            inputs.ends_of_treatment,
            inputs.ends_of_study,
            cut=job.cut,
        ),
        responses=[
            summarize_responses(
                part.best[part.best["subject"].isin(members)],
                criteria=part.criteria,
                confirmed=settings.needs_confirmation(definition),
                rules=rules,
            )
            for part in derived
        ],
        curves=_curves(job, members, derived),
        adverse_events=summarize_adverse_events(
            events,
            population=job.population(endpoints.safety_population),
            ctcae_version=definition.trial.ctcae_version,
        ),
        references=list(definition.references),
        left_out=_left_out_counts(_left_out(job, tumors)),
        tables=[],
    )


def _curves(job: Job, members: pd.Series, derived: Sequence[Derived]) -> list[Curve]:
    """PFS and OS by the leading criteria first, then DOR, then what other criteria change."""
    response = "CDOR" if settings.needs_confirmation(job.definition) else "DOR"
    wanted: list[tuple[Endpoint, str, Derived]] = [
        ("pfs", "PFS", derived[0]),
        ("os", "OS", derived[0]),
        ("dor", response, derived[0]),
    ]
    for part in derived[1:]:
        wanted += [("pfs", "PFS", part), ("dor", response, part)]
    curves = []
    for endpoint, param, part in wanted:
        chosen = (part.times["param"] == param) & part.times["subject"].isin(members)
        criteria = None if param in tables.WITHOUT_CRITERIA else part.criteria
        curves.append(
            summarize_curve(
                part.times[chosen], endpoint=endpoint, criteria=criteria, rules=job.rules
            )
        )
    return curves


def _left_out(job: Job, tumors: Usable) -> pd.DataFrame:
    """Columns: subject, reason (see `LeftOut`), detail."""
    subjects = job.inputs.subjects
    dead = subjects.loc[subjects["is_dead_without_date"], ["subject"]]
    return pd.concat(
        [
            tumors.left_out.assign(reason="tumor-rows"),
            dead.assign(reason="dead-without-date", detail="the death form is not complete"),
        ],
        ignore_index=True,
    )


def _left_out_counts(left_out: pd.DataFrame) -> list[LeftOut]:
    people = left_out.groupby("reason")["subject"].nunique()
    return [
        LeftOut(reason=reason, patients=int(people[reason]))
        for reason in get_args(LeftOutReason)
        if reason in people
    ]


def tabulate(
    job: Job, tumors: Usable, derived: Sequence[Derived], summary: Summary
) -> dict[str, tuple[str, int]]:
    """Each table's CSV text and number of rows, by its name."""
    slug, population = summary["trial"], summary["population"]["id"]
    people = job.inputs.subjects[["subject", "site", "patient"]].assign(
        trial=slug,
        in_population=job.inputs.subjects["subject"].isin(
            job.members(job.definition.endpoints.population)
        ),
    )
    made = {
        "responses": tables.responses_table(people, derived),
        "best_responses": tables.best_responses_table(people, derived),
        "time_to_event": tables.time_to_event_table(people, derived, job.rules),
        "endpoint_summary": tables.endpoint_table(
            slug, population, summary["responses"], summary["curves"]
        ),
        "adverse_event_summary": tables.adverse_event_table(slug, summary["adverse_events"]),
        "left_out": tables.left_out_table(people, _left_out(job, tumors)),
    }
    return {name: (to_csv(table), len(table)) for name, table in made.items()}
