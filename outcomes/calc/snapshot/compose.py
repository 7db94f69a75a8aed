"""The steps of a snapshot after reading: derive, estimate, summarize, tabulate."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from functools import cached_property
from typing import get_args

import pandas as pd

from enrollment.calc.definition import Definition, Reader
from outcomes.calc.adjudication import Settled
from outcomes.calc.emergence import TreatmentPeriod
from outcomes.calc.rules import RULE_VERSION, EndpointRules
from outcomes.calc.snapshot import settings, tables
from outcomes.calc.snapshot.accrual import summarize_accrual, summarize_flow
from outcomes.calc.snapshot.adverse_event_flags import flag_adverse_events
from outcomes.calc.snapshot.adverse_events import summarize_adverse_events
from outcomes.calc.snapshot.csv import to_csv
from outcomes.calc.snapshot.derivation import (
    Derived,
    Usable,
    derive,
    leave_open,
    usable_tumors,
)
from outcomes.calc.snapshot.exposure import exposure_by_patient
from outcomes.calc.snapshot.groups import Arms, compare
from outcomes.calc.snapshot.inputs import Inputs
from outcomes.calc.snapshot.laboratory_grades import grade_laboratory
from outcomes.calc.snapshot.markers import marker_values
from outcomes.calc.snapshot.patients_figures import disposition, tumor_changes
from outcomes.calc.snapshot.periods import treatment_periods
from outcomes.calc.snapshot.populations import why_not
from outcomes.calc.snapshot.questionnaires import score_questionnaires
from outcomes.calc.snapshot.results import estimate
from outcomes.calc.snapshot.subgroups import ALL, rates_by_subgroup, subgroups
from outcomes.calc.snapshot.summary import (
    SHAPE,
    Curve,
    GroupedResults,
    LeftOut,
    LeftOutReason,
    Population,
    Results,
    Summary,
    TwoStage,
)
from outcomes.calc.snapshot.two_stage import summarize_two_stage


@dataclass(frozen=True)
class Job:
    """One snapshot to make."""

    definition: Definition
    version: int
    cut_on: date
    inputs: Inputs
    seed: int
    """For the bootstrap; made of the input, so that the same input draws the same."""
    settled: Mapping[int, Settled] = field(default_factory=dict)
    """Whose reading counts of each subject, where an adjudicator decides: see `adjudicated`."""

    @property
    def rules(self) -> EndpointRules:
        return settings.endpoint_rules(self.definition)

    @property
    def cut(self) -> pd.Timestamp:
        return pd.Timestamp(self.cut_on)

    @property
    def open_subjects(self) -> list[int]:
        """Whose readings differ, and nobody has accepted one."""
        return [subject for subject, found in self.settled.items() if found.reader is None]

    def reader_of(self, subject: int) -> Reader | None:
        """Whose reading counts; None while that is open."""
        if self.settled:
            return self.settled[subject].reader
        return settings.first_reader(self.definition)

    @property
    def ctcae_version(self) -> str:
        return self.definition.trial.ctcae_version

    @property
    def periods(self) -> dict[int, TreatmentPeriod]:
        """When each subject was under treatment."""
        return treatment_periods(
            self.inputs.subjects,
            self.inputs.ends_of_treatment,
            follow_up_days=self.definition.endpoints.safety_follow_up_days,
        )

    @property
    def first_doses(self) -> pd.Series:
        """Subject to the day of the first dose, of those who had one."""
        days = self.inputs.subjects.set_index("subject")["first_dose_on"]
        return days.dropna()

    @cached_property
    def flagged_events(self) -> pd.DataFrame:
        return flag_adverse_events(self.inputs.adverse_events, self.periods)

    @cached_property
    def graded_laboratory(self) -> pd.DataFrame:
        return grade_laboratory(self.inputs.laboratory, self.periods, version=self.ctcae_version)

    @cached_property
    def questionnaire_scores(self) -> pd.DataFrame:
        return score_questionnaires(self.inputs.subjects, self.inputs.questionnaires)

    @cached_property
    def exposures(self) -> pd.DataFrame:
        return exposure_by_patient(self.inputs.courses, self.inputs.background_doses)

    @cached_property
    def marker_values(self) -> pd.DataFrame:
        return marker_values(self.inputs.markers, self.first_doses)

    def members(self, name: str) -> pd.Series:
        """The subjects of a population of the definition."""
        subjects = self.inputs.subjects
        reason = why_not(self.inputs, settings.population(self.definition, name))
        return subjects.loc[reason == "", "subject"]

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
    derived = derive_from(job, tumors)
    return tumors, [leave_open(part, job.open_subjects, rules=job.rules) for part in derived]


def derive_from(job: Job, tumors: Usable) -> list[Derived]:
    return [
        derive(job.inputs.subjects, tumors, criteria=criteria, rules=job.rules, cut=job.cut)
        for criteria in settings.criteria_of(job.definition)
    ]


def estimate_all(job: Job, derived: Sequence[Derived]) -> list[Results]:
    """For every population of the definition, and every set of criteria within it."""
    return [
        estimate(
            part,
            job.population(defined.id),
            job.members(defined.id),
            confirmed=settings.needs_confirmation(job.definition),
            rules=job.rules,
            seed=job.seed,
            two_stage=_two_stage(job, part, defined.id) if part is derived[0] else None,
        )
        for defined in job.definition.populations
        for part in derived
    ]


def _two_stage(job: Job, leading: Derived, population: str) -> TwoStage | None:
    asked = job.definition.endpoints.two_stage
    if asked is None or asked.population != population:
        return None
    started = job.inputs.subjects.sort_values(["start_date", "subject"])["subject"]
    members = started[started.isin(job.members(population))]
    best = leading.best.set_index("subject")
    column = "cbor" if settings.needs_confirmation(job.definition) else "bor"
    counted = members[members.isin(best.index)]
    return summarize_two_stage(
        asked, best.loc[counted, column], confidence_level=job.rules.confidence_level
    )


def compare_all(job: Job, derived: Sequence[Derived]) -> list[GroupedResults]:
    """The same by arm; nothing while the arms are a secret, or where there is one arm only."""
    if job.inputs.arms.empty or len(job.definition.arms) < 2:
        return []
    arms = _arms(job)
    return [
        compare(
            part,
            job.population(defined.id),
            job.members(defined.id),
            arms,
            levels=subgroups(job.inputs),
            confirmed=settings.needs_confirmation(job.definition),
            rules=job.rules,
            seed=job.seed,
        )
        for defined in job.definition.populations
        for part in derived
    ]


def _arms(job: Job) -> Arms:
    definition = job.definition
    factors = [f.id for f in definition.randomization.strata] if definition.randomization else []
    asked = definition.endpoints.stratified_by
    chosen = factors if asked is None else [name for name in factors if name in asked]
    # A stratum is the levels of all factors: those that are not asked for are left out of it.
    kept = [number for number, name in enumerate(factors) if name in chosen]
    levels = job.inputs.arms["stratum"].str.split("/")
    stratum = levels.map(lambda found: "/".join(found[n] for n in kept if n < len(found)))
    return Arms(
        names=[(arm.id, arm.name.en, arm.name.zh_hans) for arm in definition.arms],
        of=job.inputs.arms.assign(stratum=stratum),
        reference=definition.endpoints.reference_arm or definition.arms[-1].id,
        stratified_by=chosen,
        ties=definition.endpoints.ties,
    )


def summarize(job: Job, tumors: Usable, results: Sequence[Results]) -> Summary:
    """The summary, its list of tables still empty."""
    definition, inputs, rules = job.definition, job.inputs, job.rules
    endpoints = definition.endpoints
    leading = [part for part in results if part["population"]["id"] == endpoints.population]
    safe = job.members(endpoints.safety_population)
    events = inputs.adverse_events[inputs.adverse_events["subject"].isin(safe)]
    summary = Summary(
        shape=SHAPE,
        trial=definition.trial.slug,
        version=job.version,
        cut_on=job.cut_on.isoformat(),
        rule_version=RULE_VERSION,
        preset=endpoints.preset,
        rules=asdict(rules),
        population=job.population(endpoints.population),
        reader=endpoints.reader,
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
        responses=[part["responses"] for part in leading],
        curves=_leading_curves(leading),
        adverse_events=summarize_adverse_events(
            events,
            population=job.population(endpoints.safety_population),
            ctcae_version=definition.trial.ctcae_version,
        ),
        populations=[job.population(defined.id) for defined in definition.populations],
        criteria=settings.criteria_of(definition),
        references=list(definition.references),
        left_out=_left_out_counts(_left_out(job, tumors)),
        tables=[],
    )
    if job.settled:
        summary["open_adjudications"] = len(job.open_subjects)
    return summary


def _leading_curves(results: Sequence[Results]) -> list[Curve]:
    """PFS, OS and DOR by the leading criteria first, then what other criteria change."""
    return [
        curve
        for number, part in enumerate(results)
        for curve in part["curves"]
        if curve["endpoint"] in (("pfs", "os", "dor") if number == 0 else ("pfs", "dor"))
    ]


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
    job: Job,
    tumors: Usable,
    derived: Sequence[Derived],
    results: Sequence[Results],
    summary: Summary,
) -> dict[str, tuple[str, int]]:
    """Each table's CSV text and number of rows, by its name."""
    slug = summary["trial"]
    alive = ["last_alive_form", "last_alive_visit"]
    people = job.inputs.subjects[["subject", "site", "patient", *alive]].assign(
        trial=slug,
        in_population=job.inputs.subjects["subject"].isin(
            job.members(job.definition.endpoints.population)
        ),
    )
    made = {
        "responses": tables.responses_table(people, derived),
        "best_responses": tables.best_responses_table(people, derived),
        "time_to_event": tables.time_to_event_table(
            people.assign(reader=people["subject"].map(job.reader_of)), derived, job.rules
        ),
        "endpoint_summary": tables.endpoint_table(slug, results),
        "adverse_event_summary": tables.adverse_event_table(slug, summary["adverse_events"]),
        "exposure": tables.patient_table(people, job.exposures),
        "qlq_c30_scores": tables.qlq_c30_table(people, job.questionnaire_scores),
        "adverse_event_flags": tables.patient_table(people, job.flagged_events),
        "laboratory_grades": tables.patient_table(
            people, job.graded_laboratory, ctcae_version=job.ctcae_version
        ),
        "tumor_markers": tables.patient_table(people, job.marker_values),
        "analysis_populations": tables.populations_table(
            people,
            {defined.id: why_not(job.inputs, defined) for defined in job.definition.populations},
        ),
        "left_out": tables.left_out_table(people, _left_out(job, tumors)),
        "disposition": _disposition(job),
        "tumor_changes": tables.tumor_change_table(
            people, tumor_changes(job.inputs.subjects, derived, rules=job.rules, cut=job.cut)
        ),
        "subgroup_rates": _subgroup_rates(job, derived),
        "subgroup_members": _subgroup_members(job, people),
    }
    return {name: (to_csv(table), len(table)) for name, table in made.items()}


def _disposition(job: Job) -> pd.DataFrame:
    populations = {defined.id: job.members(defined.id) for defined in job.definition.populations}
    rows = disposition(job.inputs, populations, cut=job.cut)
    rows.insert(0, "trial", job.definition.trial.slug)
    return rows


def _subgroup_members(job: Job, people: pd.DataFrame) -> pd.DataFrame:
    """Everybody is no subgroup."""
    groups = subgroups(job.inputs)
    return tables.patient_table(people, groups[groups["factor"] != ALL])


def _subgroup_rates(job: Job, derived: Sequence[Derived]) -> pd.DataFrame:
    """For every population of the definition, and every set of criteria within it."""
    groups = subgroups(job.inputs)
    rows = [
        {"population": defined.id, "criteria": part.criteria} | row
        for defined in job.definition.populations
        for part in derived
        for row in rates_by_subgroup(
            groups[groups["subject"].isin(job.members(defined.id))],
            part.best,
            confirmed=settings.needs_confirmation(job.definition),
            rules=job.rules,
        )
    ]
    return tables.subgroup_table(job.definition.trial.slug, rows)
