"""The parts of a snapshot about safety and quality of life, of the safety population."""

import pandas as pd

from outcomes.calc.snapshot.compose import Job
from outcomes.calc.snapshot.csv import to_csv
from outcomes.calc.snapshot.exposure import CAPSULES, summarize_exposure
from outcomes.calc.snapshot.laboratory import laboratory_shifts, laboratory_trends
from outcomes.calc.snapshot.markers import summarize_markers
from outcomes.calc.snapshot.quality_of_life import summarize_quality_of_life
from outcomes.calc.snapshot.safety import event_lines
from outcomes.calc.snapshot.safety_summary import (
    ArmEvents,
    QualityOfLife,
    Safety,
    SafetyByArm,
)
from outcomes.calc.snapshot.safety_tables import population_tables


def safety_part(job: Job) -> Safety:
    definition, grades = job.definition, _safe(job, job.graded_laboratory)
    return Safety(
        population=job.population(definition.endpoints.safety_population),
        ctcae_version=job.ctcae_version,
        follow_up_days=definition.endpoints.safety_follow_up_days,
        events=event_lines(_safe(job, job.flagged_events)),
        shifts=laboratory_shifts(grades),
        trends=laboratory_trends(grades, job.first_doses, version=job.ctcae_version),
        exposure=summarize_exposure(
            _safe(job, job.exposures),
            _safe(job, job.inputs.dose_decisions),
            treatments=[CAPSULES, *(drug.id for drug in definition.background)],
        ),
        markers=summarize_markers(_safe(job, job.marker_values)),
    )


def safety_by_arm_part(job: Job) -> SafetyByArm | None:
    """None while the arms are a secret, and where there is one arm only."""
    if job.inputs.arms.empty or len(job.definition.arms) < 2:
        return None
    safe, events = _safe(job, job.inputs.arms), job.flagged_events
    found = []
    for arm in job.definition.arms:
        members = safe.loc[safe["group"] == arm.id, "subject"]
        found.append(
            ArmEvents(
                arm=arm.id,
                name_en=arm.name.en,
                name_zh=arm.name.zh_hans,
                n=len(members),
                events=event_lines(events[events["subject"].isin(members)]),
            )
        )
    return SafetyByArm(arms=found)


def quality_of_life_part(job: Job) -> QualityOfLife:
    return summarize_quality_of_life(
        _safe(job, job.questionnaire_scores),
        population=job.population(job.definition.endpoints.safety_population),
        level=job.rules.confidence_level,
    )


def tabulate_population(
    job: Job, safety: Safety, quality_of_life: QualityOfLife
) -> dict[str, tuple[str, int]]:
    """Each table's CSV text and number of rows, by its name."""
    made = population_tables(job.definition.trial.slug, safety, quality_of_life)
    return {name: (to_csv(table), len(table)) for name, table in made.items()}


def _safe(job: Job, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of the safety population."""
    members = job.members(job.definition.endpoints.safety_population)
    return rows[rows["subject"].isin(members)]
