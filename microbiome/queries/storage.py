"""Boxes as they look from above, and shipments."""

from dataclasses import dataclass

from django.db.models import Count, Q

from core.models import Trial, User
from microbiome.models import Box, Laboratory, Shipment, Specimen
from microbiome.models.storage import cell_name
from microbiome.queries.specimens import Line, lines_of


@dataclass(frozen=True)
class Cell:
    """A taken cell has no line where the person may not see the tube."""

    name: str
    is_taken: bool
    line: Line | None


def box_map(box: Box, user: User) -> list[list[Cell]]:
    """Row by row."""
    taken = dict(box.taken_cells.values_list("name", "specimen_id"))
    tubes = Specimen.objects.visible_to(user).filter(pk__in=taken.values())
    lines = {line.tube.pk: line for line in lines_of(tubes.select_related("patient", "visit"))}
    names = [[cell_name(row, column) for column in range(box.columns)] for row in range(box.rows)]
    return [
        [Cell(name, name in taken, lines.get(taken.get(name, 0))) for name in row] for row in names
    ]


def free_cells(box: Box) -> list[str]:
    taken = set(box.taken_cells.values_list("name", flat=True))
    return [name for name in box.cells if name not in taken]


def boxes_of(trial: Trial, user: User) -> list[tuple[Laboratory, list[Box]]]:
    """The trial's laboratories with their boxes, each with `taken` and `size`."""
    laboratories = list(
        Laboratory.objects.visible_to(user).filter(trial=trial).select_related("site")
    )
    boxes = Box.objects.filter(laboratory__in=laboratories).annotate(taken=Count("taken_cells"))
    return [
        (laboratory, [box for box in boxes if box.laboratory_id == laboratory.pk])
        for laboratory in laboratories
    ]


def shipments_of(trial: Trial, user: User) -> list[Shipment]:
    """Newest first, with how many tubes were sent and how many were missing."""
    found = Shipment.objects.visible_to(user).filter(trial=trial)
    return list(
        found.select_related("sender", "receiver", "sent_by", "received_by").annotate(
            tube_count=Count("events", filter=Q(events__kind="ship")),
            missing_count=Count("events", filter=Q(events__kind="miss")),
        )
    )
