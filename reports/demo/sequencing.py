"""One sequencing run of each open trial: an invented table of counts, imported and analyzed."""

from collections.abc import Mapping
from datetime import datetime
from random import Random

from core import audit
from core.models import Trial, User
from microbiome.actions.analyses import complete
from microbiome.actions.tables import confirm, upload
from microbiome.models import Analysis, ImportedTable, Specimen
from reports.demo.history.chance import seeded

TUBES = 90
GENERA = (
    "Bacteroides", "Faecalibacterium", "Prevotella", "Blautia", "Roseburia", "Ruminococcus",
    "Bifidobacterium", "Akkermansia", "Alistipes", "Parabacteroides", "Escherichia", "Dialister",
    "Lachnospira", "Coprococcus", "Dorea", "Collinsella", "Streptococcus", "Lactobacillus",
    "Veillonella", "Enterococcus",
)  # fmt: skip
FEATURES_A_GENUS = 8
ABSENT = 0.35
"""Share of the features that a patient does not have at all."""
READS = (9_000, 24_000)


def sequence_population(trial: Trial, people: Mapping[str, User], *, now: datetime) -> None:
    """Nothing in a blinded trial, and nothing where a table was imported already."""
    if trial.is_blinded or ImportedTable.objects.filter(trial=trial).exists():
        return
    tubes = Specimen.objects.filter(trial=trial, parent=None, material="stool").order_by(
        "patient__number", "visit__position"
    )[:TUBES]
    rng = seeded(trial.slug, "sequencing")
    content = _table(list(tubes.select_related("visit")), rng)
    by = people["datamanager"]
    with audit.writing(by=by, reason="demo"):
        table = upload(
            trial,
            name="16S V3–V4, run 1",
            file_name="feature-table.tsv",
            content=content,
            samples_are_rows=False,
            by=by,
        )
        confirm(table, {}, by=by)
        analysis = Analysis.objects.create(
            table=table,
            metric=Analysis.Metric.BRAY_CURTIS,
            least_reads=1000,
            requested_by=by,
            requested_at=now,
            heartbeat_at=now,
        )
    complete(analysis.pk)


def _table(tubes: list[Specimen], rng: Random) -> bytes:
    """As QIIME writes it. Each patient has a flora, which drifts a little with each visit."""
    features = [
        (f"ASV{1 + place * FEATURES_A_GENUS + number:03d}", genus)
        for place, genus in enumerate(GENERA)
        for number in range(FEATURES_A_GENUS)
    ]
    common = [rng.gauss(0, 2.2) for _feature in features]
    own: dict[int | None, list[float]] = {}
    columns = []
    for tube in tubes:
        flora = own.setdefault(
            tube.patient_id,
            [mean + rng.gauss(0, 0.9) - 30 * (rng.random() < ABSENT) for mean in common],
        )
        is_treated = tube.visit is not None and tube.visit.position > 1
        weights = [
            2 ** (level + rng.gauss(0, 0.5) + 0.8 * (is_treated and genus in GENERA[:8:7]))
            for level, (_name, genus) in zip(flora, features, strict=True)
        ]
        depth = rng.randint(*READS) if rng.random() > 0.03 else rng.randint(200, 800)
        total = sum(weights)
        columns.append([int(depth * weight / total + rng.random()) for weight in weights])
    lines = ["#OTU ID\t" + "\t".join(tube.barcode for tube in tubes) + "\ttaxonomy"]
    for place, (name, genus) in enumerate(features):
        counts = "\t".join(str(column[place]) for column in columns)
        lines.append(f"{name}\t{counts}\td__Bacteria; g__{genus}")
    return ("\n".join(lines) + "\n").encode()
