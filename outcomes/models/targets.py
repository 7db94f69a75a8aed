"""Which lesions may be targets at baseline, and what a merged one must name.

Source: Eisenhauer 2009, Eur J Cancer 45:228 (RECIST 1.1), sections 3.1, 4.1 and 4.3.1.
"""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.fields.captured import YesNo
from enrollment.calc.definition import Tumor
from enrollment.models.record import Problems
from outcomes.calc.sizes import least_target_mm
from outcomes.models.lesions import Lesion, LesionFields

if TYPE_CHECKING:
    from outcomes.models.scans import MeasurementFields, ReadingFields


def target_problems(
    scan: "ReadingFields", rows: Sequence["MeasurementFields"], limits: Tumor
) -> dict[int, Problems]:
    """By position: the targets beyond the limits of the definition, and what to do."""
    organs: Counter[str] = Counter()
    found: dict[int, Problems] = {}
    for i, row in enumerate(rows):
        lesion = row.what
        if lesion is None or lesion.kind != Lesion.Kind.TARGET:
            continue
        organs[lesion.organ] += 1
        problem = _count_problem(organs, lesion, limits)
        if scan.is_baseline == YesNo.YES:
            problem = problem or _organ_problem(lesion, limits) or _size_problem(scan, row, limits)
        if problem:
            found[i] = problem
    return found


def _count_problem(organs: Counter[str], lesion: LesionFields, limits: Tumor) -> Problems:
    is_over = organs.total() > limits.most_targets
    if not is_over and organs[lesion.organ] <= limits.most_targets_per_organ:
        return {}
    message = gettext(
        "Choose at most %(all)d target lesions and %(organ)d of one organ;"
        " enter this one as non-target."
    )
    numbers = {"all": limits.most_targets, "organ": limits.most_targets_per_organ}
    return {"lesion_kind": message % numbers}


def _organ_problem(lesion: LesionFields, limits: Tumor) -> Problems:
    if lesion.organ not in limits.never_target:
        return {}
    message = gettext("A lesion here (%(organ)s) is never a target: enter it as non-target.")
    return {"lesion_kind": message % {"organ": lesion.get_organ_display()}}


def _size_problem(scan: "ReadingFields", row: "MeasurementFields", limits: Tumor) -> Problems:
    lesion = row.what
    if lesion is None or row.diameter_mm is None:
        return {}
    least = least_target_mm(
        is_node=lesion.organ == Lesion.Organ.LYMPH_NODE,
        method=scan.method,
        slice_mm=scan.slice_mm,
        least_mm=limits.least_mm,
        least_node_mm=limits.least_node_mm,
    )
    if row.diameter_mm >= least:
        return {}
    message = gettext(
        "At baseline a target measures at least %(mm)s mm here: enter this one as non-target."
    )
    return {"diameter_mm": message % {"mm": f"{least.normalize():f}"}}


def merging_problem(row: "MeasurementFields", rows: Sequence["MeasurementFields"]) -> Problems:
    """A merged target names another one that is measured on the same scan."""
    if row.status != row.Status.MERGED or row.what is None:
        return {}
    if row.what.kind != Lesion.Kind.TARGET:
        return {"status": _("Only a target lesion is entered as merged; say how this one looks.")}
    if row.merged_with is None:
        return {}
    sized = (row.Status.MEASURED, row.Status.SPLIT)
    partners = {
        other.what.number
        for other in rows
        if other is not row
        and other.what is not None
        and other.what.kind == Lesion.Kind.TARGET
        and other.status in sized
    }
    if row.merged_with in partners:
        return {}
    return {"merged_with": _("Enter the number of another target that is measured on this scan.")}
