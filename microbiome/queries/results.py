"""What an analysis found, sample by sample, with the tube and the visit behind each."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from core.models import Trial, User
from enrollment.models import Patient
from microbiome.models import Analysis, ImportedTable, Specimen

ALPHA_COLUMNS = (
    "observed", "chao1", "ace", "ace1", "shannon", "simpson", "simpson_d", "inv_simpson",
    "pielou", "goods_coverage",
)  # fmt: skip


@dataclass(frozen=True)
class Point:
    """One sample that went in. The patient is none for a control, and where the person may not see
    the patient's site."""

    sample: str
    tube: Specimen
    patient: Patient | None
    visit: str
    order: int
    """Of the visit in the patient's schedule; -1 without one."""
    reads: int
    alpha: dict[str, float | None]
    scores: list[float]


def points_of(analysis: Analysis, user: User) -> list[Point]:
    """In the order of patients and visits, controls last."""
    result = analysis.result
    samples = {
        row.name: row.specimen
        for row in analysis.table.samples.select_related("specimen__visit", "specimen__patient")
    }
    seen = set(
        Specimen.objects.visible_to(user)
        .filter(pk__in=[tube.pk for tube in samples.values()])
        .values_list("pk", flat=True)
    )
    points = []
    for place, name in enumerate(result.get("samples", [])):
        tube = samples[name]
        points.append(
            Point(
                name,
                tube,
                tube.patient if tube.pk in seen else None,
                tube.visit.key if tube.visit else "",
                tube.visit.position if tube.visit else -1,
                result["reads"][place],
                {key: result["alpha"][key][place] for key in ALPHA_COLUMNS},
                [axis[place] for axis in result["scores"]],
            )
        )
    return sorted(points, key=lambda point: (point.order < 0, str(point.patient), point.order))


def visits_in_order(points: Iterable[Point]) -> list[str]:
    """Keys of the visits by the latest place that one has in a schedule."""
    place: dict[str, int] = {}
    for point in points:
        if point.visit:
            place[point.visit] = max(place.get(point.visit, 0), point.order)
    return sorted(place, key=lambda key: (place[key], key))


def csv_lines(
    analysis: Analysis, points: list[Point], which: str, user: User
) -> Iterator[list[Any]]:
    """Provenance first, each line begun by `#`, then the table."""
    yield from ([line] for line in provenance(analysis, user))
    head = ["sample", "barcode", "patient", "visit", "reads"]
    axes = [f"axis{number}" for number in range(1, len(analysis.result["scores"]) + 1)]
    yield head + (list(ALPHA_COLUMNS) if which == "alpha" else axes)
    for point in points:
        keys = [point.sample, point.tube.barcode, point.patient or "", point.visit, point.reads]
        yield keys + (list(point.alpha.values()) if which == "alpha" else point.scores)


def provenance(analysis: Analysis, user: User) -> Iterator[str]:
    """Where the numbers come from, so that somebody else can make them again."""
    table, result = analysis.table, analysis.result
    yield f"# trial: {table.trial.slug}"
    yield f"# table: {table.file_name}, sha256 {table.sha256}, counts sha256 {table.digest}"
    yield f"# samples: {len(result['samples'])} in, {len(result['dropped'])} out"
    yield from (f"# left out: {name}, {reason}" for name, reason in result["dropped"])
    yield (
        f"# distance: {analysis.metric}; least reads: {analysis.least_reads};"
        f" permutations: {analysis.permutations}; seed: {analysis.seed}"
    )
    yield "# alpha: Shannon in nats, simpson is 1 - sum p^2, simpson_d is mothur's D"
    yield "# shares of axes: of the sum of positive eigenvalues"
    yield "# versions: " + ", ".join(f"{key} {text}" for key, text in analysis.versions.items())
    yield f"# made: {analysis.requested_at:%Y-%m-%dT%H:%M:%SZ} for {analysis.requested_by.username}"
    yield f"# downloaded: {timezone.now():%Y-%m-%dT%H:%M:%SZ} by {user.username}"


def tables_of(trial: Trial) -> list[ImportedTable]:
    """Confirmed ones and previews, newest first, without their content."""
    tables = ImportedTable.objects.filter(trial=trial).select_related("uploaded_by")
    return list(tables.defer("content", "cells", "features", "taxa"))
